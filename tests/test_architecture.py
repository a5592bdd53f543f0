"""The shape of the project: who may import whom, what the app never loads, what every file must say about itself."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from trainer import errors
from trainer.creating import create_run
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.status import Status, write_status
from trainer.tasks import task_names
from trainer.tasks.tetris.about import TetrisSettings

REPOSITORY = Path(__file__).parents[1]
TOP_LEVEL = {
    ".ci", ".github", ".gitignore", ".streamlit", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "constraints.txt", "pages",
    "pyproject.toml", "runs", "setup.py", "streamlit_app.py", "tests", "trainer",
}  # fmt: skip
TETRIS = "trainer.tasks.tetris"
GYM = "trainer.tasks.gym"
SCRIPT = "trainer.tasks.script"
SETTINGS = {"trainer.config", "trainer.settings"}
RUNS = {"trainer.creating", "trainer.starting", "trainer.probing"}
NOTIFYING = "trainer.notifying"
APP = {
    *RUNS, "trainer.queueing", "trainer.seeds", "trainer.sweeping",
    "trainer.acknowledging", "trainer.stopping", "trainer.children", "trainer.jobs", "trainer.examples",
    "trainer.resources", *SETTINGS, "trainer.tasks", "trainer.run_files", "trainer.analysis", "trainer.numbers",
    NOTIFYING, f"{NOTIFYING}.starting",
    f"{TETRIS}.game", f"{TETRIS}.files", f"{TETRIS}.metrics", GYM, f"{GYM}.catalogue", f"{GYM}.files", "pages",
}  # fmt: skip
COMMANDS = {*RUNS, *SETTINGS, "trainer", "trainer.numbers", "trainer.run_files", "trainer.learning", "trainer.tasks"}
PROCESS = {"trainer.streams", "trainer.lean_imports", "trainer.signals", "trainer.resources"}
LEARNER = {*SETTINGS, "trainer.learning.mean_interval", "trainer.numbers", "trainer.run_files", "trainer.signals", "trainer.resources"}
MAY_IMPORT = {  # besides itself, trainer.errors and trainer.program
    "streamlit_app": APP,
    "pages": APP,
    "trainer.__main__": {
        *COMMANDS,
        *PROCESS,
        "trainer.app_command",
        "trainer.argument_types",
        "trainer.clean_command",
        "trainer.import_command",
        "trainer.model_commands",
        "trainer.notify_command",
        "trainer.train_commands",
        "trainer.compare",
        "trainer.control_command",
        "trainer.examples",
        "trainer.list_commands",
        "trainer.queue_command",
        "trainer.sweep_command",
        "trainer.analysis",
    },
    "trainer.console": {"trainer.__main__", "trainer.lean_imports", "trainer.streams"},
    "trainer.app_command": {"trainer.model_commands"},
    "trainer.model_commands": {*COMMANDS, "trainer.signals", "trainer.argument_types"},
    "trainer.train_commands": {
        *COMMANDS,
        *PROCESS,
        "trainer.engines",
        "trainer.queueing",
        "trainer.seeds",
        "trainer.argument_types",
        "trainer.model_commands",
    },
    "trainer.clean_command": {"trainer.model_commands", "trainer.numbers", "trainer.run_files"},
    "trainer.compare": {
        "trainer.analysis",
        "trainer.argument_types",
        "trainer.model_commands",
        "trainer.numbers",
        "trainer.run_files",
        "trainer.tasks",
    },
    "trainer.analysis": {"trainer.settings", "trainer.tasks", "trainer.numbers", "trainer.run_files"},
    "trainer.control_command": {
        *("trainer.acknowledging", "trainer.argument_types", "trainer.model_commands", "trainer.probing"),
        *("trainer.run_files", "trainer.stopping"),
    },
    "trainer.list_commands": {
        *("trainer.argument_types", "trainer.model_commands", "trainer.numbers", "trainer.probing", "trainer.run_files"),
        *(GYM, f"{GYM}.catalogue"),
    },
    "trainer.queueing": {"trainer.children", "trainer.config", "trainer.creating", "trainer.run_files", "trainer.starting"},
    "trainer.sweeping": {
        *(*RUNS, *SETTINGS, "trainer.queueing", "trainer.children", "trainer.processes", "trainer.numbers", "trainer.resources"),
        *("trainer.analysis", "trainer.run_files", "trainer.tasks"),
    },
    "trainer.sweep_command": {
        *("trainer.argument_types", "trainer.engines", "trainer.model_commands", "trainer.numbers", "trainer.resources"),
        *("trainer.run_files", "trainer.seeds", "trainer.sweeping", "trainer.tasks", "trainer.train_commands"),
    },
    "trainer.notify_command": {NOTIFYING, "trainer.model_commands", "trainer.numbers", "trainer.run_files", "trainer.signals"},
    f"{NOTIFYING}.starting": {"trainer.children", "trainer.run_files"},
    NOTIFYING: {f"{NOTIFYING}.starting", "trainer.numbers", "trainer.probing", "trainer.run_files"},
    "trainer.queue_process": {f"{NOTIFYING}.starting", "trainer.engines", "trainer.queueing", "trainer.run_files", "trainer.starting"},
    "trainer.queue_command": {
        *("trainer.engines", "trainer.model_commands", "trainer.numbers", "trainer.probing", "trainer.queueing"),
        *("trainer.queue_process", "trainer.run_files", "trainer.signals"),
    },
    "trainer.engines.ray": {
        *("trainer.endings", "trainer.probing", "trainer.processes", "trainer.resources"),
        *("trainer.run_files", "trainer.stopping"),
    },
    "trainer.engines": {
        *(*RUNS, "trainer.engines.ray", "trainer.children", "trainer.forking", "trainer.resources", "trainer.run_files"),
        *("trainer.learning", "trainer.streams", "trainer.tasks"),
    },
    "trainer.acknowledging": {"trainer.run_files"},
    "trainer.processes": {"trainer.run_files"},
    "trainer.stopping": {"trainer.probing", "trainer.run_files", "trainer.tasks"},
    "trainer.endings": {"trainer.resources", "trainer.run_files"},
    "trainer.forking": {"trainer.signals"},
    "trainer.children": {"trainer.forking", "trainer.endings", "trainer.processes", "trainer.resources", "trainer.run_files"},
    "trainer.creating": {"trainer.processes", "trainer.config", "trainer.run_files", "trainer.seeds", "trainer.tasks"},
    "trainer.seeds": {"trainer.config"},
    "trainer.starting": {"trainer.children", "trainer.probing", "trainer.run_files", "trainer.tasks"},
    "trainer.probing": {"trainer.children", "trainer.endings", "trainer.processes", "trainer.run_files", "trainer.tasks"},
    "trainer.jobs": {"trainer.children", "trainer.processes", "trainer.run_files"},
    "trainer.examples": {*RUNS, "trainer.queueing", "trainer.config", "trainer.tasks", "trainer.run_files"},
    "trainer.import_command": {
        *("trainer.argument_types", "trainer.importing", "trainer.model_commands", "trainer.numbers", "trainer.run_files"),
        "trainer.tasks",
    },
    "trainer.importing": {"trainer.learning.mean_interval", "trainer.numbers", "trainer.run_files", "trainer.settings", "trainer.tasks"},
    "trainer.learning.mean_interval": set[str](),
    "trainer.learning": {*LEARNER, "trainer.streams", f"{NOTIFYING}.starting"},
    TETRIS: {
        *SETTINGS,
        "trainer.tasks",
        "trainer.run_files",
        "trainer.learning",
        f"{TETRIS}.metrics",
        f"{TETRIS}.files",
        f"{TETRIS}.learner",
        f"{TETRIS}.commands",
    },
    f"{TETRIS}.learner": {*LEARNER, TETRIS, "trainer.learning", f"{TETRIS}.files", f"{TETRIS}.game"},
    f"{TETRIS}.commands": {*LEARNER, TETRIS, "trainer.tasks", "trainer.learning", f"{TETRIS}.files", f"{TETRIS}.game", f"{TETRIS}.learner"},
    f"{TETRIS}.files": {"trainer.run_files"},
    f"{GYM}.files": {"trainer.run_files"},
    f"{TETRIS}.game": set[str](),
    GYM: {*LEARNER, "trainer.tasks", "trainer.learning", f"{GYM}.catalogue", f"{GYM}.commands", f"{GYM}.files"},
    SCRIPT: {
        *LEARNER,
        f"{NOTIFYING}.starting",
        "trainer.tasks",
        "trainer.learning",
        "trainer.creating",
        "trainer.probing",
        "trainer.processes",
    },
    f"{GYM}.catalogue": {"trainer.children", "trainer.run_files"},
    f"{GYM}.commands": {*LEARNER, GYM, "trainer.tasks", "trainer.learning"},
    f"{TETRIS}.metrics": {"trainer.tasks"},
    "trainer.tasks": {*SETTINGS, "trainer.learning", "trainer.run_files"},
    "trainer.streams": set[str](),
    "trainer.lean_imports": set[str](),
    "trainer.argument_types": {"trainer.run_files"},
    "trainer.resources": set[str](),
    "trainer.signals": set[str](),
    "trainer.config": {"trainer.settings"},
    "trainer.settings": {"trainer.numbers"},
    "trainer.numbers": set[str](),
    "trainer.errors": set[str](),
    "trainer.program": set[str](),
    "trainer.run_files": set[str](),
    "trainer": {SCRIPT},
}
ONLY_IN = {
    "torch": {"trainer.learning", SCRIPT, GYM, f"{GYM}.commands", f"{TETRIS}.learner", f"{TETRIS}.commands"},
    "stable_baselines3": {"trainer.learning", SCRIPT, GYM, f"{GYM}.commands", f"{TETRIS}.learner", f"{TETRIS}.commands"},
    "onnx": {"trainer.learning"},
    "numba": {f"{TETRIS}.game"},
    "gymnasium": {"trainer.learning", SCRIPT, GYM, f"{GYM}.commands", f"{TETRIS}.game", f"{TETRIS}.learner", f"{TETRIS}.commands"},
    "streamlit": {"streamlit_app", "pages", "trainer.app_command"},
    "plotly": {"pages"},
    "ray": {"trainer.engines.ray"},
    "apprise": {NOTIFYING},
}
NEVER_IN_THE_APP = ("torch", "stable_baselines3", "numba", "gymnasium", "onnx", "apprise")

SOURCES = sorted(
    path for pattern in ("streamlit_app.py", "pages/**/*.py", "trainer/**/*.py") for path in REPOSITORY.glob(pattern) if path.is_file()
)
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))


def _label(path: Path) -> str:
    return path.relative_to(REPOSITORY if path.is_relative_to(REPOSITORY) else path.parent).as_posix()


def _tree(path: Path) -> ast.Module:
    return _parsed(path.read_bytes())


@cache
def _parsed(source: bytes) -> ast.Module:
    return ast.parse(source)


def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return _nodes_of(_tree(path))


@cache
def _nodes_of(tree: ast.Module) -> tuple[ast.AST, ...]:
    return (*ast.walk(tree),)


def _module(path: Path) -> str:
    return _label(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _area(module: str) -> str:
    """The part of the program a module belongs to: the longest name in the table that it begins with."""
    return max((area for area in MAY_IMPORT if module == area or module.startswith(area + ".")), key=len, default="")


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, wherever in the file it stands, with its whole name."""
    folders = Path(_label(path)).parent.parts
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = (*folders[: len(folders) - node.level + 1], node.module) if node.level else (node.module,)
            yield from (".".join(filter(None, (*package, one.name))) for one in node.names)


def _is_relative(path: Path) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.level for node in _nodes(path))


@pytest.mark.long
def test_the_trainer_can_be_installed_under_another_name() -> None:
    for path in SOURCES:
        if _module(path).split(".")[0] != "trainer":
            assert not _is_relative(path), f"pages are run by their path: no package holds {_label(path)}"
            continue
        named = [node for node in _nodes(path) if isinstance(node, ast.ImportFrom) and not node.level]
        assert not [node.module for node in named if (node.module or "").split(".")[0] == "trainer"], (
            f"{_label(path)} names its own package"
        )


@pytest.mark.long
def test_a_module_imports_only_what_its_folder_may() -> None:
    for path in SOURCES:
        area = _area(_module(path))
        allowed = MAY_IMPORT[area] | {area, "trainer.errors", "trainer.program"}
        for imported in _imports(path):
            root = imported.split(".", maxsplit=1)[0]
            if root in {"trainer", "pages", "tests", "streamlit_app"}:
                assert _area(imported) in allowed, f"{_label(path)} may not import {imported}"
            assert area in ONLY_IN.get(root, {area}), f"{_label(path)} may not import {imported}"


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


def test_what_learns_knows_no_task_and_a_task_knows_no_other_one() -> None:
    for path in SOURCES:
        module = _module(path)
        named = (name.split(".")[2] for name in _imports(path) if name.startswith("trainer.tasks."))
        tasks = {name for name in named if (REPOSITORY / "trainer" / "tasks" / name).is_dir()}
        if module.startswith(("trainer.learning", "trainer.run_files", "trainer.analysis", "trainer.importing")):
            assert not tasks, f"{_label(path)} imports the task {tasks}"
        if module.startswith("trainer.tasks."):
            assert tasks <= {module.split(".")[2]}, f"{_label(path)} imports the task {tasks}"


NAMES_A_TASK = {  # and why
    "trainer/__init__.py": "what a script of the user's own imports",
    "trainer/tasks/__init__.py": "the default task",
    "trainer/list_commands.py": "a command that one task alone has",
    "trainer/importing/settings.py": "what runs of other programs are of",
    "pages/ui/form/task_parts.py": "where the part of a task in the form is",
    "pages/ui/live_parts.py": "where the part of a task on the live page is",
    "pages/ui/analytics/task_parts.py": "… on the analytics page",
    "pages/ui/models/task_parts.py": "… on the models page",
    "pages/ui/replay/task_parts.py": "… on the replay page",
    "pages/ui/welcome/first_page.py": "the first page, on which the showpiece plays",
    "pages/4_Watch.py": "a page that one task alone has",
    "pages/5_Play.py": "the same",
    "pages/ui/shell/shell.py": "the one style sheet of all pages knows how high boards can be",
}


def _words(path: Path) -> Iterator[str]:
    """The parts of every name that a module imports, and of every text in it but the docstrings."""
    yield from chain.from_iterable(name.split(".") for name in _imports(path))
    yield from chain.from_iterable(re.split(r"[\s./]", text) for text in _texts(path))


def test_a_task_is_named_in_its_own_folders_and_where_it_is_looked_up() -> None:
    own = {folder for task in task_names() for folder in (f"trainer/tasks/{task}/", f"pages/ui/{task}/")}
    elsewhere = [path for path in SOURCES if not _label(path).startswith(tuple(own))]
    assert {_label(path) for path in elsewhere if set(task_names()) & set(_words(path))} == set(NAMES_A_TASK)


def test_what_compares_runs_names_no_task() -> None:
    compared = [path for path in SOURCES if _label(path).startswith(("pages/ui/analytics/", "trainer/analysis/", "trainer/compare.py"))]
    named = {_label(path) for path in compared for name in task_names() if re.search(rf"[\"'.]{name}\b", path.read_text("utf-8"))}
    assert named == {"pages/ui/analytics/task_parts.py"}, "it says where the part of a task is"


@pytest.mark.long
def test_the_app_never_loads_what_learns() -> None:
    names = [_module(path) for path in SOURCES if path.stem != "__main__" and "pages/ui" in _label(path)]
    names += [name for name in APP if name.startswith("trainer.") and name not in {"trainer.run_files", "trainer.analysis"}]
    names += ["trainer.errors", "trainer.tasks.tetris.game.pieces"]
    names += [_module(path) for path in SOURCES if _area(_module(path)) in {"trainer.run_files", "trainer.analysis"}]
    assert _in_a_fresh_interpreter(NEVER_IN_THE_APP, names) == ""


@pytest.mark.long
def test_the_game_needs_no_learner_and_the_command_line_loads_none_before_it_trains() -> None:
    game = [_module(path) for path in SOURCES if _area(_module(path)) == "trainer.tasks.tetris.game"]
    assert _in_a_fresh_interpreter(("torch", "stable_baselines3", "streamlit"), game) == ""
    assert _in_a_fresh_interpreter((*NEVER_IN_THE_APP, "streamlit"), ["trainer.__main__"]) == ""


def test_what_reads_the_logs_of_others_needs_no_learner_and_no_page() -> None:
    importing = [_module(path) for path in SOURCES if _area(_module(path)) in {"trainer.importing", "trainer.import_command"}]
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


def _texts(path: Path) -> Iterator[str]:
    """Every text in a module but the docstrings."""
    nodes = _nodes(path)
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


OUR_NAME = re.compile(r"-m trainer\b|\b(from|import) trainer\b|control-room (?!app\b)[a-z]+|\btrainer\.[a-z_]+\.")


def test_what_a_person_is_told_to_type_has_the_name_that_the_program_has_here() -> None:
    told = {_label(path): found for path in SOURCES if (found := [text for text in _texts(path) if OUR_NAME.search(text)])}
    assert told == {}, "trainer.program has it"


def test_the_check_of_what_a_command_loads_can_fail() -> None:
    assert {"numpy", "trainer.analysis.comparison"} <= set(_loaded_by_a_command("compare", "--help"))


def test_the_check_for_loaded_modules_can_fail() -> None:
    assert _in_a_fresh_interpreter(("json", "csv"), ["trainer", "csv"]).endswith("csv brings csv")


@pytest.mark.long
def test_a_file_says_what_it_is() -> None:
    assert [_label(path) for path in SOURCES + TESTS if not ast.get_docstring(_tree(path))] == [], "they have no docstring"


Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(body: list[ast.stmt]) -> Iterator[Documented]:
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def test_what_others_may_use_is_documented() -> None:
    for path in SOURCES:
        for node in _public(_tree(path).body):
            overrides = any(isinstance(one, ast.Name) and one.id == "override" for one in node.decorator_list)
            assert overrides or ast.get_docstring(node), f"{node.name} in {_label(path)} has no docstring"


def _test_names(paths: list[Path]) -> list[str]:
    nodes = chain.from_iterable(_nodes(path) for path in paths)
    return [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def test_a_test_is_found_by_its_name_alone() -> None:
    counted = Counter(_test_names(TESTS))
    assert [name for name, count in counted.items() if count > 1] == []


def test_the_table_of_faults_names_tests_that_exist_and_every_test_of_its_folder() -> None:
    folder = REPOSITORY / "tests" / "faults"
    table = ast.get_docstring(ast.parse((folder / "__init__.py").read_bytes())) or ""
    named = set(re.findall(r"`(test_\w+)`", table))
    assert named - set(_test_names(TESTS)) == set()
    assert set(_test_names(sorted(folder.glob("test_*.py")))) - named == {"test_the_payload_is_one"}


OURS = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.ControlRoomError)}


def _said_as_they_are(path: Path) -> Iterator[str]:
    """Where a caught exception that is none of ours gets into a text as it is, or by its `strerror` alone."""
    for node in _nodes(path):
        if isinstance(node, ast.Attribute) and node.attr == "strerror" and ast.unparse(node.value) != "os":
            yield f"{node.lineno}: strerror"
        if not isinstance(node, ast.ExceptHandler) or node.name is None or node.type is None:
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if {ast.unparse(one) for one in caught} <= OURS:
            continue
        for inner in chain.from_iterable(ast.walk(statement) for statement in node.body):
            if isinstance(inner, ast.FormattedValue):
                words = [inner.value]
            elif isinstance(inner, ast.Call) and ast.unparse(inner.func) in {"str", "escaped", "print", "legible", "visible"}:
                words = inner.args
            else:
                continue
            if any(isinstance(part, ast.Name) and part.id == node.name for word in words for part in _parts(word)):
                yield f"{inner.lineno}: {ast.unparse(inner)}"


def _parts(word: ast.expr) -> list[ast.expr]:
    """A word, or each of several of which the first that says something is taken."""
    return word.values if isinstance(word, ast.BoolOp) else [word]


def test_an_exception_is_put_into_words_in_one_place() -> None:
    looked_at = [path for path in SOURCES if path.name not in {"errors.py", "numpy_player.py"}]
    found = {_label(path): found for path in looked_at if (found := list(_said_as_they_are(path)))}
    assert found == {}, "`errors.reason` and `described` word any exception; the texts of ours are meant to be read"


def test_pages_are_changed_in_one_way() -> None:
    other_ways = re.compile(r"st\.switch_page\(|import switch_page|set_mpa_v2_page|location\.(href|assign|replace)\b.*=|pushState\(")
    scripts = sorted((REPOSITORY / "pages").rglob("*.js"))
    found = [_label(path) for path in [*SOURCES, *scripts] if other_ways.search(path.read_text("utf-8"))]
    assert found == ["pages/ui/shell/shell.js"], "pages.ui.shell.navigation says why"


def test_no_page_stops_in_the_middle() -> None:
    stops = re.compile(r"st\.stop\(|import stop\b")
    found = [_label(path) for path in SOURCES if stops.search(path.read_text("utf-8"))]
    assert found == ["pages/ui/people/sign_in.py"], "Streamlit then forgets a press that waits for a part of the page"


def test_what_the_address_says_is_asked_and_changed_in_one_module() -> None:
    found = [_label(path) for path in SOURCES if "query_params" in re.sub(r"query_params=", "", path.read_text("utf-8"))]
    assert found == ["pages/ui/shell/address.py"], "it knows whether a person has changed the address"


def test_no_test_is_passed_over() -> None:
    passed_over = re.compile(r"mark\.(skip|skipif|xfail)|pytest\.(skip|xfail|importorskip)\(")
    found = [_label(path) for path in TESTS if path.name != "test_architecture.py" and passed_over.search(path.read_text("utf-8"))]
    assert found == ["tests/faults/disks.py"]  # a disk of one's own needs privileges


@pytest.mark.parametrize(
    "folder", ["trainer", "trainer/run_files", "trainer/analysis", "trainer/importing", "trainer/sweeping", "trainer/notifying"]
)
def test_the_tests_mirror_the_code(folder: str) -> None:
    modules = {path.stem.strip("_") for path in (REPOSITORY / folder).glob("*.py")} - {"init"}
    tests = {path.stem.removeprefix("test_") for path in (REPOSITORY / "tests" / folder).glob("test_*.py")}
    assert modules - tests == set()


def test_the_top_level_stays_the_list_it_is() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S607 - the user's git
    tracked = {line.split("/", maxsplit=1)[0].strip('"') for line in listed.stdout.splitlines()}
    assert tracked - TOP_LEVEL == set()


def test_every_dependency_is_pinned_within_its_range() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (REPOSITORY / "constraints.txt").read_text("utf-8"), re.MULTILINE))
    pinned = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    assert not [version for version in pins.values() if "+" in version]
    for text in chain(project["dependencies"], *project["optional-dependencies"].values()):
        requirement = Requirement(text)
        if requirement.name == project["name"]:  # several groups under one name
            assert requirement.extras <= set(project["optional-dependencies"])
            continue
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), text


def _declared(*groups: str) -> set[str]:
    """What the project says it needs: in its base, and in these groups."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    texts = chain(project["dependencies"], *(project["optional-dependencies"][group] for group in groups))
    return {Requirement(text).name.lower().replace("_", "-") for text in texts}


def _undeclared(paths: list[Path], declared: set[str]) -> dict[str, set[str]]:
    """The libraries that modules import and that nothing installs for sure."""
    brought_by = {root: {one.lower().replace("_", "-") for one in names} for root, names in packages_distributions().items()}
    roots = {_label(path): {name.split(".")[0] for name in _imports(path)} & brought_by.keys() for path in paths}
    missing = {label: {root for root in found if not brought_by[root] & declared} for label, found in roots.items()}
    return {label: found for label, found in missing.items() if found}


def test_what_a_module_imports_is_installed_with_it() -> None:
    base = [path for path in SOURCES if _module(path).startswith("trainer")]
    optional = {"trainer/app_command.py": {"streamlit"}} | {f"trainer/engines/ray/{name}.py": {"ray"} for name in ("cluster", "remote")}
    assert _undeclared(base, _declared() | {"llvmlite"}) == optional, "each says how it is installed"
    assert _undeclared(SOURCES, _declared("app", "ray") | {"llvmlite", "starlette"}) == {}, "numba and Streamlit stand on these"


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
    called = (node.func for node in _nodes(path) if isinstance(node, ast.Call))
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
        allowed = OPENS_FILES_TOO.get(_label(path), set())
        assert _file_calls(path) - allowed == set(), _label(path)
        assert allowed in (FILE_CALLS, _file_calls(path)), f"an exception that nothing in {_label(path)} needs any more"


def test_the_check_for_opened_files_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("open(1)\npath.write_text('')\nexists(path)\nnp.load(path)\n", encoding="utf-8")
    assert _file_calls(module) == {"open", "write_text", "load"}


def test_no_process_is_waited_for_without_end() -> None:
    starts = re.compile(r"subprocess\.(Popen|run|call|check_\w+|getoutput)\(|os\.(system|popen|spawn\w+)\(|import imageio_ffmpeg")
    found = {_label(path): path.read_text("utf-8") for path in SOURCES if starts.search(path.read_text("utf-8"))}
    assert list(found) == [
        "pages/ui/replay/encoder.py",
        "trainer/children.py",
        "trainer/engines/ray/agent.py",
        "trainer/tasks/script/describing.py",
    ]  # imageio_ffmpeg itself waits for whatever it finds
    assert not [label for label, text in found.items() if re.search(r"\.(wait|communicate)\(\)|subprocess\.[a-z]\w+\(", text)]


GUARD = REPOSITORY / "pages" / "ui" / "guard.py"
PAGES = [path for path in SOURCES if not _label(path).startswith("trainer/")]
CALLED_BY_A_WIDGET = re.compile(r"on_(click|change|select|dismiss|submit|\w+_change)")


def _makes_parts(path: Path) -> bool:
    """Whether a module uses Streamlit's own fragments or dialogs, which run outside the guard of their page."""
    names = {"fragment", "dialog"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.ImportFrom) and node.module == "streamlit" and names & {one.name for one in node.names})
        for node in _nodes(path)
    )


def _unguarded(path: Path) -> list[str]:
    """What a module hands to a widget to be called, without the guard's `callback` around it."""
    handed: list[tuple[object, ast.expr]] = []
    for node in _nodes(path):
        if isinstance(node, ast.Call):
            handed += [(one.arg, one.value) for one in node.keywords]
        elif isinstance(node, ast.Dict):
            handed += [(one.value, value) for one, value in zip(node.keys, node.values, strict=True) if isinstance(one, ast.Constant)]
    called = [value for name, value in handed if CALLED_BY_A_WIDGET.fullmatch(str(name))]
    guard = "callback" if "pages.ui.guard.callback" in _imports(path) else "callback, which is not the guard's"
    return [ast.unparse(value) for value in called if not _is_guarded(value, guard)]


def _is_guarded(value: ast.expr, guard: str) -> bool:
    if isinstance(value, ast.IfExp):
        return _is_guarded(value.body, guard) and _is_guarded(value.orelse, guard)
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and ast.unparse(value.func) == guard)


def _asked_buttons(path: Path) -> list[str]:
    """The buttons of a module whose value is used: Streamlit forgets a press when another run of the page comes in between."""
    nodes = _nodes(path)
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and id(node) not in alone]
    return [ast.unparse(call.func) for call in calls if re.fullmatch(r"(.*\.)?(form_submit_)?button", ast.unparse(call.func))]


def test_what_a_button_asks_for_is_done_by_its_callback() -> None:
    assert {_label(path): found for path in PAGES if (found := _asked_buttons(path))} == {}


def test_the_check_for_asked_buttons_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('if left.button("a"):\n    st.button("b")\nasked = form_submit_button("c")\n', encoding="utf-8")
    assert _asked_buttons(module) == ["left.button", "form_submit_button"]


def _first_calls(path: Path) -> list[str]:
    """What the code of a page calls, in order, but for its settings in the browser."""
    calls = [node for node in _nodes(path) if isinstance(node, ast.Call)]
    names = [ast.unparse(one.func) for one in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]
    return [name for name in names if name != "st.set_page_config"]


def test_every_page_lets_nobody_in_who_must_sign_in_first() -> None:
    for path in [REPOSITORY / "streamlit_app.py", *sorted((REPOSITORY / "pages").glob("[0-9]*.py"))]:
        assert _first_calls(path)[0] in {"begin_sidebar", "draw_sidebar"}, f"{_label(path)} shows something before it"


def test_fragments_and_dialogs_are_made_in_the_one_module_that_guards_them() -> None:
    assert [_label(path) for path in PAGES if _makes_parts(path)] == [_label(GUARD)]


def test_whatever_a_widget_calls_is_guarded() -> None:
    assert {_label(path): found for path in PAGES if path != GUARD and (found := _unguarded(path))} == {}


def test_the_checks_for_what_is_not_guarded_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    button = 'st.button("a", on_click=act)\nst.toggle("b", **{"on_change": act})\nmount(on_move_change=callback(act) if act else act)\n'
    fine = 'st.button("c", on_click=callback(act))\nst.text_input("d", on_change="ignore")\n'
    module.write_text("from pages.ui.guard import callback\n" + button + fine, encoding="utf-8")
    assert _unguarded(module) == ["act", "callback(act) if act else act", "act"]
    module.write_text("from elsewhere import callback\n" + fine, encoding="utf-8")
    assert _unguarded(module) == ["callback(act)"]
    for other_way in ('@st.dialog("Sure?")\ndef ask(): ...', "from streamlit import fragment"):
        module.write_text(other_way, encoding="utf-8")
        assert _makes_parts(module)
