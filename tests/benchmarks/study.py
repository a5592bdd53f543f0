"""What one choice of the learning recipe does: the bare learner for a number of steps, once with each of some seeds.

    python -m tests.benchmarks.study [--steps 200000 …] [--seeds 3] [--games 200] [--without FEATURE …] [--json PATH] [-- options of `trainer train`]

No trainer, no clock and no choice of a best model: after so many steps the running average of the weights plays greedy games of set
A; after several numbers of steps each, the mean is over all of them. So a row comes out the same on every machine, busy or not, and rows
differ only in what was chosen. Seeds are trained side by side.
"""  # noqa: E501 - a command is one line

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import cast

import numpy as np

from tests.benchmarks.measuring import Figure, arguments_parser, own_and_train_options, report
from trainer.tasks.tetris.about import TetrisSettings
from trainer.tasks.tetris.game.features import FEATURE_NAMES, FEATURE_SCALES
from trainer.train_commands import settings_of

LONGEST_GAME = 250_000
"""Pieces: 100,000 lines."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of the study."""

    config: TetrisSettings
    steps: tuple[int, ...]
    games: int
    without: tuple[str, ...]


def mean_lines(trial: Trial) -> float:
    """Train, and play after so many steps each: mean lines of the greedy games."""
    import torch as th  # noqa: PLC0415 - in the process that trains
    from stable_baselines3.common.callbacks import BaseCallback  # noqa: PLC0415

    from trainer.learning.train import NEVER  # noqa: PLC0415
    from trainer.tasks.tetris.learner.evaluation import CHOOSING_SEEDS, GameRules, evaluate, seeds_of_set  # noqa: PLC0415
    from trainer.tasks.tetris.learner.model import make_model  # noqa: PLC0415
    from trainer.tasks.tetris.learner.network import network_layers  # noqa: PLC0415

    th.set_num_threads(1)
    scales = FEATURE_SCALES.copy()
    scales[[FEATURE_NAMES.index(name) for name in trial.without]] = np.inf  # a feature divided by infinity says nothing
    model = make_model(trial.config)
    for network in (model.q_net, model.q_net_target, model.policy.q_net_average):
        network.feature_scales.copy_(th.from_numpy(scales))
    rules = GameRules(trial.config.board_height, trial.config.randomizer, LONGEST_GAME)
    seeds = seeds_of_set(CHOOSING_SEEDS, trial.games)
    lines, due = list[float](), list(trial.steps)

    def greedy_mean() -> float:
        result = evaluate(network_layers(model.policy.q_net_average), scales, seeds, rules, lambda: True)
        assert result is not None
        return result.mean_lines

    class EvaluateWhenDue(BaseCallback):
        """Between two updates; training ends with the last one."""

        def _on_rollout_start(self) -> None:
            if due and self.model.num_timesteps >= due[0]:
                due.pop(0)
                lines.append(greedy_mean())

        def _on_step(self) -> bool:
            return bool(due)

    model.learn(trial.config.total_timesteps, callback=EvaluateWhenDue(), log_interval=NEVER)
    lines += [greedy_mean() for _ in due]  # all steps are done
    return float(np.mean(lines))


def measure(trials: Sequence[Trial]) -> list[Figure]:
    """Mean lines, one value a trial; as many trials at once as there are cores."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        lines = list(pool.map(mean_lines, trials))
    print("  one by one: " + ", ".join(f"{value:,.0f}" for value in lines))
    return [Figure(f"after {', '.join(f'{steps:,}' for steps in trials[0].steps)} steps", "lines, mean of greedy games", lines)]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    own, options = own_and_train_options(sys.argv[1:] if arguments is None else arguments)
    parser = arguments_parser(__doc__ or "")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="trainings, with seeds from 1 on (default: %(default)s)")
    parser.add_argument(
        "--steps", type=int, nargs="+", default=[200_000], metavar="N", help="environment steps before the games (default: 200000)"
    )
    parser.add_argument("--games", type=int, default=200, metavar="N", help="games of set A a training (default: %(default)s)")
    parser.add_argument("--without", nargs="+", default=[], choices=FEATURE_NAMES, metavar="FEATURE", help="features that are not seen")
    chosen = parser.parse_args(own)
    configs = [cast("TetrisSettings", settings_of([*options, "--seed", str(seed)])) for seed in range(1, chosen.seeds + 1)]
    without = tuple(chosen.without)
    title = " ".join([f"Study, trained with: {' '.join(options) or 'the defaults'}", *(["without", *without] if without else [])])
    report(title, measure([Trial(config, tuple(chosen.steps), chosen.games, without) for config in configs]), chosen.json)


if __name__ == "__main__":
    main()
