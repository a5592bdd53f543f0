"""The README and its pages say what is there. `python -m tests.test_readme` writes the table of settings anew."""

import ast
import importlib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageSequence

from tests.pictures import GIF_SECONDS, MOST_BYTES
from trainer.__main__ import _parser
from trainer.processes import PROJECT_DIR
from trainer.tasks.tetris.about import TetrisSettings

README = PROJECT_DIR / "README.md"
DOCS = PROJECT_DIR / ".github" / "docs"
CONTRIBUTING = PROJECT_DIR / ".github" / "CONTRIBUTING.md"
PAGES = [README, CONTRIBUTING, PROJECT_DIR / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
"""All that is written for people; each page but the README is reached from the README."""
SETTINGS = DOCS / "settings.md"
TABLE = re.compile(r"(<!-- settings: .*? -->\n).*?(<!-- end of settings -->)", re.DOTALL)
FRONT_PAGE_LINES = 140  # what a person reads before deciding; what is looked up stands on pages of its own
FIRST_SCREEN_LINES = 12
OF_A_RECIPE = {"pages/8_Hello.py", "tests.pages.conftest.HELLO"}
"""What somebody makes who follows CONTRIBUTING."""


def settings_table() -> str:
    """The settings as a Markdown table."""
    rows = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for setting in TetrisSettings.described():
        default = ",".join(map(str, setting.default)) if setting.kind is tuple else setting.default
        rows.append(f"| `{setting.name}` | {default} | {setting.allowed} | {setting.help} |")
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    """The page of settings with the present table."""
    return TABLE.sub(lambda found: found[1] + settings_table() + found[2], text)


def test_the_table_of_settings_is_up_to_date() -> None:
    text = SETTINGS.read_text(encoding="utf-8")

    assert TABLE.search(text)
    assert text == with_table(text), "run `python -m tests.test_readme`"


def test_every_command_stands_on_the_page_of_the_command_line() -> None:
    text = (DOCS / "command-line.md").read_text(encoding="utf-8")
    commands = next(action.choices for action in _parser()._actions if action.choices)
    assert isinstance(commands, dict)

    for name in set(commands) - {"start"}:  # what the app starts; not for people
        assert f"control-room {name} " in text


def test_the_first_screen_is_a_sentence_a_picture_and_two_commands() -> None:
    first = README.read_text(encoding="utf-8").splitlines()[:FIRST_SCREEN_LINES]
    fences = [number for number, line in enumerate(first) if line.startswith("```")]

    assert len(re.findall(r"^!\[", "\n".join(first), re.MULTILINE)) == 1
    assert len(fences) == 2
    assert len(first[fences[0] + 1 : fences[1]]) == 2
    assert len(README.read_text(encoding="utf-8").splitlines()) <= FRONT_PAGE_LINES


def test_the_moving_picture_is_small_and_takes_thirty_seconds() -> None:
    path = PROJECT_DIR / ".github" / "start.gif"
    with Image.open(path) as moving:
        lasts_ms = sum(frame.info["duration"] for frame in ImageSequence.Iterator(moving))

    assert path.stat().st_size <= MOST_BYTES
    assert abs(lasts_ms / 1_000 - GIF_SECONDS) < 1


def _links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files of ours that a page links to, each with the heading in it that is meant, or nothing."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not link.startswith("https://"):
            name, _, heading = link.partition("#")
            yield (page.parent / name).resolve() if name else page, heading


def _headings(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in an address."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_every_file_and_heading_that_the_pages_link_to_exists() -> None:
    for page in PAGES:
        for path, heading in _links(page):
            assert path.is_file(), f"{page.name} links to {path}"
            assert not heading or heading in _headings(path), f"{page.name} links to {path.name}#{heading}"


def test_every_file_of_ours_that_the_pages_name_exists() -> None:
    for page in PAGES:
        named = re.findall(r"`((?:tests|trainer|pages)/[\w./-]+)`", page.read_text(encoding="utf-8"))
        assert [name for name in named if not (PROJECT_DIR / name).exists() and name not in OF_A_RECIPE] == [], page.name


def test_what_the_recipes_import_exists() -> None:
    recipes = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), re.DOTALL)
    trees = [ast.parse(textwrap.dedent(recipe)) for recipe in recipes]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = [(node.module or "", one.name) for node in nodes for one in node.names]

    assert ("pages.ui.sidebar", "draw_sidebar") in imported
    for module, name in imported:
        assert hasattr(importlib.import_module(module), name) or f"{module}.{name}" in OF_A_RECIPE


def test_the_front_page_leads_to_every_page_and_picture() -> None:
    linked = {path for path, _ in _links(README)}
    pictures = {path for path in (PROJECT_DIR / ".github").iterdir() if path.suffix in {".png", ".webp", ".gif"}}

    assert pictures
    assert {*PAGES, *pictures} - {README} - linked == set()


def test_every_folder_of_the_trainer_is_on_the_map() -> None:
    text = (DOCS / "map.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (PROJECT_DIR / "trainer").rglob("*.py")} - {"trainer"}

    assert folders == {name for name in folders if f"  {name}/ " in text}


if __name__ == "__main__":
    SETTINGS.write_text(with_table(SETTINGS.read_text(encoding="utf-8")), encoding="utf-8")
