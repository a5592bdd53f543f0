"""Whoever may only look changes nothing, by whatever function."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from trainer.children import start_child
from trainer.errors import NotPermittedError
from trainer.processes import Worker
from trainer.run_files import opening
from trainer.run_files.locks import locked
from trainer.run_files.permission import ask_before_changes, is_permitted, permitted_now, require_permission, whoever_looks
from trainer.run_files.process_identity import ProcessIdentity


@pytest.fixture
def only_looking() -> Iterator[None]:
    """From now on this process may only look."""

    def refuse() -> None:
        raise NotPermittedError("You may look.")

    ask_before_changes(refuse)
    yield
    ask_before_changes(None)


def _lock(path: Path) -> None:
    with locked(path, timeout_s=0):
        pass


CHANGES: dict[str, Callable[[Path], object]] = {
    "replace": lambda path: opening.replace_bytes(path, b"new"),
    "append": opening.open_to_append,
    "make a folder": lambda path: opening.make_folder(path.with_name("folder")),
    "make a folder with those above it": lambda path: opening.make_named_folder(path.with_name("a") / "b"),
    "move": lambda path: opening.move(path, path.with_name("elsewhere")),
    "touch": opening.touch,
    "remove a file": opening.remove_file,
    "remove a folder": lambda path: opening.remove_folder(path.parent),
    "lock": lambda path: _lock(path.with_name("a.lock")),
    "start a process": lambda path: start_child(["list"], path),
}


@pytest.mark.usefixtures("only_looking")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whoever_may_only_look_changes_no_file_and_starts_no_process(tmp_path: Path, change: Callable[[Path], object]) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    before = opening.stamp(file)
    with pytest.raises(NotPermittedError, match=r"You may look\."):
        change(file)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (opening.stamp(file), file.read_bytes()) == (before, b"old")


@pytest.mark.usefixtures("only_looking")
def test_whoever_may_only_look_ends_no_process(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        with pytest.raises(NotPermittedError):
            Worker(ProcessIdentity.of(psutil.Process(process.pid)), tmp_path).end("kill")
        assert process.poll() is None
        process.kill()


@pytest.mark.usefixtures("only_looking")
def test_what_is_written_whoever_looks_is_marked_and_in_its_own_thread_alone(tmp_path: Path) -> None:
    permitted: list[bool] = []
    with whoever_looks():
        opening.replace_bytes(tmp_path / "cache", b"what was worked out")
        elsewhere = threading.Thread(target=lambda: permitted.append(is_permitted()))
        elsewhere.start()
        elsewhere.join()
        assert is_permitted()
    assert permitted == [False]
    assert not is_permitted()


def test_a_command_may_change_everything() -> None:
    require_permission()
    assert is_permitted()


def test_a_thread_does_what_whoever_asked_for_it_was_permitted_to_do(tmp_path: Path) -> None:
    """Whoever may change things asks, and the app's own threads are nobody's."""
    asking = threading.get_ident()

    def refuse_threads() -> None:
        if threading.get_ident() != asking:
            raise NotPermittedError("No thread may.")

    ask_before_changes(refuse_threads)
    try:
        work = permitted_now(lambda: opening.replace_bytes(tmp_path / "asked", b"for"))
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        ask_before_changes(None)
    assert (tmp_path / "asked").read_bytes() == b"for"


@pytest.mark.usefixtures("only_looking")
def test_a_thread_is_not_begun_for_whoever_may_only_look(tmp_path: Path) -> None:
    with pytest.raises(NotPermittedError):
        permitted_now(lambda: opening.replace_bytes(tmp_path / "asked", b"for"))
