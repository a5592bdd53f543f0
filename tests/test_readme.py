"""The README says what is there. `python -m tests.test_readme` writes its table of settings anew."""

import re

from trainer.__main__ import _parser
from trainer.processes import PROJECT_DIR
from trainer.tasks.tetris.about import TetrisSettings

README = PROJECT_DIR / "README.md"
TABLE = re.compile(r"(<!-- settings: .*? -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def settings_table() -> str:
    """The settings as a Markdown table."""
    rows = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for setting in TetrisSettings.described():
        default = ",".join(map(str, setting.default)) if setting.kind is tuple else setting.default
        rows.append(f"| `{setting.name}` | {default} | {setting.allowed} | {setting.help} |")
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    """The README with the present table."""
    return TABLE.sub(lambda found: found[1] + settings_table() + found[2], text)


def test_the_table_of_settings_is_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")

    assert TABLE.search(text)
    assert text == with_table(text), "run `python -m tests.test_readme`"


def test_every_command_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    commands = next(action.choices for action in _parser()._actions if action.choices)
    assert isinstance(commands, dict)

    for name in set(commands) - {"start"}:  # what the app starts; not for people
        assert f"control-room {name} " in text


def test_every_file_that_the_readme_names_exists() -> None:
    text = README.read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)#]+)\)", text)

    assert ".github/live.png" in linked
    for name in linked:
        assert (PROJECT_DIR / name).is_file(), name


def test_every_folder_of_the_trainer_is_on_the_map() -> None:
    text = README.read_text(encoding="utf-8")
    folders = {path.parent.name for path in (PROJECT_DIR / "trainer").rglob("*.py")} - {"trainer"}

    assert folders == {name for name in folders if f"  {name}/ " in text}


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
