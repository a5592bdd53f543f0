"""CSV of Weights & Biases, in the two forms that it documents."""

from pathlib import Path

import pytest

from trainer.errors import FormatError
from trainer.importing.logs import Logs
from trainer.importing.wandb_csv import find_runs, is_wandb_csv

COLUMNS = [f"{run} - train/loss{twin}" for run in ("sunny-1", "a - b") for twin in ("", "__MIN", "__MAX")]
CHART = (
    ",".join(f'"{name}"' for name in ["Step", *COLUMNS])
    + """
"0","0.5","0.5","0.5","","",""
"100","0.25","0.25","0.25","1.5","1.5","1.5"
"200","","","","NaN","NaN","NaN"
"""
)
HISTORY = """,_step,_runtime,_timestamp,global_step,charts/episodic_return,losses/value_loss
0,0,1.5,1700000001.5,512,21.0,
1,1,3.0,1700000003.0,1024,,0.125
"""


def read(path: Path, text: str, step: str = "") -> dict[str, Logs]:
    """Every run of a file, by its name."""
    path.write_text(text)
    return {source.name: source.read(True) for source in find_runs(path, step)}


def test_a_chart_is_a_run_for_each_of_its_lines(tmp_path: Path) -> None:
    runs = read(tmp_path / "chart.csv", CHART)

    assert list(runs) == ["sunny-1", "a - b"]
    assert [(row.step, row.named) for row in runs["sunny-1"].metrics] == [(0, {"train/loss": 0.5}), (100, {"train/loss": 0.25})]
    assert str(runs["a - b"].metrics) == (
        "[Row(step=100, wall_seconds=None, named={'train/loss': 1.5}), Row(step=200, wall_seconds=None, named={'train/loss': nan})]"
    )
    assert not +runs["sunny-1"].lost


def test_the_chosen_x_axis_counts_the_steps(tmp_path: Path) -> None:
    runs = read(tmp_path / "chart.csv", CHART.replace('"Step"', '"global_step"'))
    assert [row.step for row in runs["sunny-1"].metrics] == [0, 100]
    timed = '"Relative Time (Process)","r - loss","r - env/steps"\n"1.5","2.5","40"\n'
    assert [(row.step, row.named["loss"]) for row in read(tmp_path / "timed.csv", timed, "env/steps")["r"].metrics] == [(40, 2.5)]
    with pytest.raises(FormatError, match=r"^timed\.csv must have a column of steps \(.*\); .* --step\.$"):
        read(tmp_path / "timed.csv", timed)


def test_a_history_is_one_run_counted_by_its_environment_steps(tmp_path: Path) -> None:
    logs = read(tmp_path / "history.csv", HISTORY)["history"]

    assert [(row.step, row.wall_seconds, row.named) for row in logs.metrics] == [
        (512, 1.5, {"charts/episodic_return": 21.0}),
        (1024, 3.0, {"losses/value_loss": 0.125}),
    ]
    assert logs.began_ms == 1_700_000_000_000
    assert [row.step for row in read(tmp_path / "history.csv", HISTORY, "_step")["history"].metrics] == [0, 1]
    with pytest.raises(FormatError, match=r"must have a column 'frames'"):
        read(tmp_path / "history.csv", HISTORY, "frames")


def test_rows_that_are_damaged_are_counted(tmp_path: Path) -> None:
    logs = read(tmp_path / "chart.csv", CHART + '"x","1","1","1","","",""\n"300","1"\n"400","1","1"')["sunny-1"]
    assert ([row.step for row in logs.metrics], logs.lost["chart.csv"]) == ([0, 100], 3)


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (CHART, True),
        (HISTORY, True),
        ("Step,a\n", False),
        ("a - b,c - d\n", False),
        ("", False),
        ("_step,a\n", False),
        ("\ufeff" + CHART, True),
    ],
)
def test_it_is_told_by_its_columns(head: str, *, is_one: bool) -> None:
    assert is_wandb_csv(head.encode()) is is_one
