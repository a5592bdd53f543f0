"""Run directories: whatever a person types, the folder's name is safe and the run is found again."""

import functools
import re
from pathlib import Path

import pytest

from trainer.errors import RunDirectoryError, RunNotFoundError
from trainer.run_files import run_directory
from trainer.run_files.run_directory import (
    RUN_ID_PATTERN,
    RunDirectory,
    find_run,
    has_other_runs,
    list_runs,
    make_run_directory,
    open_run,
    slug,
)

HOSTILE_NAMES = [
    "../x", "..", "/etc/passwd", "C:\\Windows", "CON", "nul.txt", "🎮🧱", "x" * 300, "<script>alert(1)</script>", "", "   ",
    "a\x00b", "a\nb\r", "\u202egnp.exe", "über Größe", "运行", "-rf", ".hidden", "a/b/c", "trailing.", "%2e%2e", "\udcff", "*?|\"'`$(id)",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_becomes_a_folder_that_is_safe_on_every_file_system(tmp_path: Path, name: str) -> None:
    run = make_run_directory(tmp_path / "runs", name)
    assert run.path.is_dir()
    assert run.path.parent == tmp_path / "runs"
    assert re.fullmatch(r"[0-9]{8}-[0-9]{6}-[a-z0-9]+(-[a-z0-9]+)*", run.run_id)
    assert RUN_ID_PATTERN.fullmatch(run.run_id)
    assert len(run.run_id) <= 56


def test_what_can_be_read_of_a_name_is_kept() -> None:
    assert slug("Big net, γ = 0.99!") == "big-net-0-99"
    assert slug("über Größe") == "uber-groe"
    assert slug("🎮") == slug("") == "run"
    assert slug("x" * 300) == "x" * 32


def test_two_runs_of_the_same_name_in_the_same_second_are_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class _Clock:
        @staticmethod
        def now(_zone: object) -> "_Clock":
            return _Clock()

        @staticmethod
        def strftime(_form: str) -> str:
            return "20260102-030405"

    monkeypatch.setattr(run_directory, "datetime", _Clock)
    runs = [make_run_directory(tmp_path, "x" * 40) for _ in range(20)]
    assert len({run.run_id for run in runs}) == 20
    assert runs[0].run_id == "20260102-030405-" + "x" * 32
    assert all(RUN_ID_PATTERN.fullmatch(run.run_id) for run in runs)


def test_a_runs_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for runs_dir in (tmp_path / "file", tmp_path / "file" / "runs"):
        with pytest.raises(RunDirectoryError, match=r"A run directory must be writable; .*file.* is not \(.+\). Choose another"):
            make_run_directory(runs_dir, "x")


def _made(runs_dir: Path, run_id: str) -> Path:
    path = runs_dir / run_id
    path.mkdir(parents=True)
    (path / "config.json").touch()
    return path


def test_a_run_is_found_by_its_id_and_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _made(tmp_path, "20260102-030405-one")
    monkeypatch.chdir(tmp_path.parent)
    assert open_run("20260102-030405-one", tmp_path) == RunDirectory(path)
    assert open_run(str(path), tmp_path / "elsewhere") == RunDirectory(path)
    assert open_run(Path(tmp_path.name) / path.name, tmp_path / "elsewhere").path == path


@pytest.mark.parametrize("unknown", [*HOSTILE_NAMES, "../..", "20260105-030405-x/../..", "20990101-000000-later", "."])
def test_an_unknown_run_is_refused_and_the_newest_are_named(tmp_path: Path, unknown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        _made(tmp_path / "runs", f"2026010{number}-030405-x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunNotFoundError, match="the newest are: 20260105-030405-x, 20260104-030405-x, 20260103-030405-x") as refusal:
        open_run(unknown, tmp_path / "runs")
    assert str(refusal.value).isprintable()
    with pytest.raises(RunNotFoundError, match="the newest are: none yet"):
        open_run(unknown, tmp_path / "nothing")


def test_the_list_is_newest_first_and_passes_over_what_is_no_run(tmp_path: Path) -> None:
    for run_id in ("20260102-030405-b", "20270102-030405-a", "20260102-030405-a"):
        _made(tmp_path, run_id)
    _made(tmp_path, "my-folder")
    _made(tmp_path, "20260102-030405-Upper")
    (tmp_path / "20260102-030405-empty").mkdir()
    (tmp_path / "20260102-030405-file").touch()
    (tmp_path / ".gitkeep").touch()
    (tmp_path / "20260102-030405-loop").symlink_to(tmp_path / "20260102-030405-loop")
    assert [run.run_id for run in list_runs(tmp_path)] == ["20270102-030405-a", "20260102-030405-b", "20260102-030405-a"]
    assert list_runs(tmp_path / "nothing") == list_runs(tmp_path / ".gitkeep") == []


def test_other_runs_than_the_known_ones_are_noticed(tmp_path: Path) -> None:
    known = make_run_directory(tmp_path, "Known")
    known.config.touch()
    make_run_directory(tmp_path, "Not begun")
    assert not has_other_runs(tmp_path, {known.run_id})
    assert not has_other_runs(tmp_path / "nothing", set())
    make_run_directory(tmp_path, "Other").config.touch()
    assert has_other_runs(tmp_path, {known.run_id})


def test_only_the_newest_runs_are_compared_with_the_known_ones_if_a_number_is_given(tmp_path: Path) -> None:
    for run_id in ("20260102-030405-old", "20260103-030405-new"):
        _made(tmp_path, run_id)
    assert has_other_runs(tmp_path, {"20260103-030405-new"})
    assert not has_other_runs(tmp_path, {"20260103-030405-new"}, newest=1)
    assert has_other_runs(tmp_path, {"20260102-030405-old"}, newest=1)


def test_a_list_follows_what_is_made_deleted_and_made_anew_under_one_name(tmp_path: Path) -> None:
    def ids() -> list[str]:
        return [run.run_id for run in list_runs(tmp_path)]

    _made(tmp_path, "20260102-030405-a")
    begun = tmp_path / "20260102-030405-b"
    begun.mkdir()
    assert ids() == ["20260102-030405-a"]
    (begun / "config.json").touch()
    assert ids() == ["20260102-030405-b", "20260102-030405-a"], "a run whose folder was there before its config.json"
    begun.rename(tmp_path / "20260102-030405-c")
    assert ids() == ["20260102-030405-c", "20260102-030405-a"]
    (tmp_path / "20260102-030405-c").rename(tmp_path / "elsewhere")
    (tmp_path / "20260102-030405-c").mkdir()
    assert ids() == ["20260102-030405-a"], "another folder of that name, which is no run"
    (tmp_path / "20260102-030405-c").rmdir()
    (tmp_path / "20260102-030405-c").symlink_to(tmp_path / "elsewhere")
    assert ids() == ["20260102-030405-a"]


def test_a_list_looks_into_a_folder_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        _made(tmp_path, f"20260102-030405-{number}")
    looked = list[str]()
    honest = run_directory._is_run

    def look(path: str) -> bool:
        looked.append(path)
        return honest(path)

    monkeypatch.setattr(run_directory, "_is_run", look)
    first = list_runs(tmp_path)
    assert len(looked) == 30
    assert [run is again for run, again in zip(first, list_runs(tmp_path), strict=True)] == [True] * 30
    assert len(looked) == 30
    for number in range(20):
        list_runs(tmp_path / str(number))
    assert len(run_directory._listed) <= run_directory.MAX_LISTED_FOLDERS


def test_a_run_is_found_by_its_id_alone(tmp_path: Path) -> None:
    _made(tmp_path, "20260102-030405-a")
    (tmp_path / "20260102-030405-link").symlink_to(tmp_path / "20260102-030405-a")
    found = find_run(tmp_path, "20260102-030405-a")
    assert found is not None
    assert found.path == tmp_path / "20260102-030405-a"
    for other in ("20260102-030405-b", "20260102-030405-link", ".", "..", "", "../x", str(found.path), "x" * 5_000, "a\0b"):
        assert find_run(tmp_path, other) is None


def test_every_file_of_a_run_lies_in_its_folder() -> None:
    run = RunDirectory(Path("/runs/r"))
    names = [name for name in vars(RunDirectory) if isinstance(getattr(RunDirectory, name), functools.cached_property) and name != "run_id"]
    paths = {getattr(run, name) for name in names}
    assert len(paths) == len(names) >= 15
    assert {path.parent for path in paths} == {run.path}
