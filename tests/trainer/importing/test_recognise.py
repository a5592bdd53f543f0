"""What a path holds is told by content: a file, a folder, a folder of folders, or something else."""

import os
import shutil
from pathlib import Path

import pytest

from tests.trainer.importing.conftest import TRACKIO, ZOO, Truth
from trainer.errors import FormatError
from trainer.importing.recognise import find_sources, is_bundle

WHAT = "monitor.csv, progress.csv, evaluations.npz, TensorBoard, RL Baselines3 Zoo, Trackio or a CSV of Weights & Biases"


def test_the_logs_of_a_folder_are_one_run_whatever_they_are_called(logs: Path) -> None:
    for number, path in enumerate(sorted(logs.iterdir())):
        path.rename(logs / f"file-{number}")

    (source,) = find_sources(logs)

    assert (source.program, source.name, source.path, len(source.files)) == ("stable-baselines3", "PPO_1", logs, 6)


def test_the_logs_of_a_folder_complete_each_other(logs: Path, trained: Truth) -> None:
    (source,) = find_sources(logs)
    whole = source.read(True)

    assert len(whole.episodes) == len(trained.episodes)
    assert {one.step: one.rewards for one in whole.evaluations} == {step: rewards for step, (rewards, _) in trained.evaluations.items()}
    assert {row.step for row in whole.metrics} == {step for step, _ in trained.rows}
    assert {name for row in whole.metrics for name in row.named} == {name for _, named in trained.rows for name in named}
    assert whole.settings == {"env": "CartPole-v1", "n_envs": 2, "algo": "ppo"}


@pytest.mark.parametrize(
    ("pattern", "program"),
    [("0.monitor.csv", "stable-baselines3"), ("progress.csv", "stable-baselines3"), ("evaluations.npz", "stable-baselines3"),
     ("progress.json", "stable-baselines3"), ("events.out*", "TensorBoard")],
)  # fmt: skip
def test_a_single_file_is_a_run_that_is_called_like_its_folder(pattern: str, program: str, logs: Path) -> None:
    (path,) = logs.glob(pattern)
    (source,) = find_sources(path)
    assert (source.program, source.name, source.files) == (program, "PPO_1", (path,))
    assert not source.read(True).empty


def test_every_folder_below_is_looked_at_and_no_link_is_followed(logs: Path, tmp_path: Path) -> None:
    shutil.copytree(ZOO, tmp_path / "logs" / "zoo")
    shutil.copy(TRACKIO, tmp_path / "logs" / "a.db")
    (tmp_path / "logs" / "link").symlink_to(logs)
    (tmp_path / "logs" / "notes.txt").write_text("nothing")
    os.mkfifo(tmp_path / "logs" / "fifo")

    found = sorted((source.program, source.name) for source in find_sources(tmp_path / "logs"))

    assert found == [
        ("RL Baselines3 Zoo", "CartPole-v1_1"),
        ("Trackio", "ppo-seed-1"),
        ("Trackio", "ppo-seed-2"),
        ("stable-baselines3", "PPO_1"),
    ]


def test_a_person_may_name_a_link(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(logs)
    assert find_sources(tmp_path / "latest")[0].path == logs


def test_something_else_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty").mkdir()
    for name, sentence in {
        "notes.txt": f"notes.txt must be a log of {WHAT}, or a bundle; its content is none of these. Name another file.",
        "fifo": "fifo cannot be imported (it is a FIFO).",
        "empty": f"empty must hold logs of {WHAT}; nothing in it is one of these.",
        "gone": "There is no file or folder 'gone' to import; check the path.",
    }.items():
        with pytest.raises(FormatError) as refused:
            find_sources(tmp_path / name)
        assert str(refused.value) == sentence


def test_a_damaged_file_beside_others_is_said_and_costs_only_what_is_in_it(logs: Path) -> None:
    content = (logs / "evaluations.npz").read_bytes()
    (logs / "evaluations.npz").write_bytes(content[:-30])

    (source,) = find_sources(logs)
    read = source.read(True)

    assert read.evaluations == []
    assert read.metrics
    assert [note.partition(";")[0] for note in read.notes] == ["evaluations.npz must hold plain arrays of evaluations"]


def test_a_file_in_a_folder_that_cannot_be_imported_is_said_beside_the_others(logs: Path) -> None:
    (logs / "chart.csv").write_text('"Relative Time (Process)","a - loss"\n1,2\n')
    problems = list[FormatError]()
    assert len(find_sources(logs, problems=problems)) == 1
    assert [str(problem).partition(";")[0] for problem in problems] == ["chart.csv must have a column of steps (global_step, Step, _step)"]


def test_in_a_folder_of_very_many_files_the_others_are_said_to_be_left_out(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(logs, logs.parent / "PPO_2")
    monkeypatch.setattr("trainer.importing.recognise.MAX_FILES", 6)
    problems = list[FormatError]()
    assert [source.name for source in find_sources(logs.parent, problems=problems)] == ["PPO_1"]
    assert [str(one) for one in problems] == ["logs holds 6 files or more; others were not looked at. Name a folder in it."]


def test_a_bundle_is_told_from_evaluations(trained: Truth, tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(b"PK\x05\x06" + b"\0" * 18)
    assert is_bundle(tmp_path / "bundle")
    assert not is_bundle(trained.folder / "evaluations.npz")
    assert not is_bundle(tmp_path / "gone")
