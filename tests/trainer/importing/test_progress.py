"""`progress.csv` and `progress.json` of stable-baselines3's logger."""

from collections import Counter
from pathlib import Path

import pytest

from tests.trainer.importing.conftest import Truth
from trainer.importing.progress import ELAPSED, STEP, is_progress_csv, is_progress_json, read_progress


@pytest.mark.parametrize(("name", "as_json"), [("progress.csv", False), ("progress.json", True)])
def test_every_number_that_was_logged_is_there(name: str, as_json: bool, trained: Truth) -> None:
    logs = read_progress(trained.folder / name, as_json=as_json)

    assert len(trained.rows) > 5
    assert [row.step for row in logs.metrics] == [step for step, _ in trained.rows]
    for row, (_, named) in zip(logs.metrics, trained.rows, strict=True):
        assert row.named == pytest.approx(named, rel=1e-7), "a float32 is written with the digits that tell it from others"
    assert [row.wall_seconds for row in logs.metrics if ELAPSED in row.named] == sorted(
        named[ELAPSED] for _, named in trained.rows if ELAPSED in named
    )
    assert not +logs.lost


def test_damaged_rows_of_a_table_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    path.write_text(f"{STEP},train/loss\n10,0.5\nten,0.5\n20\n30,\n40,word\n50,1e")

    logs = read_progress(path, as_json=False)

    assert [(row.step, row.named) for row in logs.metrics] == [(10, {STEP: 10, "train/loss": 0.5}), (30, {STEP: 30}), (40, {STEP: 40})]
    assert +logs.lost == Counter({"progress.csv": 3})


def test_damaged_lines_of_json_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    path.write_text(
        f'{{"{STEP}": 10, "a": 1.5, "b": "text", "c": [1]}}\nnull\n{{"{STEP}": 15, "a": NaN}}\n[[[\n{{"{STEP}": -1}}\n{{"{STEP}": 20'
    )

    logs = read_progress(path, as_json=True)

    assert [(row.step, row.named) for row in logs.metrics][:1] == [(10, {STEP: 10, "a": 1.5})]
    assert str(logs.metrics[1:]) == f"[Row(step=15, wall_seconds=None, named={{'{STEP}': 15, 'a': nan}})]"
    assert +logs.lost == Counter({"progress.json": 4})


def test_time_goes_on_where_learning_began_anew(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    path.write_text(f"{STEP},{ELAPSED}\n10,1\n20,3\n30,1\n40,2\n")
    assert [row.wall_seconds for row in read_progress(path, as_json=False).metrics] == [1, 3, 4, 5]


def test_a_cell_that_is_too_long_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    path.write_text(f"{STEP},x\n10,{'1' * 200_000}\n20,1\n")
    logs = read_progress(path, as_json=False)
    assert ([row.step for row in logs.metrics], logs.lost["progress.csv"]) == ([20], 1)


def test_a_log_is_told_by_its_first_line() -> None:
    assert is_progress_csv(b"train/loss,time/total_timesteps\r\n1,2\r\n")
    assert not is_progress_csv(b"a,b\n1,2\n")
    assert is_progress_json(b'{"time/total_timesteps": 3}\n')
    assert not is_progress_json(b'{"a": 3}\n')
