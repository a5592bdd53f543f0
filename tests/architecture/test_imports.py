"""A module imports only what its part of the program may, and what is installed with it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.architecture.layers import MAY_IMPORT, ONLY_IN, area_of
from tests.architecture.sources import REPOSITORY, SOURCES, imports_of, label_of, module_of, nodes_of, texts_of
from trainer.tasks import task_names


def _is_relative(path: Path) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.level for node in nodes_of(path))


@pytest.mark.long
def test_the_trainer_can_be_installed_under_another_name() -> None:
    for path in SOURCES:
        if module_of(path).split(".")[0] != "trainer":
            assert not _is_relative(path), f"pages are run by their path: no package holds {label_of(path)}"
            continue
        named = [node for node in nodes_of(path) if isinstance(node, ast.ImportFrom) and not node.level]
        assert not [node.module for node in named if (node.module or "").split(".")[0] == "trainer"], (
            f"{label_of(path)} names its own package"
        )


@pytest.mark.long
def test_a_module_imports_only_what_its_folder_may() -> None:
    for path in SOURCES:
        area = area_of(module_of(path))
        allowed = MAY_IMPORT[area] | {area, "trainer.errors", "trainer.program"}
        for imported in imports_of(path):
            root = imported.split(".", maxsplit=1)[0]
            if root in {"trainer", "pages", "tests", "streamlit_app"}:
                assert area_of(imported) in allowed, f"{label_of(path)} may not import {imported}"
            assert area in ONLY_IN.get(root, {area}), f"{label_of(path)} may not import {imported}"


def test_what_learns_knows_no_task_and_a_task_knows_no_other_one() -> None:
    for path in SOURCES:
        module = module_of(path)
        named = (name.split(".")[2] for name in imports_of(path) if name.startswith("trainer.tasks."))
        tasks = {name for name in named if (REPOSITORY / "trainer" / "tasks" / name).is_dir()}
        if module.startswith(("trainer.learning", "trainer.run_files", "trainer.analysis", "trainer.importing")):
            assert not tasks, f"{label_of(path)} imports the task {tasks}"
        if module.startswith("trainer.tasks."):
            assert tasks <= {module.split(".")[2]}, f"{label_of(path)} imports the task {tasks}"


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
    yield from chain.from_iterable(name.split(".") for name in imports_of(path))
    yield from chain.from_iterable(re.split(r"[\s./]", text) for text in texts_of(path))


def test_a_task_is_named_in_its_own_folders_and_where_it_is_looked_up() -> None:
    own = {folder for task in task_names() for folder in (f"trainer/tasks/{task}/", f"pages/ui/{task}/")}
    elsewhere = [path for path in SOURCES if not label_of(path).startswith(tuple(own))]
    assert {label_of(path) for path in elsewhere if set(task_names()) & set(_words(path))} == set(NAMES_A_TASK)


def test_what_compares_runs_names_no_task() -> None:
    compared = [path for path in SOURCES if label_of(path).startswith(("pages/ui/analytics/", "trainer/analysis/", "trainer/compare.py"))]
    named = {label_of(path) for path in compared for name in task_names() if re.search(rf"[\"'.]{name}\b", path.read_text("utf-8"))}
    assert named == {"pages/ui/analytics/task_parts.py"}, "it says where the part of a task is"


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
    roots = {label_of(path): {name.split(".")[0] for name in imports_of(path)} & brought_by.keys() for path in paths}
    missing = {label: {root for root in found if not brought_by[root] & declared} for label, found in roots.items()}
    return {label: found for label, found in missing.items() if found}


def test_what_a_module_imports_is_installed_with_it() -> None:
    base = [path for path in SOURCES if module_of(path).startswith("trainer")]
    optional = {"trainer/app_command.py": {"streamlit"}} | {f"trainer/engines/ray/{name}.py": {"ray"} for name in ("cluster", "remote")}
    assert _undeclared(base, _declared() | {"llvmlite"}) == optional, "each says how it is installed"
    assert _undeclared(SOURCES, _declared("app", "ray") | {"llvmlite", "starlette"}) == {}, "numba and Streamlit stand on these"
