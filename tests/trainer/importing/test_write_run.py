"""Imported once, a source is one run for good: nothing of it is ever there twice."""

import hashlib
import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.trainer.importing.conftest import TRACKIO, train
from trainer.analysis.groups import setting_groups
from trainer.errors import FormatError, RunDirectoryError, RunFinishedError
from trainer.importing.recognise import find_sources
from trainer.importing.write_run import Chosen, Imported, import_source
from trainer.probing import probe
from trainer.run_files.config_file import read_config
from trainer.run_files.events import events_reader
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.run_lock import hold_run_lock
from trainer.run_files.source import read_source
from trainer.starting import prepare_resume


def import_all(path: Path, chosen: Chosen) -> list[Imported]:
    """Every run that a path holds."""
    return [import_source(source, chosen) for source in find_sources(path)]


def digest(run: RunDirectory) -> dict[str, str]:
    """What is in a run."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in run.path.iterdir()}


def without_last_lines(path: Path, lines: int) -> bytes:
    """A log as it was some rows ago."""
    return b"".join(path.read_bytes().splitlines(keepends=True)[:-lines])


def test_a_run_says_what_it_is_and_where_it_is_from(logs: Path, chosen: Chosen) -> None:
    (made,) = import_all(logs, chosen)

    assert (made.outcome, made.sentences) == ("new", [])
    probed, source, config = probe(made.run), read_source(made.run), read_config(made.run)
    assert (probed.state, probed.active, probed.growing, probed.problem, probed.error) == ("imported", False, False, None, None)
    assert source is not None
    assert (source.program, source.path, source.part) == ("stable-baselines3", "PPO_1", "")
    assert str(logs.parent) not in (made.run.path / "source.json").read_text(), "no path of this machine is kept"
    assert (config.name, config.seed, config.task) == ("PPO_1", None, "gym")
    assert config.settings == {"env": "CartPole-v1", "algo": "ppo", "n_envs": 2}
    assert config.created_at == source.began_at
    assert config.versions == {}
    reader = events_reader(made.run)
    reader.refresh()
    assert [event.message.partition(" (")[0] for event in reader.rows] == ["Imported from stable-baselines3: PPO_1"]


def test_it_is_never_started(logs: Path, chosen: Chosen) -> None:
    (made,) = import_all(logs, chosen)
    with pytest.raises(RunFinishedError, match="another program has trained it, and it cannot go on here"):
        prepare_resume(made.run, by="app")


def test_the_same_source_adds_nothing_and_says_so(logs: Path, chosen: Chosen, tmp_path: Path) -> None:
    (first,) = import_all(logs, chosen)
    before = digest(first.run)

    (again,) = import_all(logs, chosen)
    (moved,) = import_all(shutil.copytree(logs, tmp_path / "elsewhere"), chosen)

    sentence = [f"It was imported before, as {first.run.run_id}; nothing was added."]
    assert [(one.run, one.outcome, one.sentences) for one in (again, moved)] == [(first.run, "unchanged", sentence)] * 2
    assert {name: before[name] for name in before if name.endswith("l")} == {
        name: content for name, content in digest(first.run).items() if name.endswith("l")
    }
    assert len(list_runs(chosen.runs_dir)) == 1


@pytest.mark.parametrize("which", ["0.monitor.csv", "progress.csv"])
def test_what_is_new_is_appended_and_nothing_is_there_twice(which: str, logs: Path, chosen: Chosen, tmp_path: Path) -> None:
    whole = (logs / which).read_bytes()
    for path in logs.iterdir():
        if path.name != which:
            path.unlink()
    expected = Chosen(tmp_path / "at once")
    (logs / which).write_bytes(without_last_lines(logs / which, 2))
    (first,) = import_all(logs, chosen)
    log = first.run.episodes if "monitor" in which else first.run.metrics
    before, inode = log.read_bytes(), log.stat().st_ino

    (logs / which).write_bytes(whole)
    (grown,) = import_all(logs, chosen)

    assert (grown.run, grown.outcome) == (first.run, "grown")
    assert grown.sentences[0].endswith("what is new in it was added there.")
    assert log.read_bytes().startswith(before)
    assert log.stat().st_ino == inode, "it was appended to"
    (at_once,) = import_all(logs, expected)
    assert [b'"step"' in log.read_bytes(), log.read_bytes().count(b"\n")] == [
        True, (at_once.run.path / log.name).read_bytes().count(b"\n"),
    ]  # fmt: skip


def test_an_import_that_was_killed_in_a_write_is_mended(logs: Path, chosen: Chosen) -> None:
    (made,) = import_all(logs, chosen)
    whole = made.run.metrics.read_bytes()
    made.run.metrics.write_bytes(whole[:-20])

    import_all(logs, chosen)

    assert made.run.metrics.read_bytes() == whole


def test_another_run_that_was_logged_at_the_same_place_is_another_run(logs: Path, chosen: Chosen) -> None:
    (first,) = import_all(logs, chosen)
    before = digest(first.run)
    shutil.rmtree(logs)
    train(logs, steps=256, seed=7)

    (second,) = import_all(logs, chosen)

    assert second.outcome == "new"
    assert second.run != first.run
    assert digest(first.run) == before


def test_every_run_of_a_file_is_its_own_and_runs_of_unknown_seed_are_no_copies(logs: Path, chosen: Chosen, tmp_path: Path) -> None:
    assert [read_config(one.run).seed for one in import_all(TRACKIO, chosen)] == [1, 2]
    assert [one.outcome for one in import_all(TRACKIO, chosen)] == ["unchanged", "unchanged"]

    other = tmp_path / "logs" / "PPO_2"
    train(other, steps=256, seed=7)
    runs = [one.run for one in import_all(logs.parent, chosen)]
    configs = {run.run_id: read_config(run) for run in runs}
    assert [config.seed for config in configs.values()] == [None, None]
    (group,) = setting_groups(configs).groups
    assert len(group.runs) == 2
    assert group.copies == {}


def test_a_person_says_what_the_logs_do_not(logs: Path, tmp_path: Path) -> None:
    (events,) = logs.glob("events*")
    (unsaid,) = import_all(events, Chosen(tmp_path / "a"))
    (said,) = import_all(events, Chosen(tmp_path / "b", name="Mine", env="Acrobot-v1", algo="SAC"))

    assert read_config(unsaid.run).settings == {"env": "unknown environment (PPO_1)", "algo": "ppo"}
    assert read_config(said.run).settings == {"env": "Acrobot-v1", "algo": "ppo"}, "what the logs say is believed"
    assert read_config(said.run).name == "Mine"


def test_lost_rows_are_said(logs: Path, chosen: Chosen) -> None:
    with (logs / "progress.csv").open("a") as log:
        log.write("1,2\ntorn")
    (made,) = import_all(logs, chosen)

    assert made.sentences == ["2 rows of progress.csv could not be read."]
    source, reader = read_source(made.run), events_reader(made.run)
    reader.refresh()
    assert source is not None
    assert source.lost == {"progress.csv": 2}
    assert [event.message for event in reader.rows][1:] == ["2 rows of progress.csv could not be read"]


def test_a_clock_that_was_never_set_tells_no_time(chosen: Chosen, tmp_path: Path) -> None:
    (tmp_path / "monitor.csv").write_text('#{"t_start": 12.5}\nr,l,t\n1,5,1\n')
    (made,) = import_all(tmp_path / "monitor.csv", chosen)
    assert (probe(made.run).problem, b'"at":null' in made.run.episodes.read_bytes()) == (None, True)
    assert import_all(tmp_path / "monitor.csv", chosen)[0].outcome == "unchanged"


def test_without_a_row_there_is_no_run(chosen: Chosen, tmp_path: Path) -> None:
    (tmp_path / "monitor.csv").write_text('#{"t_start": 1.0}\nr,l,t\nx,1,1\n')
    with pytest.raises(FormatError, match=r"^monitor\.csv must hold at least one whole row; it holds none \(1 row could not be read\)\."):
        import_all(tmp_path / "monitor.csv", chosen)
    assert list_runs(chosen.runs_dir) == []


def test_nothing_is_left_of_a_run_that_cannot_be_written(logs: Path, chosen: Chosen, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trainer.importing.write_run.write_config", full)
    with pytest.raises(RunDirectoryError, match=r"cannot be written \(No space left on device\); nothing was imported"):
        import_all(logs, chosen)
    assert list(chosen.runs_dir.iterdir()) == []


def test_what_another_process_follows_is_left_to_it(logs: Path, chosen: Chosen) -> None:
    (made,) = import_all(logs, chosen)
    lock = hold_run_lock(made.run)
    try:
        (again,) = import_all(logs, chosen)
    finally:
        lock.release()
    assert (again.outcome, again.sentences) == ("followed", [f"Another process follows it, as {made.run.run_id}; nothing was added."])


def test_a_source_is_only_ever_read(logs: Path, chosen: Chosen) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in logs.iterdir()}
    for path in logs.iterdir():
        path.chmod(stat.S_IRUSR)
    logs.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        import_all(logs, chosen)
    finally:
        logs.chmod(stat.S_IRWXU)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in logs.iterdir()} == before
    assert os.listdir(logs.parent) == ["PPO_1"]  # noqa: PTH208 - names
