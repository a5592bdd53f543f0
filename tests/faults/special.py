"""Names that lead elsewhere or are special files, in the place of every name that a folder holds."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from trainer.errors import ControlRoomError

SECRET = b"export SECRET=1\n"
HUGE = 8_000_000_000  # bytes, sparse

Acts = Callable[[Path], Iterable[Callable[[], object]]]
"""What can be done with a folder."""

KINDS: dict[str, Callable[[Path, Path], object]] = {
    "a link to a file": lambda path, home: path.symlink_to(home / ".bashrc"),
    "a link to a folder": lambda path, home: path.symlink_to(home / "inside"),
    "a dangling link": lambda path, home: path.symlink_to(home / "new"),
    "a link to a device": lambda path, _home: path.symlink_to("/dev/zero"),
    "a second name": lambda path, home: path.hardlink_to(home / ".bashrc"),
    "a FIFO": lambda path, _home: os.mkfifo(path),
    "a folder": lambda path, _home: path.mkdir(),
}


def make_victim(folder: Path) -> Path:
    """A user's home, which nothing may change."""
    home = folder / "home"
    (home / "inside").mkdir(parents=True)
    for path in (home / ".bashrc", home / "inside" / "model.zip", home / "inside" / "step-500~20260101-000000"):
        path.write_bytes(SECRET)
        os.utime(path, (1, 1))
    return home


def look_of(home: Path) -> dict[str, tuple[bytes, int, int]]:
    """Everything about the user's own files that an act could change."""
    files = (path for path in home.rglob("*") if path.is_file())
    return {str(path.relative_to(home)): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns) for path in files}


def copies(pattern: Path, names: Iterable[str], folder: Path, kind: str) -> Iterator[tuple[str, Path]]:
    """A folder, with each of some names in it in turn being of another kind; each copy is deleted again.

    Args:
        pattern: what is copied.
        names: in it.
        folder: where the copies and the victim's home are.
        kind: one of `KINDS`.
    """
    for number, name in enumerate(names):
        copy = folder / f"runs-{number}" / pattern.name
        shutil.copytree(pattern, copy)
        path = copy / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        KINDS[kind](path, folder / "home")
        yield name, copy
        shutil.rmtree(copy.parent)


def huge_copies(pattern: Path, names: Iterable[str], folder: Path) -> Iterator[tuple[str, Path]]:
    """The same, with each file in turn being of eight gigabytes that take no space."""
    for number, name in enumerate(names):
        copy = folder / f"huge-{number}" / pattern.name
        shutil.copytree(pattern, copy)
        if not (copy / name).is_dir():
            with (copy / name).open("ab") as file:
                file.truncate(HUGE)
            yield name, copy
        shutil.rmtree(copy.parent)


def assert_nothing_else_changes(every: Iterable[tuple[str, Path]], acts: Acts, home: Path) -> None:
    """Do everything with each copy: it ends well or in one sentence for a person, and the user's home stays as it is.

    Args:
        every: of `copies`.
        acts: what can be done with such a folder.
        home: of `make_victim`.
    """
    before = look_of(home)
    for name, copy in every:
        for act in acts(copy):
            try:
                with contextlib.suppress(ControlRoomError):
                    act()
            except Exception as error:
                raise AssertionError(name) from error
        assert look_of(home) == before, name
