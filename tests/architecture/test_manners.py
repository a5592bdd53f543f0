"""What every file says of itself, and what is done in one way and in one place."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY, SOURCES, TESTS, label_of, nodes_of, texts_of, tree_of
from trainer import errors

TOP_LEVEL = {
    ".ci", ".github", ".gitignore", ".streamlit", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "constraints.txt", "pages",
    "pyproject.toml", "runs", "setup.py", "streamlit_app.py", "tests", "trainer",
}  # fmt: skip
OUR_NAME = re.compile(r"-m trainer\b|\b(from|import) trainer\b|control-room (?!app\b)[a-z]+|\btrainer\.[a-z_]+\.")


def test_what_a_person_is_told_to_type_has_the_name_that_the_program_has_here() -> None:
    told = {label_of(path): found for path in SOURCES if (found := [text for text in texts_of(path) if OUR_NAME.search(text)])}
    assert told == {}, "trainer.program has it"


@pytest.mark.long
def test_a_file_says_what_it_is() -> None:
    assert [label_of(path) for path in SOURCES + TESTS if not ast.get_docstring(tree_of(path))] == [], "they have no docstring"


Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(body: list[ast.stmt]) -> Iterator[Documented]:
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def test_what_others_may_use_is_documented() -> None:
    for path in SOURCES:
        for node in _public(tree_of(path).body):
            overrides = any(isinstance(one, ast.Name) and one.id == "override" for one in node.decorator_list)
            assert overrides or ast.get_docstring(node), f"{node.name} in {label_of(path)} has no docstring"


def _test_names(paths: list[Path]) -> list[str]:
    nodes = chain.from_iterable(nodes_of(path) for path in paths)
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
    for node in nodes_of(path):
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
    found = {label_of(path): found for path in looked_at if (found := list(_said_as_they_are(path)))}
    assert found == {}, "`errors.reason` and `described` word any exception; the texts of ours are meant to be read"


def test_pages_are_changed_in_one_way() -> None:
    other_ways = re.compile(r"st\.switch_page\(|import switch_page|set_mpa_v2_page|location\.(href|assign|replace)\b.*=|pushState\(")
    scripts = sorted((REPOSITORY / "pages").rglob("*.js"))
    found = [label_of(path) for path in [*SOURCES, *scripts] if other_ways.search(path.read_text("utf-8"))]
    assert found == ["pages/ui/shell/shell.js"], "pages.ui.shell.navigation says why"


def test_no_page_stops_in_the_middle() -> None:
    stops = re.compile(r"st\.stop\(|import stop\b")
    found = [label_of(path) for path in SOURCES if stops.search(path.read_text("utf-8"))]
    assert found == ["pages/ui/people/sign_in.py"], "Streamlit then forgets a press that waits for a part of the page"


def test_what_the_address_says_is_asked_and_changed_in_one_module() -> None:
    found = [label_of(path) for path in SOURCES if "query_params" in re.sub(r"query_params=", "", path.read_text("utf-8"))]
    assert found == ["pages/ui/shell/address.py"], "it knows whether a person has changed the address"


def test_no_test_is_passed_over() -> None:
    passed_over = re.compile(r"mark\.(skip|skipif|xfail)|pytest\.(skip|xfail|importorskip)\(")
    found = [label_of(path) for path in TESTS if path.name != "test_manners.py" and passed_over.search(path.read_text("utf-8"))]
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
