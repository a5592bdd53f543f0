"""How often the rules that send notifications are wrong: 200 small runs, half of them broken on purpose.

    python -m tests.benchmarks.rules [--runs 200] [--set 3] [--json PATH]

Every run is a real one: PPO or DQN of stable-baselines3 in CartPole (episodes of at most 200 steps), recorded by
`ControlRoomCallback`; the rules are given the rows that it wrote, in their order. Half of the runs are healthy. The other half is broken:

| how | what is done |
|---|---|
| learning rate NaN | the learning rate is 10^30 |
| reward NaN | from a step between 30 % and 70 % on, one reward in a hundred is NaN |
| learning rate 0 | nothing is ever learned |
| reward shuffled | every step's reward is 1 or −1 by a coin; evaluations play for the real one |
| late collapse | from a step between 50 % and 70 % on, the reward's sign is turned |
| stuck | at a step between 20 % and 80 % the environment does not answer any more |

Time is simulated, so that nobody waits: a step takes 10 ms, a reset a second in half of the runs and in the others a lognormal time
(median 3 s, sigma 0.8), as of a simulator that has to be started; of a stuck environment the time simply goes on.

A rule is right if it speaks in a run in which what it says is so (`RIGHT`), after that has begun. Precision: of all runs in which it
spoke. Recall: of the runs that were broken in the way that it is for (`MEANT`). Intervals: Wilson, 95 %. Lead: from where the fault begins
to where the rule speaks; for what is broken from the start, to the end of the run. The rules were set by looking at sets 1 and 2; set 3
has other seeds, and was run once.
"""

import logging
import math
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Literal, get_args

import gymnasium
import numpy as np
import orjson
import torch as th
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env

from tests.benchmarks.measuring import arguments_parser
from trainer.notifying.rules import Alarm, Log, RowRules, Rule, Stalled
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.script.callback import ControlRoomCallback

STEPS, N_ENVS, LONGEST_EPISODE = 4_000, 4, 200
STEP_S, LOOK_S, HANGS_S = 0.01, 1.0, 120.0
Fault = Literal["none", "learning rate NaN", "reward NaN", "learning rate 0", "reward shuffled", "late collapse", "stuck"]
FAULTS: tuple[Fault, ...] = get_args(Fault)[1:]
MEANT: dict[Rule, set[Fault]] = {
    "not_a_number": {"learning rate NaN", "reward NaN"},
    "stalled": {"stuck"},
    "plateau": {"learning rate 0", "reward shuffled"},
    "collapse": {"late collapse"},
}
RIGHT: dict[Rule, set[Fault]] = MEANT | {
    "plateau": {"learning rate 0", "reward shuffled", "learning rate NaN", "reward NaN", "late collapse"},
    "collapse": {"late collapse", "learning rate NaN", "reward NaN"},
}
"""Besides what it is for, what it also says truly: a network that is not a number has forgotten everything and learns no more."""


class Broken(gymnasium.Wrapper[Any, Any, Any, Any]):
    """CartPole for training, broken from a step on.

    Args:
        fault: how.
        from_step: of this environment.
        seed: of its coins.
    """

    def __init__(self, fault: Fault, from_step: int, seed: int) -> None:
        super().__init__(gymnasium.make("CartPole-v1", max_episode_steps=LONGEST_EPISODE))
        self._fault, self._from_step, self._random = fault, from_step, np.random.default_rng(seed)
        self._steps = 0

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take a step; its reward may be another one."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._steps += 1
        return observation, self._given(float(reward)), terminated, truncated, info

    def _given(self, reward: float) -> float:
        if self._fault == "reward shuffled":
            return float(self._random.choice((-1.0, 1.0)))
        if self._steps < self._from_step:
            return reward
        if self._fault == "reward NaN" and self._random.random() < 0.01:
            return math.nan
        return -reward if self._fault == "late collapse" else reward


class Clock(BaseCallback):
    """The simulated time of every step, in seconds.

    Args:
        slow_resets: whether resets take the time that a simulator takes to start.
        stuck_at: the step after which nothing comes any more; None: it goes on.
        seed: of the times.
    """

    def __init__(self, *, slow_resets: bool, stuck_at: int | None, seed: int) -> None:
        super().__init__()
        self._slow, self._stuck_at, self._random = slow_resets, stuck_at, np.random.default_rng(seed)
        self.moments = [(0.0, 0)]

    def _on_step(self) -> bool:
        now = self.moments[-1][0] + STEP_S
        for done in self.locals["dones"]:
            if done:
                now += float(self._random.lognormal(math.log(3.0), 0.8)) if self._slow else 1.0
        self.moments.append((now, self.num_timesteps))
        if self._stuck_at is not None and self.num_timesteps >= self._stuck_at:
            self.moments.append((now + HANGS_S, self.num_timesteps))
            return False
        return True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules said of one run.

    Attributes:
        began: the step at which it broke.
        alarms: the first of each rule.
        silent_s: after the last step, until the rule about it spoke; None: it did not.
    """

    fault: Fault
    algo: str
    began: int
    ended: int
    alarms: dict[Rule, Alarm] = field(default_factory=dict)
    silent_s: float | None = None


def train(fault: Fault, algo: str, seed: int, folder: Path) -> Outcome:
    """Train one run, and let the rules look at it."""
    random = np.random.default_rng(seed)
    low, high = {"late collapse": (0.5, 0.7), "stuck": (0.2, 0.8)}.get(fault, (0.3, 0.7))
    began = round(random.uniform(low, high) * STEPS) if fault in ("reward NaN", "late collapse", "stuck") else 0
    envs = make_vec_env(lambda: Broken(fault, began // N_ENVS, int(random.integers(2**31))), N_ENVS, seed=seed)
    model = _model(algo, envs, seed, {"learning rate NaN": 1e30, "learning rate 0": 0.0}.get(fault))
    clock = Clock(slow_resets=bool(random.random() < 0.5), stuck_at=began if fault == "stuck" else None, seed=seed)
    tested = gymnasium.make("CartPole-v1", max_episode_steps=LONGEST_EPISODE)
    recorded = ControlRoomCallback(
        "r", runs_dir=folder, log_every=200, eval_env=tested, eval_freq=160, n_eval_episodes=3, pictures=False, steer=False, best="none"
    )
    try:
        model.learn(STEPS, callback=[clock, recorded])
    except ValueError as error:  # PPO refuses a network that is not a number, and its run has failed
        sys.last_value = error  # as in a script that this ends
        recorded.init_callback(model)
        del sys.last_value
    assert recorded.run_dir is not None
    said = row_alarms(RunDirectory(recorded.run_dir))
    outcome = Outcome(fault, algo, began, model.num_timesteps, said)
    return with_stalls(outcome, clock.moments)


def _model(algo: str, envs: Any, seed: int, learning_rate: float | None) -> BaseAlgorithm:
    policy = {"net_arch": [32]}
    if algo == "ppo":
        rate = 2e-3 if learning_rate is None else learning_rate
        return PPO(
            "MlpPolicy", envs, learning_rate=rate, n_steps=64, batch_size=64, n_epochs=6, policy_kwargs=policy, seed=seed, device="cpu"
        )
    rate = 2.3e-3 if learning_rate is None else learning_rate
    return DQN(
        "MlpPolicy", envs, learning_rate=rate, learning_starts=200, batch_size=64, train_freq=16, gradient_steps=16, gamma=0.99,
        target_update_interval=40, exploration_fraction=0.3, exploration_final_eps=0.04, policy_kwargs=policy, seed=seed, device="cpu",
    )  # fmt: skip


def row_alarms(run: RunDirectory) -> dict[Rule, Alarm]:
    """The first alarm of each rule that looks at rows, which are given in the order in which they were written."""
    logs: dict[Log, Path] = {"metrics": run.metrics, "episodes": run.episodes, "evaluations": run.evaluations, "events": run.events}
    rows = [(log, row) for log, path in logs.items() for row in map(orjson.loads, path.read_bytes().splitlines())]
    rules, first = RowRules(STEPS), dict[Rule, Alarm]()
    for log, row in sorted(rows, key=lambda one: _written_at(one[1])):
        for alarm in rules.take(log, row):
            first.setdefault(alarm.rule, alarm)
    return first


def _written_at(row: dict[str, Any]) -> float:
    at = row["at"]
    return datetime.fromisoformat(at).timestamp() * 1_000 if isinstance(at, str) else float(at)


def with_stalls(outcome: Outcome, moments: Sequence[tuple[float, int]]) -> Outcome:
    """What the rule about stalls says, which looks at the run once a second."""
    rule, at = Stalled(), 0
    for look in range(round(moments[-1][0] / LOOK_S)):
        now = look * LOOK_S
        while at + 1 < len(moments) and moments[at + 1][0] <= now:
            at += 1
        moved, step = moments[at]
        if (alarm := rule.take(step, now - moved)) is not None:
            return Outcome(outcome.fault, outcome.algo, outcome.began, outcome.ended, outcome.alarms | {"stalled": alarm}, now - moved)
    return outcome


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    middle, half = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def is_right(outcome: Outcome, rule: Rule) -> bool:
    """Whether a rule said something true of a run: it is so, and had begun."""
    return outcome.fault in RIGHT[rule] and outcome.alarms[rule].step >= outcome.began


def table(outcomes: Sequence[Outcome]) -> str:
    """Precision, recall and lead time of each rule, as Markdown."""
    lines = ["| rule | right of what it said | found of what it is for | lead |", "|---|---|---|---|"]
    for rule, meant in MEANT.items():
        spoke = [one for one in outcomes if rule in one.alarms]
        right = sum(is_right(one, rule) for one in spoke)
        broken = [one for one in outcomes if one.fault in meant]
        found = [one for one in broken if rule in one.alarms and is_right(one, rule)]
        lines.append(
            f"| {rule.replace('_', ' ')} | {_share(right, len(spoke))} | {_share(len(found), len(broken))} | {_lead(found, rule)} |"
        )
    return "\n".join(lines)


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits} of {of} ({low * 100:.0f} to {high * 100:.0f} %)"


def _lead(found: Sequence[Outcome], rule: Rule) -> str:
    if not found:
        return "–"
    if rule == "stalled":
        return f"{median(one.silent_s or 0.0 for one in found):.0f} s after the last step"
    after = [one.alarms[rule].step - one.began for one in found if one.began]
    before = [one.ended - one.alarms[rule].step for one in found if not one.began]
    words = [f"{median(after):,.0f} steps after it broke"] if after else []
    words += [f"{median(before):,.0f} steps before the end"] if before else []
    return ", ".join(words)


def plan(runs: int) -> list[tuple[Fault, str]]:
    """What is trained: half of it healthy, the faults in turn, each with both algorithms in turn."""
    faults: list[Fault] = [*["none"] * (runs - runs // 2), *(FAULTS[place % len(FAULTS)] for place in range(runs // 2))]  # type: ignore[list-item]
    seen: dict[Fault, int] = {}
    planned = []
    for fault in faults:
        seen[fault] = seen.get(fault, 0) + 1
        planned.append((fault, "ppo" if seen[fault] % 2 else "dqn"))
    return planned


def main() -> None:
    """Train, count, print."""
    parser = arguments_parser(__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--set", type=int, default=3, help="which seeds; 1 and 2: those by which the rules were set")
    options = parser.parse_args()
    th.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    outcomes = []
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108 - a folder of its own in it
        for number, (fault, algo) in enumerate(plan(options.runs)):
            outcomes.append(train(fault, algo, options.set * 100_000 + number, Path(folder)))
            said = ", ".join(f"{rule} at {alarm.step:,}" for rule, alarm in outcomes[-1].alarms.items())
            print(f"{number + 1:>4} {algo} {fault:<18} from {outcomes[-1].began:>5,}: {said or 'nothing'}", flush=True)
    print(f"\n{options.runs} runs of {STEPS:,} steps, seeds of set {options.set}\n\n{table(outcomes)}")
    if options.json is not None:
        found = [
            {"fault": one.fault, "algo": one.algo, "began": one.began, "said": {rule: alarm.step for rule, alarm in one.alarms.items()}}
            for one in outcomes
        ]
        options.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(19)
    main()
