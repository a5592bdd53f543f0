"""The command that an installation brings: what `python -m` does."""

import subprocess
import sys
from pathlib import Path

from trainer.processes import PROJECT_DIR

CONSOLE = "import sys; sys.argv[0] = 'control-room'; from trainer.console import main; sys.exit(main())"


def _console(*words: object, text: str = "") -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", f'"$@" {text}', "bash", sys.executable, "-c", CONSOLE, *map(str, words)]
    return subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_does_what_the_module_does(tmp_path: Path) -> None:
    assert _console("list", "--runs-dir", tmp_path).stdout.startswith("no runs in")
    refused = _console("status", "nothing", "--runs-dir", tmp_path)
    assert (refused.returncode, refused.stderr[:32]) == (2, "error: There is no run 'nothing'")


def test_it_leaves_out_of_libraries_what_the_module_does(tmp_path: Path) -> None:
    first = "import sys; from trainer.console import main; main(); print(type(sys.meta_path[0]).__module__)"
    command = [sys.executable, "-c", first, "list", "--runs-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "trainer.lean_imports"


def test_its_text_on_a_full_device_never_ends_in_a_traceback(tmp_path: Path) -> None:
    full = _console("list", "--runs-dir", tmp_path, text="> /dev/full")
    assert (full.returncode, full.stderr) == (1, "error: standard output cannot be written (No space left on device).\n")
