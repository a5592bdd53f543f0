"""How many placements a second the environments make, observations included, on one core; and a peer, measured in the same run.

    python -m tests.benchmarks.env [--placements 20000] [--peer-placements 100] [--repeats 7] [--json PATH]

The batches play as BCTS does, as training does after its first seconds: their moves are found beforehand and only repeated while
the clock runs. The single games are played by chance, ours and the peer's alike; a new game's start is part of the time.

The peer is tetris-gymnasium with grouped actions and feature vectors, the peer's own counterpart of what `TetrisEnv` observes: a row
of features for every placement. It has 13 features where ours has eleven, and rows for 40 placements where ours has 34.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.measuring import Figure, Work, add_repeats, arguments_parser, rate, rates, report
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.env import TetrisEnv
from trainer.tasks.tetris.game.features import N_FEATURES
from trainer.tasks.tetris.game.pieces import MAX_PLACEMENTS
from trainer.tasks.tetris.game.published import WEIGHTS
from trainer.tasks.tetris.learner.vec_env import TetrisVecEnv

BATCH_SIZES = (16, 64)
HOW_TO_GET_THE_PEER = "pip install -c constraints.txt -e '.[bench]'"

Actions = NDArray[np.int64]


def bcts_actions(n_envs: int, steps: int) -> Actions:
    """(steps, n_envs) the moves that BCTS makes in a fresh batch."""
    batch = TetrisBatch(n_envs)
    weights = np.array([*WEIGHTS["bcts"], 0, 0])
    weights[0] /= 2  # observations hold landing heights doubled
    actions = np.empty((steps, n_envs), dtype=np.int64)
    for step in range(steps):
        values = batch.observations.reshape(n_envs, MAX_PLACEMENTS, N_FEATURES) @ weights
        actions[step] = values.argmax(axis=1)
        batch.step(actions[step])
    return actions


def step_batch(batch: TetrisBatch, actions: Actions) -> int:
    """Make the moves from the first game on; returns how many."""
    batch.reset()
    for row in actions:
        batch.step(row)
    return actions.size


def step_vec_env(env: TetrisVecEnv, actions: Actions) -> int:
    """The same through stable-baselines3's interface."""
    env.reset()
    for row in actions:
        env.step(row)
    return actions.size


def step_env(env: TetrisEnv, actions: Actions) -> int:
    """Play by chance with drawn actions; returns how many."""
    env.reset(seed=0)
    for action in actions:
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
    return actions.size


def step_peer(env: Any, placements: int) -> int:
    """Play the peer by chance, legal placements only, as all of ours are; returns how many."""
    generator = np.random.default_rng(0)
    _, info = env.reset(seed=0)
    for _ in range(placements):
        action = generator.choice(np.flatnonzero(info["action_mask"]))
        _, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            _, info = env.reset()
    return placements


def make_peer() -> Any:
    """The peer's environment.

    Raises:
        ImportError: it is not installed, or does not run here.
    """
    from tetris_gymnasium.envs import Tetris  # noqa: PLC0415 - an extra that need not be there
    from tetris_gymnasium.wrappers.grouped import GroupedActionsObservations  # noqa: PLC0415
    from tetris_gymnasium.wrappers.observation import FeatureVectorObservation  # noqa: PLC0415

    game = Tetris(render_mode=None)
    return GroupedActionsObservations(game, [FeatureVectorObservation(game)])


def measure(placements: int, peer_placements: int, repeats: int) -> list[Figure]:
    """Every figure of ours, and the peer's with the ratio where it is installed."""
    figures = []
    for n_envs in BATCH_SIZES:
        actions = bcts_actions(n_envs, max(1, placements // n_envs))
        batch, env = TetrisBatch(n_envs), TetrisVecEnv(TetrisBatch(n_envs))
        figures += [
            rate(f"TetrisBatch.step, {n_envs} games", "placements/s", lambda: step_batch(batch, actions), repeats),  # noqa: B023 - called at once
            rate(f"TetrisVecEnv.step, {n_envs} games", "placements/s", lambda: step_vec_env(env, actions), repeats),  # noqa: B023
        ]
    return [*figures, *measure_single_games(placements, peer_placements, repeats)]


def measure_single_games(placements: int, peer_placements: int, repeats: int) -> list[Figure]:
    """One game of ours, one of the peer's, and how many times faster ours is; ours alone where the peer is not installed."""
    env, drawn = TetrisEnv(), np.random.default_rng(0).integers(MAX_PLACEMENTS, size=placements)
    works: dict[str, Work] = {"TetrisEnv.step, one game": lambda: step_env(env, drawn)}
    try:
        peer = make_peer()
    except ImportError as error:
        print(f"The peer is not measured ({error}). To install it: {HOW_TO_GET_THE_PEER}")
        return rates(works, "placements/s", repeats)
    works["tetris-gymnasium, one game"] = lambda: step_peer(peer, peer_placements)
    ours, theirs = rates(works, "placements/s", repeats)
    ratios = [our_rate / their_rate for our_rate, their_rate in zip(ours.values, theirs.values, strict=True)]
    return [ours, theirs, Figure("TetrisEnv ÷ tetris-gymnasium", "times", ratios)]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.add_argument("--placements", type=int, default=20_000, metavar="N", help="placements a repetition makes (default: %(default)s)")
    parser.add_argument("--peer-placements", type=int, default=100, metavar="N", help="the same for the peer (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = measure(options.placements, options.peer_placements, options.repeats)
    report("The environments, one core", figures, options.json)


if __name__ == "__main__":
    main()
