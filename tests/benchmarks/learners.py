"""What steering costs learners of stable-baselines3, how fast they obey, and how good they are after so many seconds.

    python -m tests.benchmarks.learners [--repeats 5] [--share 1.0] [--commands 60] [--seeds 3] [--json PATH]

The bare learner is `learn` of the same algorithm with the same hyperparameters in environments that
stable-baselines3 makes, without a single callback. It, the same script with the one callback of a user's,
and two whole trainers, one headless and one that takes pictures at speed 1.0, run side by side in turns of a
second, while the others are stopped. With `--seeds`, whole trainings with the published settings follow, one
after another, and the best model that each had saved when the time was over plays 20 greedy episodes: leave
the machine alone meanwhile. Where the peer, RL Baselines3 Zoo, is installed (`pip install rl_zoo3`, in an
environment of its own that has the packages of this one too, since it needs an older Pillow), it
trains the same settings in turns with them.
"""

import os
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import orjson

from tests.benchmarks.control import percentile, trainer_speed
from tests.benchmarks.learning import train
from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report
from tests.benchmarks.obeying import at_any_moment, training
from tests.benchmarks.turns import Stops, in_turns, seconds_running
from trainer.creating import create_run
from trainer.run_files.jobs import Work
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.commands.report import evaluate
from trainer.tasks.gym.commands.saved_model import model_in_folder
from trainer.tasks.gym.presets import tuned

BARE = """
import json, sys, time, torch
from stable_baselines3.common.env_util import make_vec_env
from trainer.learning.train import NEVER
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.learner import make_learner
torch.set_num_threads(1)
config, warm_up = GymSettings.from_json(json.loads(sys.argv[1])), int(sys.argv[2])
model = make_learner(config, make_vec_env(config.env, config.n_envs, seed=config.seed))
callback = None
model.learn(warm_up, callback=callback, log_interval=NEVER)
step, began = model.num_timesteps, time.monotonic()
model.learn(config.total_timesteps - step, callback=callback, log_interval=NEVER, reset_num_timesteps=False)
print(step, began, model.num_timesteps, time.monotonic())
"""
WITH_THE_CALLBACK = """
from tempfile import mkdtemp
from trainer import ControlRoomCallback
callback = ControlRoomCallback(runs_dir=mkdtemp(), log_every=config.log_every)
"""
SCRIPT = BARE.replace("\ncallback = None\n", WITH_THE_CALLBACK)

PEER = """
import argparse, json, sys, tempfile, time, torch
from rl_zoo3.exp_manager import ExperimentManager
torch.set_num_threads(1)
config, warm_up = json.loads(sys.argv[1]), int(sys.argv[2])
manager = ExperimentManager(
    argparse.Namespace(), config["algo"], config["env"], tempfile.mkdtemp(), n_timesteps=config["total_timesteps"], eval_freq=-1,
    seed=config["seed"], verbose=0, device="cpu",
)
model, _ = manager.setup_experiment()
model.learn(warm_up, callback=manager.callbacks)
step, began = model.num_timesteps, time.monotonic()
model.learn(config["total_timesteps"] - step, callback=manager.callbacks, reset_num_timesteps=False)
print(step, began, model.num_timesteps, time.monotonic())
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """An algorithm in an environment, with the published settings.

    Attributes:
        env: its id.
        algo: the algorithm.
        steps: of a measured training.
        seconds: after which it should be good.
    """

    env: str
    algo: str
    steps: int = 0
    seconds: int = 0

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.algo.upper()} {self.env.split('-')[0]}"

    def for_steps(self, steps: int) -> GymSettings:
        """A run of so many steps, with about a hundred rows of metrics."""
        values = {"env": self.env, "algo": self.algo, **tuned(self.env, self.algo)}
        return GymSettings(**{**values, "total_timesteps": steps, "log_every": max(1, steps // 100)})


STEERED = (Setting("CartPole-v1", "ppo", 60_000), Setting("CartPole-v1", "dqn", 60_000), Setting("Pendulum-v1", "sac", 3_000))
LEARNED = (
    Setting("CartPole-v1", "ppo", seconds=60),
    Setting("LunarLander-v3", "ppo", seconds=600),
    Setting("Pendulum-v1", "sac", seconds=240),
)
WARM_UP = 0.2  # of the steps: imports, allocations and random steps are not what training costs
EPISODES = 20
SEED_OF_EPISODES = 1


def speeds(setting: Setting, share: float) -> dict[str, float]:
    """Steps/s side by side: of the learner alone, with a script's callback, of two trainers and of the peer."""
    config = setting.for_steps(int(setting.steps * share))
    warm_up = int(config.total_timesteps * WARM_UP)
    learners = {"bare learn": BARE, "a script with the callback": SCRIPT} | ({"RL Baselines3 Zoo": PEER} if find_spec("rl_zoo3") else {})
    with tempfile.TemporaryDirectory() as folder:
        runs = [create_run(config, runs_dir=Path(folder), visual=visual) for visual in (False, True)]
        trainers = [["-m", "trainer", "start", str(run.path)] for run in runs]
        arguments = [orjson.dumps(config.to_json()).decode(), str(warm_up)]
        said, stops = in_turns([*(["-c", program, *arguments] for program in learners.values()), *trainers])
        of_trainers = [trainer_speed(run, stopped, warm_up) for run, stopped in zip(runs, stops[len(learners) :], strict=True)]
    of_learners = map(_learner_speed, said, stops[: len(learners)])
    return dict(zip((*learners, "headless", "with pictures"), (*of_learners, *of_trainers), strict=True))


def _learner_speed(said: str, stops: Stops) -> float:
    step, began, last_step, ended = map(float, said.splitlines()[-1].split())
    return (last_step - step) / seconds_running(began, ended, stops)


def overhead(setting: Setting, repeats: int, share: float) -> list[Figure]:
    """What a trainer costs beside the bare learner."""
    measured = [speeds(setting, share) for _ in range(repeats)]
    bare, *others = measured[0]
    figures = [Figure(f"{setting.name}: {bare}", "steps/s", [one[bare] for one in measured])]
    return figures + [Figure(f"{setting.name}: {name} ÷ bare", "%", [100 * one[name] / one[bare] for one in measured]) for name in others]


def reactions(setting: Setting, commands: int) -> list[Figure]:
    """How long a trainer takes to act upon a command, at any moment of rollouts and updates."""
    with tempfile.TemporaryDirectory() as folder, training(setting.for_steps(100_000_000), Path(folder)) as run:
        took = at_any_moment(run, commands)
    shares = (("p50", 0.5), ("p95", 0.95))
    return [Figure(f"{setting.name}: obeyed, {name} of {commands}", "ms", [percentile(took, share)]) for name, share in shares]


def learned(setting: Setting, seeds: int) -> Figure:
    """How good the best model is after the seconds of a setting, the trainer's first import included; one value a seed."""
    minutes = setting.seconds / 60
    options = ["--env", setting.env, "--algo", setting.algo]
    rewards = []
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            seen = train(seed, [minutes], options, Path(folder, "trained"))
            figures = evaluate(model_in_folder(seen.models[minutes]), episodes=EPISODES, seed=SEED_OF_EPISODES, work=Work(None))
        rewards.append(float(figures["mean_reward"]))
    return Figure(f"{setting.name}: after {setting.seconds} s", f"mean reward of {EPISODES} greedy episodes, a seed", rewards)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.set_defaults(repeats=5)
    parser.add_argument("--share", type=float, default=1.0, metavar="S", help="of the measured steps: 0.1 is quick (default: %(default)s)")
    parser.add_argument("--commands", type=int, default=60, metavar="N", help="commands whose latency is measured (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="whole trainings of each setting (default: none)")
    chosen = parser.parse_args(arguments)
    os.chdir(Path(__file__).parents[2])
    figures = [figure for setting in STEERED for figure in overhead(setting, chosen.repeats, chosen.share)]
    if chosen.commands:
        figures += reactions(STEERED[0], chosen.commands)
    if chosen.seeds:
        figures += [learned(setting, chosen.seeds) for setting in LEARNED]
    report("Learners", figures, chosen.json)


if __name__ == "__main__":
    main()
