"""The source files of the project, and what their code names."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SOURCES = sorted(
    path for pattern in ("streamlit_app.py", "pages/**/*.py", "trainer/**/*.py") for path in REPOSITORY.glob(pattern) if path.is_file()
)
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))


def label_of(path: Path) -> str:
    return path.relative_to(REPOSITORY if path.is_relative_to(REPOSITORY) else path.parent).as_posix()


def tree_of(path: Path) -> ast.Module:
    return _parsed(path.read_bytes())


@cache
def _parsed(source: bytes) -> ast.Module:
    return ast.parse(source)


def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return _walked(tree_of(path))


@cache
def _walked(tree: ast.Module) -> tuple[ast.AST, ...]:
    return (*ast.walk(tree),)


def module_of(path: Path) -> str:
    return label_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, wherever in the file it stands, with its whole name."""
    folders = Path(label_of(path)).parent.parts
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = (*folders[: len(folders) - node.level + 1], node.module) if node.level else (node.module,)
            yield from (".".join(filter(None, (*package, one.name))) for one in node.names)


def texts_of(path: Path) -> Iterator[str]:
    """Every text in a module but the docstrings."""
    nodes = nodes_of(path)
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value
