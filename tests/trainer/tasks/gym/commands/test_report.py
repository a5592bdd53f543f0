"""`evaluate`: the same episodes for the same seed, on other seeds than those that chose the model; and nothing pickled is read."""

import base64
import io
import json
import pickle
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import orjson
import pytest
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from tests.commands import call
from tests.trainer.tasks.gym.test_learner import MASKED
from tests.trainer.tasks.gym.tiny import TINY, copy_of, trained
from trainer.errors import EnvironmentFaultError, JobCancelledError, SettingError
from trainer.learning.any_learner.learner_task import FIRST_EVALUATION_SEED
from trainer.run_files.files import document_bytes, read_document, sha256
from trainer.run_files.jobs import Work
from trainer.run_files.reports import read_report
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import find_model, keep_model
from trainer.tasks.gym.commands.report import play_and_sum_up, seeds_of

FIGURES = {
    *("episodes", "mean_reward", "ci95", "median_reward", "max_reward", "mean_length", "truncated_episodes", "steps_per_second"),
    *("seconds", "named", "seed", "player", "step", "sha256", "settings"),
}


def evaluated(*arguments: Any) -> dict[str, Any]:
    """What the command prints."""
    done = call("evaluate", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


@pytest.mark.long
@pytest.mark.parametrize("algo", TINY)
def test_the_same_seed_gives_the_same_episodes_and_another_one_others(algo: str) -> None:
    run = trained(algo)
    first, again, other = (evaluated(run.path, "--episodes", "2", "--seed", seed) for seed in (1, 1, 2))
    assert set(first) == FIGURES
    assert first["settings"] == {"env": TINY[algo]["env"], "env_kwargs": None}
    low, high = first["ci95"]
    assert low <= first["mean_reward"] <= high
    without = {"seconds", "steps_per_second"}
    assert {name: first[name] for name in FIGURES - without} == {name: again[name] for name in FIGURES - without}
    assert other["mean_reward"] != first["mean_reward"]


def test_a_person_reads_what_is_compared_first_and_its_report_is_kept(tmp_path: Path) -> None:
    run = copy_of(trained("ppo"), tmp_path)
    keep_model(find_model(run, None), run, "keeper")
    said = call("evaluate", run.path, "--slot", "keeper", "--episodes", "2", "--save").stdout.splitlines()
    report = read_report(run, find_model(run, None).metadata.sha256)
    assert report is not None
    assert (report.model, report.episodes, report.truncated_episodes, report.mean_length) == ("keeper", 2, 2, 200.0)
    assert " reward per episode (95 % interval " in said[0]
    assert "; 2 episodes)" in said[0]
    assert said[2] == "2 episodes were truncated"
    assert call("evaluate", "--missing", "--runs-dir", run.path.parent, "--json").stdout == "[]\n"


def test_the_episodes_are_not_those_that_choose_a_model() -> None:
    seeds = seeds_of(1, 1_000)
    assert len(set(seeds)) == 1_000
    assert min(seeds) > FIRST_EVALUATION_SEED + 1_000
    assert max(seeds) < 2**31


class Counts(gymnasium.Env[Any, Any]):
    """Ends after as many steps as the seed says, with success when they are even."""

    observation_space = gymnasium.spaces.Box(0, 1, (1,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)
    reward = 1.0
    fails = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin."""
        super().reset(seed=seed, options=options)
        self.left = self.length = int(self.np_random.integers(2, 9))
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:  # noqa: ARG002 - it does not matter
        """Go on."""
        self.left -= 1 // (not self.fails)
        info = {"is_success": self.length % 2 == 0, "distance": float(self.length), "reward": 5.0, "wrong": np.nan, "word": "x"}
        return np.zeros(1, np.float32), self.reward, self.left == 0, False, info


class Still:
    """Does nothing."""

    def predict(self, observation: Any, state: Any, start: Any, *, deterministic: bool) -> tuple[Any, None]:  # noqa: ARG002 - as a policy's
        """The same action."""
        return np.zeros(1, np.int64), None


def figures(make: Callable[[], Any], work: Work | None = None, **options: int) -> dict[str, Any]:
    """Of episodes in which nothing is done."""
    envs, still = DummyVecEnv([lambda: Monitor(make())]), Still()
    chosen = {"episodes": 20, "seed": 1} | options
    return play_and_sum_up(still, [envs], **chosen, work=work or Work(None))  # type: ignore[arg-type]


def test_what_an_environment_says_at_the_end_of_an_episode_is_averaged() -> None:
    found = figures(Counts)
    assert 0 < found["named"]["success_rate"] < 1
    rate, reached = found["named"]["success_rate"], found["mean_length"]
    assert found["named"] == {"success_rate": rate, "mean_distance": reached, "mean_info/reward": 5.0}, "it says a reward of its own too"
    assert found["mean_reward"] == found["mean_length"]


def test_rewards_that_are_no_numbers_are_said() -> None:
    made = Counts()
    made.reward = np.nan
    with pytest.raises(EnvironmentFaultError, match="Counts must return rewards that are finite numbers"):
        figures(lambda: made)


def test_an_environment_that_fails_is_one_sentence() -> None:
    made = Counts()
    made.fails = True
    with pytest.raises(EnvironmentFaultError, match=r"Counts raised ZeroDivisionError: .*, in its step \(test_report\.py, line \d+\)\."):
        figures(lambda: made)


def test_a_model_that_cannot_be_evaluated_is_passed_over_and_the_others_are_not(tmp_path: Path) -> None:
    run, other = copy_of(trained("ppo"), tmp_path), copy_of(trained("dqn"), tmp_path)
    document = read_document(run.best / "metadata.json")
    (run.best / "metadata.json").write_bytes(document_bytes(document | {"settings": document["settings"] | {"env": "Elsewhere-v0"}}))
    done = call("evaluate", "--missing", "--runs-dir", tmp_path / "runs", "--episodes", "1", "--json")
    assert done.returncode == 1
    assert [row["settings"]["env"] for row in orjson.loads(done.stdout)] == ["CartPole-v1"]
    assert "Elsewhere-v0 must be an environment that is registered here" in done.stderr
    assert read_report(other, find_model(other, None).metadata.sha256) is not None


def test_an_evaluation_that_is_cancelled_ends_and_an_impossible_one_does_not_begin() -> None:
    work = Work(None)
    work.cancelled.set()
    with pytest.raises(JobCancelledError):
        figures(Counts, work)
    with pytest.raises(SettingError, match="episodes must be a whole number from 1 to 100,000; got 0"):
        figures(Counts, episodes=0)
    with pytest.raises(SettingError, match="seed must be a whole number from 0 to"):
        figures(Counts, seed=-1)


def test_a_random_player_is_the_baseline_of_any_environment() -> None:
    words = ("--task", "gym", "--player", "random", "--episodes", "20")
    cart, again = (evaluated(*words, "--env", "CartPole-v1") for _ in range(2))
    assert (cart["player"], cart["sha256"], cart["settings"]["env"]) == ("random", None, "CartPole-v1")
    assert 10 < cart["mean_reward"] == again["mean_reward"] < 40
    assert evaluated(*words, "--env", MASKED)["mean_length"] > 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--player", "random"), "--player random of the task gym needs --env, such as --env CartPole-v1."),
        (("--player", "bcts", "--env", "CartPole-v1"), "--player must be random for the task gym; got bcts."),
        (("--player", "random", "--env", "CartPol-v1"), "CartPol-v1 must be an environment that is registered here"),
        (("--player", "random", "--env", "CartPole-v1", "--env-kwargs", "["), "env_kwargs must be an object of JSON"),
    ],
)
def test_a_player_that_cannot_be_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = call("evaluate", "--task", "gym", *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert sentence in done.stderr


def test_a_model_plays_in_its_own_environment() -> None:
    done = call("evaluate", trained("ppo").path, "--env", "CartPole-v1")
    assert done.returncode == 2
    assert "--env belongs to --player" in done.stderr


@dataclass(frozen=True, slots=True)
class Payload:
    """Makes a file when it is unpickled."""

    proof: Path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return (open, (str(self.proof), "w"))


def model_with(model: bytes, changes: dict[str, bytes]) -> bytes:
    """A `model.zip` with other members."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(model)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, changes.get(name, source.read(name)))
    return target.getvalue()


def change_model(run: RunDirectory, changes: dict[str, bytes]) -> None:
    """Change the best model, by one who knows how to write the hash too."""
    model = model_with((run.best / "model.zip").read_bytes(), changes)
    (run.best / "model.zip").write_bytes(model)
    (run.best / "metadata.json").write_bytes(document_bytes(read_document(run.best / "metadata.json") | {"sha256": sha256(model)}))


def test_nothing_pickled_in_a_model_is_ever_loaded(tmp_path: Path) -> None:
    run, proof = copy_of(trained("ppo"), tmp_path), tmp_path / "proof"
    harm = pickle.dumps(Payload(proof))
    data = json.dumps({"policy_class": {":type:": "x", ":serialized:": base64.b64encode(harm).decode()}}).encode()
    change_model(run, {"data": data, "policy.optimizer.pth": harm})
    honest = evaluated(trained("ppo").path, "--episodes", "1")
    assert evaluated(run.path, "--episodes", "1")["mean_reward"] == honest["mean_reward"], "it is not even looked at"
    change_model(run, {"policy.pth": harm})
    refused = call("evaluate", run.path, "--episodes", "1")
    assert refused.returncode == 1
    assert "must be plain tensors; these hold code, which is not run" in refused.stderr
    assert not proof.exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"env": "Pendulom-v1"}, "Pendulom-v1 must be an environment that is registered here"),
        ({"net_arch": [16]}, r"cannot be read as a model: model\.zip must fit the settings"),
        ({"normalize": "off"}, "cannot be read as a model: normalize must stay as it was"),
        ({"algo": "magic"}, "cannot be read as a model: algo must be one of"),
        ({"colour": 1}, "cannot be read as a model: colour is not a setting"),
    ],
)
def test_a_model_whose_settings_do_not_fit_it_is_one_sentence(tmp_path: Path, settings: dict[str, Any], sentence: str) -> None:
    run = copy_of(trained("ppo"), tmp_path)
    document = read_document(run.best / "metadata.json")
    (run.best / "metadata.json").write_bytes(document_bytes(document | {"settings": document["settings"] | settings}))
    done = call("evaluate", run.path, "--episodes", "1")
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert re.search(sentence, done.stderr), done.stderr
