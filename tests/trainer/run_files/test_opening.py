"""Opening files of a run directory that a stranger made: never a link, never a special file, never without a limit."""

import os
import secrets
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.errors import SpecialFileError
from trainer.run_files import opening
from trainer.run_files.opening import (
    count_names,
    exists,
    is_file,
    is_folder,
    is_real_folder,
    looking_once,
    make_folder,
    move,
    names_in,
    open_to_append,
    open_to_read,
    read_bytes,
    read_whole,
    real,
    remove_file,
    remove_folder,
    replace_bytes,
    replacing,
    require_folder,
    stamp,
    touch,
)

SECRET = b"export SECRET=1\n"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of the user's own, outside the run directory."""
    path = tmp_path / "home" / ".bashrc"
    path.parent.mkdir()
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder that a stranger has filled."""
    path = tmp_path / "run"
    path.mkdir()
    return path


def _append(path: Path) -> None:
    file = open_to_append(path)
    try:
        os.write(file, b"more\n")
    finally:
        os.close(file)


WRITES: dict[str, Callable[[Path], object]] = {
    "append": _append,
    "touch": touch,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("dangling", [False, True], ids=["a link", "a dangling link"])
def test_nothing_is_written_through_a_link(run: Path, victim: Path, write: Callable[[Path], object], *, dangling: bool) -> None:
    target = victim.with_name("new") if dangling else victim
    (run / "x.log").symlink_to(target)
    before = victim.stat()
    with pytest.raises(SpecialFileError, match=r"x\.log cannot be used \(it is a symbolic link\)\."):
        write(run / "x.log")
    assert victim.read_bytes() == SECRET
    assert victim.stat().st_mtime_ns == before.st_mtime_ns
    assert not victim.with_name("new").exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda path: replace_bytes(path, b"x"),
        _append,
        lambda path: make_folder(path.with_name("new")),
        lambda path: move(path, path.with_name("new")),
        remove_file,
        lambda path: os.close(open_to_read(path)),
        is_file,
        lambda path: require_folder(path.parent),
        lambda path: names_in(path.parent),
    ],
)
def test_a_folder_that_is_a_link_leads_nowhere(run: Path, victim: Path, act: Callable[[Path], object]) -> None:
    (run / "models").symlink_to(victim.parent)
    with pytest.raises(SpecialFileError, match=r"models is a symbolic link"):
        act(run / "models" / victim.name)
    remove_folder(run / "models" / victim.name)
    assert [path.name for path in victim.parent.iterdir()] == [victim.name]
    assert victim.read_bytes() == SECRET


def test_a_file_is_replaced_and_not_what_a_link_of_its_name_leads_to(run: Path, victim: Path) -> None:
    (run / "status.json").symlink_to(victim)
    replace_bytes(run / "status.json", b"ours", durable=True)
    assert not (run / "status.json").is_symlink()
    assert (run / "status.json").read_bytes() == b"ours"
    assert victim.read_bytes() == SECRET
    assert names_in(run) == ["status.json"]


def test_a_name_for_what_is_half_written_cannot_be_guessed_or_taken(run: Path, victim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda _size: "0")
    (run / ".status.json.0.tmp").symlink_to(victim)
    with pytest.raises(FileExistsError):
        replace_bytes(run / "status.json", b"ours")
    assert victim.read_bytes() == SECRET


def test_a_failed_write_leaves_the_old_file_and_nothing_else(run: Path) -> None:
    replace_bytes(run / "x", b"old")
    with pytest.raises(ValueError, match="stop"), replacing(run / "x") as file:  # noqa: PT012 - the error comes in the middle
        file.write(b"half")
        raise ValueError("stop")
    assert names_in(run) == ["x"]
    assert read_whole(run / "x", 10) == b"old"


def test_a_log_with_a_second_name_is_copied_before_it_grows(run: Path, victim: Path) -> None:
    (run / "metrics.jsonl").hardlink_to(victim)
    assert count_names(run / "metrics.jsonl") == 2
    _append(run / "metrics.jsonl")
    assert (run / "metrics.jsonl").read_bytes() == SECRET + b"more\n"
    assert victim.read_bytes() == SECRET
    assert count_names(victim) == 1


def test_a_huge_log_with_a_second_name_is_not_copied(run: Path, victim: Path) -> None:
    os.truncate(victim, 8_000_000_000)  # sparse
    (run / "metrics.jsonl").hardlink_to(victim)
    with pytest.raises(SpecialFileError, match="it has a second name; copy the run without links"):
        _append(run / "metrics.jsonl")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


SPECIAL: dict[str, Callable[[Path], object]] = {
    "a FIFO": os.mkfifo,
    "a socket": _socket,
    "a folder": Path.mkdir,
    "a symbolic link": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_what_is_no_regular_file_is_never_opened(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    SPECIAL[kind](Path("x"))
    path = tmp_path / "x"
    opened: list[object] = []
    for act in (open_to_read, open_to_append, is_file, read_whole, lambda one: read_bytes(one, 9)):
        with monkeypatch.context() as patch:
            patch.setattr(opening, "_require_open_file", lambda *_: opened.append(kind))
            with pytest.raises(SpecialFileError, match=rf"it is {kind}"):
                act(path)
    assert opened == []
    assert exists(path)


def test_a_device_is_refused() -> None:
    with pytest.raises(SpecialFileError, match="it is a device"):
        read_bytes(Path("/dev/zero"), 10)


def test_a_file_swapped_for_a_fifo_between_check_and_open_is_refused(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (run / "x").write_bytes(b"a file")
    require = opening._require

    def swapped(path: str | Path, kind: int) -> None:
        require(path, kind)
        (run / "x").unlink()
        os.mkfifo(run / "x")

    monkeypatch.setattr(opening, "_require", swapped)
    with pytest.raises(SpecialFileError, match="it is a FIFO"):
        read_bytes(run / "x", 10)


def test_reading_stops_one_byte_after_the_limit(run: Path) -> None:
    (run / "x").write_bytes(b"0123456789")
    assert read_bytes(run / "x", 10) == b"0123456789"
    assert read_bytes(run / "x", 5) == b"012345"
    assert read_bytes(run / "x", 3, offset=-3) == b"789"
    assert read_bytes(run / "x", 3, offset=8) == b"89"
    assert read_bytes(run / "x", 99, offset=-99) == b"0123456789"
    assert read_whole(run / "x", 10) == b"0123456789"
    with pytest.raises(SpecialFileError, match=r"it must be smaller than 9 bytes"):
        read_whole(run / "x", 9)
    os.truncate(run / "x", 8_000_000_000)
    assert len(read_bytes(run / "x", 1_000, offset=-1_000)) == 1_000
    with pytest.raises(SpecialFileError, match="must be smaller than 200,000,000 bytes"):
        read_whole(run / "x")


def test_what_is_there_is_told_from_what_is_not(run: Path) -> None:
    (run / "file").touch()
    assert is_file(run / "file")
    assert not is_file(run / "none")
    assert not is_folder(run / "file" / "below")
    assert is_folder(run)
    assert not is_real_folder(run / "file")
    assert stamp(run / "none") is None
    assert stamp("a name with \0") is None
    with pytest.raises(SpecialFileError, match="file is a file"):
        require_folder(run / "file")
    with pytest.raises(FileNotFoundError):
        require_folder(run / "none")


def test_a_folder_is_made_once_and_deleted_whole(run: Path, victim: Path) -> None:
    make_folder(run / "models")
    make_folder(run / "models")
    with pytest.raises(FileExistsError):
        make_folder(run / "models", new=True)
    (run / "models" / "inside").symlink_to(victim.parent)
    (run / "gone").symlink_to(victim.parent)
    for name in ("models", "gone", "none"):
        remove_folder(run / name)
    assert names_in(run) == names_in(run / "none") == []
    assert victim.read_bytes() == SECRET


def test_a_folder_of_very_many_names_is_read_in_part(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_ENTRIES", 10)
    for number in range(20):
        (run / str(number)).touch()
    assert len(names_in(run)) == 10


def test_the_folder_of_runs_may_lie_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "disk")
    assert real(tmp_path / "runs" / "new") == tmp_path / "disk" / "new"


def test_a_new_file_gives_nobody_else_the_right_to_write(run: Path) -> None:
    before = os.umask(0)
    try:
        replace_bytes(run / "x", b"")
        _append(run / "y")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((run / name).stat().st_mode) for name in "xy"] == [0o644, 0o644]


def test_the_folders_above_are_looked_at_once_while_that_is_asked_for(run: Path, victim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (run / "status.json").write_bytes(b"own")
    (run / "link").symlink_to(victim)
    (run / "folder").symlink_to(victim.parent)
    looked, lstat = list[str](), os.lstat

    def looking(path: str | Path) -> os.stat_result:
        looked.append(str(path))
        return lstat(path)

    monkeypatch.setattr(os, "lstat", looking)
    with looking_once(run):
        looked.clear()
        assert read_bytes(run / "status.json", 100) == b"own"
        assert looked == [str(run / "status.json")]
        for name in ("link", f"folder/{victim.name}"):
            with pytest.raises(SpecialFileError, match="is a symbolic link"):
                read_bytes(run / name, 100)
        assert not is_real_folder(run / "folder")
    looked.clear()
    assert read_bytes(run / "status.json", 100) == b"own"
    assert str(run) in looked, "afterwards they are looked at again"


def test_a_folder_that_links_lead_to_is_looked_at_each_time(run: Path, tmp_path: Path) -> None:
    (run / "status.json").write_bytes(b"own")
    behind = tmp_path / "behind"
    behind.symlink_to(run)
    with looking_once(behind):
        for _ in range(2):
            with pytest.raises(SpecialFileError, match="behind is a symbolic link"):
                read_bytes(behind / "status.json", 100)
    with looking_once(tmp_path / "nowhere"), pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "nowhere" / "status.json", 100)
    with looking_once(run):
        assert read_bytes(run.with_name(f"{run.name}") / "status.json", 100) == b"own"
        (tmp_path / f"{run.name}-2").symlink_to(run)
        with pytest.raises(SpecialFileError):
            read_bytes(tmp_path / f"{run.name}-2" / "status.json", 100)
