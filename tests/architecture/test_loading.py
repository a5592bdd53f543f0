"""What learns is never loaded by the app, and nothing heavy by a command that only looks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.layers import APP, NEVER_IN_THE_APP, area_of
from tests.architecture.sources import REPOSITORY, SOURCES, label_of, module_of
from trainer.creating import create_run
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.status import Status, write_status
from trainer.tasks.tetris.about import TetrisSettings

LOOKS_AFTER_EACH_IMPORT = """
import importlib, sys

never, modules = sys.argv[1].split(), sys.argv[2].split()
for module in modules:
    importlib.import_module(module)
    loaded = [name for name in never if name in sys.modules]
    if loaded:
        sys.exit(f"{module} brings {', '.join(loaded)}")
"""


def _in_a_fresh_interpreter(never: tuple[str, ...], modules: list[str]) -> str:
    command = [sys.executable, "-c", LOOKS_AFTER_EACH_IMPORT, " ".join(never), " ".join(modules)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=170)
    return done.stderr.strip() if done.returncode else ""


@pytest.mark.long
def test_the_app_never_loads_what_learns() -> None:
    names = [module_of(path) for path in SOURCES if path.stem != "__main__" and "pages/ui" in label_of(path)]
    names += [name for name in APP if name.startswith("trainer.") and name not in {"trainer.run_files", "trainer.analysis"}]
    names += ["trainer.errors", "trainer.tasks.tetris.game.pieces"]
    names += [module_of(path) for path in SOURCES if area_of(module_of(path)) in {"trainer.run_files", "trainer.analysis"}]
    assert _in_a_fresh_interpreter(NEVER_IN_THE_APP, names) == ""


@pytest.mark.long
def test_the_game_needs_no_learner_and_the_command_line_loads_none_before_it_trains() -> None:
    game = [module_of(path) for path in SOURCES if area_of(module_of(path)) == "trainer.tasks.tetris.game"]
    assert _in_a_fresh_interpreter(("torch", "stable_baselines3", "streamlit"), game) == ""
    assert _in_a_fresh_interpreter((*NEVER_IN_THE_APP, "streamlit"), ["trainer.__main__"]) == ""


def test_what_reads_the_logs_of_others_needs_no_learner_and_no_page() -> None:
    importing = [module_of(path) for path in SOURCES if area_of(module_of(path)) in {"trainer.importing", "trainer.import_command"}]
    assert _in_a_fresh_interpreter((*NEVER_IN_THE_APP, "streamlit", "tensorboard"), importing) == ""


LOOKS_AFTER_A_COMMAND = """
import sys
from contextlib import suppress
from trainer.__main__ import main

heavy = sys.argv[1].split()
with suppress(SystemExit):
    main(sys.argv[2:])
print(*sorted(name for name in sys.modules if any(f"{name}.".startswith(f"{one}.") for one in heavy)), file=sys.stderr)
"""
HEAVY = (
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "tensorboard",
    "importlib.metadata",
    "trainer.analysis",
    "trainer.tasks.tetris.game",
    "trainer.learning",
)


def _loaded_by_a_command(*words: object) -> list[str]:
    command = [sys.executable, "-S", "-c", LOOKS_AFTER_A_COMMAND, " ".join((*NEVER_IN_THE_APP, *HEAVY)), *map(str, words)]
    search = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}  # without site, whose .pth files load modules of their own
    done = subprocess.run(command, cwd=REPOSITORY, env=os.environ | search, capture_output=True, text=True, check=True, timeout=170)
    return done.stderr.splitlines()[-1].split()


@pytest.mark.long
def test_a_command_that_only_looks_or_asks_loads_nothing_heavy(tmp_path: Path) -> None:
    run = create_run(TetrisSettings(), runs_dir=tmp_path)
    write_status(run, Status(state="stopped", process=ProcessIdentity.own(), total_timesteps=1))
    for words in (["--help"], ["list", "--runs-dir", tmp_path], ["list", "--json", "--runs-dir", tmp_path], ["status", run.path]):
        assert _loaded_by_a_command(*words) == [], words
    assert _loaded_by_a_command("control", run.path, "pause") == []
    assert _loaded_by_a_command("train", "--help") == []


def test_the_check_of_what_a_command_loads_can_fail() -> None:
    assert {"numpy", "trainer.analysis.comparison"} <= set(_loaded_by_a_command("compare", "--help"))


def test_the_check_for_loaded_modules_can_fail() -> None:
    assert _in_a_fresh_interpreter(("json", "csv"), ["trainer", "csv"]).endswith("csv brings csv")
