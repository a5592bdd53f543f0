"""Whoever can write a file can name any process in it: only a provable worker on this very folder is found, and gets a signal."""

import ast
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.architecture.sources import SOURCES
from tests.serving import running_app
from tests.workers import WAITS, identity_of, pretend_process, pretend_worker
from trainer.processes import MAIN, PROJECT_DIR, Worker, program_arguments, trainer_command, trainer_environment
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory

OF_THE_USER = "raise ImportError('a module of the user')"
HOLDS = "import sys; file = open(sys.argv[-1], 'rb+'); print('ready', flush=True); sys.stdin.read()"


def test_a_trainer_is_found_by_the_folder_in_its_command_line_and_by_no_other(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "copy").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with pretend_worker("start", tmp_path / "run", "--control-seq", 1) as process:
        worker = Worker(identity_of(process), tmp_path / "run")
        found = worker.find()
        assert found is not None
        assert found.pid == process.pid
        assert replace(worker, folder=tmp_path / "link").find() is not None
        for other in (tmp_path / "copy", tmp_path, tmp_path / "run" / "x", Path("run")):
            assert not replace(worker, folder=other).end("kill")
        assert not replace(worker, commands=frozenset({"evaluate"})).end("kill"), "another kind of work"
        assert not replace(worker, identity=replace(worker.identity, pid=process.pid + 1)).end("kill")
        assert process.poll() is None
        assert worker.end("terminate")
        assert process.wait(timeout=10) == -signal.SIGTERM
    assert not worker.end("kill"), "it has ended"


@pytest.mark.parametrize(
    "words",
    [
        ["-S", "-c", WAITS],
        ["-S", "-c", WAITS, "{run}"],
        ["-S", "-c", WAITS, "start", "{run}"],
        ["-S", "-c", WAITS, "-m", "trainers", "start", "{run}"],
        ["-S", "-c", WAITS, "-m", "trainer", "{run}"],
        ["-S", "-c", WAITS, "-m", "trainer", "start", "{run}/trainer.log"],
        ["-S", "-c", WAITS, "-m", "trainer", "start", "run"],
        ["-S", "-c", WAITS, "-m", "trainer", "bundle", "{run}"],
        ["-S", "-c", WAITS, "-m", "trainer"],
        ["-S", "-c", WAITS, "-m", "trainer", "start", "{run}"],
        ["-S", "-c", WAITS, "-P", str(MAIN), "start", "{run}"],
        ["-S", "{run}/waits.py", "-m", "trainer", "start", "{run}"],
    ],
)
def test_another_process_of_the_same_user_is_never_signalled(tmp_path: Path, words: list[str]) -> None:
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    (run.path / "waits.py").write_text(WAITS)
    with pretend_process([sys.executable, *(word.replace("{run}", str(run.path)) for word in words)]) as stranger:
        worker = Worker(identity_of(stranger), run.path, lock=run.run_lock)
        assert worker.find() is None
        assert not worker.end("terminate")
        assert not worker.end("kill")
        assert stranger.poll() is None


OURS = [
    ["/usr/bin/python3", "-m", "trainer"],
    ["python", "-mtrainer"],
    ["python3", "-I", "-m", "trainer"],
    ["python3", "-Im", "trainer"],
    ["python3.13t", "-IBmtrainer"],
    ["python", "-X", "faulthandler", "-m", "trainer"],
    ["python", "-Xfaulthandler", "-m", "trainer"],
    ["python", "-uX", "faulthandler", "-m", "trainer"],
    ["pypy3", "-u", "-X", "utf8", "-Werror", "-W", "error", "-m", "trainer"],
    ["python", "-bbW", "-m", "-m", "trainer"],
    ["python", "--check-hash-based-pycs", "-m", "-m", "trainer"],
    ["python", "-m", "trainer.__main__"],
    ["/opt/my pythons/3.11 (new)/bin/python3.11", "-P", str(MAIN)],
    ["/Library/Python.framework/Resources/Python.app/Contents/MacOS/Python", str(MAIN)],
    ["C:\\Program Files\\Python 3.11\\pythonw.exe", "-m", "trainer"],
    ["PYTHON.EXE", "-m", "trainer"],
    ["python", "trainer/__main__.py"],
    ["python", "--", "/a/path with spaces/trainer/__main__.py"],
    ["python", str(MAIN.parent)],
    ["python3", "-m", "control_room"],
    ["python3", "-P", "/venv/lib/python3.11/site-packages/control_room/__main__.py"],
    ["/venv/bin/python3", "/venv/bin/control-room"],
    ["C:\\venv\\Scripts\\python.exe", "C:\\venv\\Scripts\\control-room.exe"],
]
STRANGERS = [
    ["vim", "trainer/__main__.py"],
    ["/opt/python/bin/vim", "-m", "trainer"],
    ["grep", "-m", "trainer"],
    ["pythonesque-editor", "trainer/__main__.py"],
    ["python", "other.py", "-m", "trainer"],
    ["python", "-P", "other.py", str(MAIN)],
    ["python", "--", "-m", "trainer"],
    ["python", "-c", "-m", "trainer"],
    ["python", "-cpass", "-m", "trainer"],
    ["python", "-Ic", "pass", "-m", "trainer"],
    ["python", "-m", "trainers"],
    ["python", "-mtrainers"],
    ["python", "-m", "cProfile", "-m", "trainer"],
    ["python", "-mpdb", "trainer/__main__.py"],
    ["python", "-X", "-m", "trainer"],
    ["python", "-bbW", "-m", "trainer"],
    ["python", "-Xm", "trainer"],
    ["python", "--check-hash-based-pycs", "-m", "trainer"],
    ["python", "my_trainer/__main__.py"],
    ["python", "/elsewhere/trainer"],
    ["python", "-m", "control_room.app.streamlit_app"],
    ["python", "/venv/lib/python3.11/site-packages/control_room/console.py"],
    ["python", "/venv/bin/control-rooms"],
    ["vim", "/venv/bin/control-room"],
    ["python", "-"],
    ["python", "-m"],
    ["python"],
]


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_however_the_interpreter_is_told_to_run_our_program_it_is_recognised(words: list[str]) -> None:
    assert program_arguments([*words, "start", "/runs/x"]) == ["start", "/runs/x"]


@pytest.mark.parametrize("words", STRANGERS, ids=" ".join)
def test_what_only_names_our_program_is_a_stranger(words: list[str]) -> None:
    assert program_arguments([*words, "start", "/runs/x"]) == []


def test_what_the_app_starts_is_recognised_and_an_empty_command_line_is_nobody() -> None:
    assert program_arguments(trainer_command(["start", "/runs/x"])) == ["start", "/runs/x"]
    assert program_arguments([]) == []


@pytest.fixture
def users_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a user's own modules, named as ours, which an environment names first; a process begins there."""
    folder = tmp_path / "modules"
    for name in ("trainer", "pages", "tests"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(OF_THE_USER)
    for name in ("streamlit_app", "utils", "probing", "signals"):
        (folder / f"{name}.py").write_text(OF_THE_USER)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("options", [[], ["-P"]])
def test_a_command_named_by_its_path_is_found_from_any_folder(users_modules: Path, options: list[str]) -> None:
    words = [sys.executable, *options, str(MAIN), "list", "--runs-dir", str(users_modules)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no runs in")


def test_a_child_finds_what_the_user_names_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["libraries", "/elsewhere"]))
    assert trainer_environment()["PYTHONPATH"] == os.pathsep.join([str(tmp_path / "libraries"), "/elsewhere"])


def test_a_python_that_ignores_its_variables_has_children_that_do(users_modules: Path) -> None:
    (users_modules / "types.py").write_text(OF_THE_USER)  # breaks every Python that looks here
    code = f"import sys; sys.path.insert(0, {str(PROJECT_DIR)!r}); from trainer.children import start_child; "
    code += "from pathlib import Path; here = Path(sys.argv[1]); "
    code += "sys.exit(start_child(['list', '--runs-dir', str(here)], here / 'log').ending(60).exit_code)"

    parent = subprocess.run([sys.executable, "-I", "-c", code, users_modules], timeout=120, check=False)

    assert parent.returncode == 0, (users_modules / "log").read_text()


@pytest.mark.long
@pytest.mark.parametrize("safe_path", ["", "1"])
def test_the_app_finds_its_own_code_wherever_it_is_started(tmp_path: Path, users_modules: Path, safe_path: str) -> None:
    environment = {"PYTHONSAFEPATH": safe_path}
    with running_app(tmp_path, tmp_path / "app.log", environment=environment, cwd=users_modules) as app:
        request = urllib.request.Request(app.url, headers={"Host": "elsewhere.example"})  # noqa: S310 - our own address
        with pytest.raises(urllib.error.HTTPError, match="403"):  # by our own code
            urllib.request.urlopen(request, timeout=60)  # noqa: S310


def test_a_trainer_typed_in_a_terminal_is_known_by_the_lock_that_it_holds(tmp_path: Path) -> None:
    run, copy, linked = (RunDirectory(tmp_path / name) for name in ("run", "copy", "linked"))
    for one in (run, copy, linked):
        one.path.mkdir()
    run.run_lock.touch()
    copy.run_lock.touch()
    linked.run_lock.hardlink_to(run.run_lock)  # as `cp -al` makes it: the same file under another path
    with pretend_worker("train", "--name", "x", run.run_lock, program=HOLDS) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        identity = identity_of(process)
        assert Worker(identity, run.path, lock=run.run_lock).find() is not None
        for other in (copy, linked):
            assert Worker(identity, other.path, lock=other.run_lock).find() is None
        assert Worker(identity, run.path).find() is None, "a lock that nobody looks at proves nothing"


def test_a_process_of_another_user_gets_no_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pretend_worker("start", tmp_path) as process:
        worker = Worker(identity_of(process), tmp_path)
        me = os.getuid()
        for theirs in ((0 if me else 1, me, me), (me, me + 1, me), (me + 1,) * 3):
            monkeypatch.setattr(psutil.Process, "uids", lambda _, theirs=theirs: theirs)
            assert not worker.end("terminate")
        assert process.poll() is None


def test_this_process_never_signals_itself_and_a_process_that_hides_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(psutil.Process, "cmdline", lambda _: trainer_command(["start", str(tmp_path)]))
        assert Worker(ProcessIdentity.own(), tmp_path).find() is None

    def denied(_: psutil.Process) -> list[str]:
        raise psutil.AccessDenied

    with pretend_worker("start", tmp_path) as process:
        identity = identity_of(process)
        with monkeypatch.context() as patch:
            patch.setattr(psutil.Process, "cmdline", denied)
            assert not Worker(identity, tmp_path).end("kill")
        assert process.poll() is None


SIGNALS = {"terminate", "kill", "send_signal", "killpg", "pidfd_send_signal"}


@pytest.mark.long
def test_every_signal_of_the_program_goes_through_one_function() -> None:
    senders = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SIGNALS:
                itself = ast.unparse(node.args[0]) == "os.getpid()" if node.args else False
                if not itself:
                    senders.add(path.name)
    children = {"evaluating.py", "subprocesses.py", "in_subprocess.py"}  # of the trainer itself, ended by the handle that made them
    assert senders == children, "Worker.end calls them by name; nothing else does"
