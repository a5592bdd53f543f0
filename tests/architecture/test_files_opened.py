"""Files are opened in one place, and no process is waited for without end."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import SOURCES, label_of, nodes_of

FILE_CALLS = frozenset({
    "OSFile", "chmod", "copyfile", "copytree", "exists", "fdopen", "glob", "hardlink_to", "is_dir", "is_fifo", "is_file",
    "is_mount", "is_symlink", "isdir", "isfile", "islink", "iterdir", "lexists", "listdir", "load", "lstat", "memory_map",
    "mkdir", "mkdtemp", "mkstemp", "open", "read_bytes", "read_text", "remove", "rename", "renames", "rglob", "rmdir",
    "rmtree", "save", "scandir", "stat", "symlink_to", "touch", "truncate", "unlink", "utime", "walk", "write_bytes",
    "write_text",
})  # fmt: skip
OWN_FILES = re.compile(r"^\(?(_FOLDER|Path\(__file__\)|Path\(\w+\.__file__\)|importlib\.resources\.files\()")
"""Where the program's own files are, as a call names it that reads one."""
OPENS_FILES_TOO: dict[str, set[str]] = {
    "trainer/run_files/opening.py": set(FILE_CALLS),  # the one place
    # files of the program itself and of the system
    "pages/ui/tetris/references.py": {"read_bytes"},
    "pages/ui/shell/navigation.py": {"glob", "read_text"},
    "trainer/engines/ray/versions.py": {"read_bytes", "rglob"},
    "trainer/resources.py": {"read_text"},
    "trainer/forking.py": {"open"},
    "trainer/run_files/process_identity.py": {"read_bytes", "read_text"},
    "trainer/streams.py": {"open"},
    "trainer/tasks/gym/listing.py": {"glob", "read_bytes"},
    # a stream around a descriptor that was opened there
    "trainer/train_commands.py": {"open"},
    "trainer/endings.py": {"fdopen"},
    "trainer/sweeping/journal.py": {"open"},
    "trainer/children.py": {"fdopen"},
    # the folder that a person named, links and all: of runs or of exports
    "trainer/run_files/run_directory.py": {"is_symlink", "scandir"},
    # how large files are: nothing is opened
    "trainer/run_files/cleaning.py": {"is_dir", "is_file", "scandir", "stat"},
    # bytes in memory
    "trainer/tasks/tetris/learner/dqn.py": {"save"},
    "trainer/tasks/tetris/learner/saved_state.py": {"load"},
    "trainer/learning/plain_weights.py": {"load"},
    "trainer/tasks/gym/commands/importing.py": {"load"},
    "trainer/importing/evaluations.py": {"load"},
    "trainer/importing/plain_yaml.py": {"load"},
    "trainer/learning/any_learner/image.py": {"save"},
    "trainer/learning/any_learner/environment_state.py": {"load", "save"},
    "trainer/learning/any_learner/learner_state.py": {"load", "save"},
    "trainer/run_files/archives.py": {"open"},
    # a method of our own of that name, which opens nothing
    "trainer/learning/steering.py": {"remove", "save"},
    "trainer/learning/callbacks/save_checkpoints.py": {"save"},
    "trainer/tasks/tetris/learner/resuming.py": {"load"},
    # the cache of compiled code: no part of a run; a folder that others own, may write or link elsewhere is not used
    "trainer/tasks/tetris/game/compiling.py": {"is_dir", "read_bytes", "lstat", "mkdir", "rglob", "unlink"},
    # the user's own key, in the user's own folder: no part of a run
    "trainer/learning/any_learner/own_pickles.py": {"chmod", "mkdir"},
    # where addresses of notifications are, which only their owner may read
    "trainer/run_files/notify_settings.py": {"chmod"},
    # the state of environments, in memory
    "trainer/learning/any_learner/shadow.py": {"save"},
    "trainer/learning/any_learner/in_subprocess.py": {"save"},
    # a temporary folder of this process's own
    "pages/ui/replay/encoder.py": {"read_bytes"},
    # the folder of an agent among the temporary files of its node, and what of a run directory there is to be sent
    "trainer/engines/ray/agent.py": {"mkdir", "open"},
    "trainer/engines/ray/outbox.py": {"is_dir", "is_file", "scandir", "stat"},
    "trainer/engines/ray/remote.py": {"is_file", "is_symlink", "mkdir", "stat"},
    # a picture in memory
    "pages/ui/replay/film.py": {"save"},
    "pages/ui/gym/replay/parts.py": {"open"},
    # runs in the folder of an unpacked bundle, without Control Room
    "trainer/tasks/tetris/game/numpy_player.py": {"load"},
    "trainer/tasks/gym/commands/bundled_player.py": {"exists", "load", "read_text"},
}


def _file_calls(path: Path) -> set[str]:
    """The calls in a module that may open, make, look at or delete a file: methods, functions of modules, and `open`."""
    called = (node.func for node in nodes_of(path) if isinstance(node, ast.Call))
    called = (one for one in called if not OWN_FILES.search(ast.unparse(one)))
    methods, functions = set[str](), set[str]()
    for one in called:
        if isinstance(one, ast.Attribute):
            methods.add(one.attr)
        elif isinstance(one, ast.Name):
            functions.add(one.id)
    return (methods & FILE_CALLS) | (functions & (FILE_CALLS - {"exists", "is_file", "read_bytes", "touch"}))  # those are of the one place


def test_files_are_opened_in_one_place() -> None:
    for path in SOURCES:
        allowed = OPENS_FILES_TOO.get(label_of(path), set())
        assert _file_calls(path) - allowed == set(), label_of(path)
        assert allowed in (FILE_CALLS, _file_calls(path)), f"an exception that nothing in {label_of(path)} needs any more"


def test_the_check_for_opened_files_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("open(1)\npath.write_text('')\nexists(path)\nnp.load(path)\n", encoding="utf-8")
    assert _file_calls(module) == {"open", "write_text", "load"}


def test_no_process_is_waited_for_without_end() -> None:
    starts = re.compile(r"subprocess\.(Popen|run|call|check_\w+|getoutput)\(|os\.(system|popen|spawn\w+)\(|import imageio_ffmpeg")
    found = {label_of(path): path.read_text("utf-8") for path in SOURCES if starts.search(path.read_text("utf-8"))}
    assert list(found) == [
        "pages/ui/replay/encoder.py",
        "trainer/children.py",
        "trainer/engines/ray/agent.py",
        "trainer/tasks/script/describing.py",
    ]  # imageio_ffmpeg itself waits for whatever it finds
    assert not [label for label, text in found.items() if re.search(r"\.(wait|communicate)\(\)|subprocess\.[a-z]\w+\(", text)]
