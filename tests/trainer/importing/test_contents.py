"""The logs of an imported run, literally."""

from pathlib import Path

import numpy as np
import orjson

from tests.trainer.importing.conftest import Truth
from trainer.importing.contents import contents_of, status_of
from trainer.importing.logs import Episode, Evaluation, Logs, Row
from trainer.importing.recognise import find_sources
from trainer.importing.write_run import Chosen, import_source
from trainer.run_files.episodes import EpisodeRow, episodes_table
from trainer.run_files.evaluations import EvaluationRow, evaluations_table
from trainer.run_files.metrics import MetricsRow, metrics_table
from trainer.run_files.rows import NAMED

LOGS = Logs(
    metrics=[Row(10, 1.5, {"train/loss": 0.5, "train/n_updates": 3, "step": 7, "bad\n": 1}), Row(20, None, {"train/loss": float("nan")})],
    episodes=[Episode(10, 1.25, 3.0, 10, {"is_success": True, "reward": 9})],
    evaluations=[Evaluation(10, [1.0, 1.0], [4, 5], {"mean_is_success": 0.5}), Evaluation(20, [0.5], [4], {})],
)
METRICS = """\
{"step":10,"wall_seconds":1.5,"active_seconds":1.5,"at":1500,"updates":3,"train/loss":0.5,"train/n_updates":3}
{"step":20,"wall_seconds":null,"active_seconds":null,"at":null,"updates":null,"train/loss":null}
"""
EPISODES = '{"step":10,"episode":1,"reward":3.0,"length":10,"truncated":null,"at":1250,"is_success":true}\n'
EVALUATIONS = """\
{"step":10,"wall_seconds":1.5,"active_seconds":1.5,"episodes":2,"mean_reward":1.0,"ci95":[1.0,1.0],"rewards":[1.0,1.0],"lengths":[4,5],\
"at":1500,"mean_is_success":0.5}
{"step":20,"wall_seconds":null,"active_seconds":null,"episodes":1,"mean_reward":0.5,"ci95":null,"rewards":[0.5],"lengths":[4],"at":null}
"""


def test_rows_are_those_of_a_run_that_was_trained_here() -> None:
    made = contents_of(LOGS, "1970-01-01T00:00:00.000Z")

    assert {log: content.decode() for log, content in made.items()} == {
        "metrics": METRICS,
        "episodes": EPISODES,
        "evaluations": EVALUATIONS,
    }
    for text, kind in ((METRICS, MetricsRow), (EPISODES, EpisodeRow), (EVALUATIONS, EvaluationRow)):
        assert all(f'"{name}":' in text for name in kind.__dataclass_fields__ if name != NAMED)


def test_no_name_of_a_stranger_breaks_a_row_in_two() -> None:
    names = {'},{"step":9': 1.5, '}\\n{"step":': 2.5, "é": 3.5}
    (line,) = contents_of(Logs(metrics=[Row(1, None, names)]), "")["metrics"].splitlines()
    assert orjson.loads(line) == {"step": 1, "wall_seconds": None, "active_seconds": None, "at": None, "updates": None} | names


def test_without_a_beginning_nothing_has_a_time() -> None:
    assert b'"at":1' not in b"".join(contents_of(LOGS, "").values())


def test_the_status_says_how_far_it_got_and_what_was_best() -> None:
    status = status_of(LOGS, "imported")
    assert (status.num_timesteps, status.total_timesteps, status.episodes, status.active_seconds) == (20, 20, 1, 1.25)
    assert status.best is not None
    assert (status.best.metric, status.best.value, status.best.step) == ("mean_reward", 1.0, 10)
    assert status_of(Logs(metrics=[Row(5, None, {})]), "imported").best is None


def test_every_value_comes_back_out_of_the_run(logs: Path, trained: Truth, tmp_path: Path) -> None:
    (source,) = find_sources(logs)
    run = import_source(source, Chosen(tmp_path / "runs")).run

    metrics, episodes, evaluations = metrics_table(run), episodes_table(run), evaluations_table(run)
    assert [table.refresh() for table in (metrics, episodes, evaluations)] == [4, len(trained.episodes), 4]
    assert [table.bad_lines for table in (metrics, episodes, evaluations)] == [0, 0, 0]
    for name in {name for _, named in trained.rows for name in named}:
        expected = {step: named[name] for step, named in trained.rows if name in named}
        found = dict(zip(metrics.column("step"), metrics.column(name), strict=True))
        assert {step: found[step] for step in expected} == {step: np.float64(value) for step, value in expected.items()}, name
    assert sorted(episodes.column("reward")) == sorted(reward for _, reward, _ in trained.episodes)
    assert [np.mean(rewards) for rewards, _ in trained.evaluations.values()] == evaluations.column("mean_reward").tolist()
    assert np.isnan(episodes.column("truncated")).all()
