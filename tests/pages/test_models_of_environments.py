"""Models of environments of Gymnasium: a table an environment with its options, and how each is loaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pages.ui.models.card import snippet
from pages.ui.models.leaderboard import KINDS, read_shelf, tables
from tests.trainer.run_files.test_reports import REPORT
from trainer.creating import create_run
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.reports import save_report
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import find_model
from trainer.tasks import describe
from trainer.tasks.gym.about import GymSettings


def model(folder: Path, *, success: float | None = None, **settings: Any) -> RunDirectory:
    """A run with an evaluated model."""
    config = GymSettings(**settings)
    run = create_run(config, name=config.env, runs_dir=folder)
    metadata = BestMetadata(
        task="gym",
        metric="mean_reward",
        value=1.0,
        reward=1.0,
        step=500,
        episode=6,
        seed=1,
        active_seconds=9.0,
        settings=config.of_learning,
    )
    save_best(run, str(settings).encode(), metadata)
    named: dict[str, float | None] = {} if success is None else {"success_rate": success}
    save_report(run, replace(REPORT, sha256=find_model(run, None).metadata.sha256, settings=config.problem, named=named))
    return run


def test_each_environment_with_its_options_has_a_table_with_a_heading_of_its_own(tmp_path: Path) -> None:
    every: tuple[dict[str, Any], ...] = (
        {"env": "CartPole-v1"},
        {"env": "LunarLander-v3"},
        {"env": "LunarLander-v3", "env_kwargs": '{"continuous": true}'},
    )
    for settings in every:
        model(tmp_path, **settings)
    model(tmp_path, env="CartPole-v1", algo="a2c")
    found = {problem.words: len(rows) for problem, rows in tables(read_shelf(list_runs(tmp_path)), list(KINDS)).items()}
    assert found == {
        "Gymnasium (CartPole-v1)": 2,
        "Gymnasium (LunarLander-v3)": 1,
        'Gymnasium (LunarLander-v3, {"continuous": true})': 1,
    }


def test_an_environment_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    run = model(tmp_path)
    metadata = find_model(run, None).metadata
    save_best(run, b"other", replace(metadata, settings={"env": [1], "env_kwargs": None}))
    ((problem, _),) = tables(read_shelf([run]), list(KINDS)).items()
    assert problem.words == "Gymnasium: a problem that the metadata do not name"


def test_how_often_it_succeeds_is_shown_where_the_environment_says_so(tmp_path: Path) -> None:
    model(tmp_path, env="FetchReach-v4", success=0.75)
    model(tmp_path, env="FetchReach-v4", algo="a2c")
    model(tmp_path, env="CartPole-v1")
    rows = {problem.words: rows for problem, rows in tables(read_shelf(list_runs(tmp_path)), list(KINDS)).items()}
    assert {row["Success"] for row in rows["Gymnasium (FetchReach-v4)"]} == {0.75, None}
    assert all("Success" not in row for row in rows["Gymnasium (CartPole-v1)"])


@pytest.mark.parametrize(
    ("settings", "line", "note"),
    [
        ({"algo": "ppo"}, "from stable_baselines3 import PPO\n", False),
        ({"algo": "recurrentppo", "normalize": "observations"}, "from sb3_contrib import RecurrentPPO\n", True),
        ({"algo": "tqc", "normalize": "rewards"}, "from sb3_contrib import TQC\n", False),
    ],
)
def test_the_lines_that_load_a_model_name_its_own_algorithm(tmp_path: Path, settings: dict[str, Any], line: str, note: bool) -> None:
    (entry,) = read_shelf([model(tmp_path, **settings)]).entries
    text = snippet(entry)
    compile(text, "snippet", "exec")
    assert text.startswith(line)
    assert ("normalization.json" in text) == note


def test_a_model_of_an_algorithm_that_is_not_known_here_is_still_shown(tmp_path: Path) -> None:
    run = model(tmp_path)
    metadata = find_model(run, None).metadata
    save_best(run, b"other", replace(metadata, settings=dict(metadata.settings) | {"algo": "magic"}))
    (entry,) = read_shelf([run]).entries
    assert "the algorithm that trained it" in snippet(entry)


def test_what_can_be_done_with_them_is_offered() -> None:
    assert {"evaluate", "bundle", "import"} <= set(describe("gym").commands)
