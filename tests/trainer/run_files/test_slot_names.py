"""One rule says what a model can be saved under, wherever the name is typed, asked for, written or read."""

from pathlib import Path

import pytest

import trainer
from trainer.errors import ModelNameError
from trainer.run_files.slot_names import checked_name, is_slot_name, model_key, split_key, typed_name

PROJECT = Path(trainer.__file__).parents[1]
RUN_ID = "20260102-030405-story"


@pytest.mark.parametrize("name", ["a", "7", "before-lunch", "a--b", "a" * 40])
def test_a_name_that_is_a_folder_on_every_system_is_taken(name: str) -> None:
    assert is_slot_name(name)
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a-", "a" * 41, "../a", "a\n", "ä", ".trash"])
def test_a_name_that_is_none_is_refused_with_the_rule(name: str) -> None:
    assert not is_slot_name(name)
    with pytest.raises(ModelNameError, match="must be 1 to 40 of the characters a-z, 0-9 and -, the first and the last no hyphen; got"):
        checked_name(name)


@pytest.mark.parametrize("value", [None, 7, ["a"], b"a"])
def test_what_is_no_text_is_no_name(value: object) -> None:
    assert not is_slot_name(value)


def test_what_a_person_types_becomes_a_name_or_stays_to_be_refused() -> None:
    assert typed_name("  Before lunch_2 ") == "before-lunch-2"
    assert typed_name("Ärger") == "Ärger"
    assert typed_name(" ../x ") == " ../x "


@pytest.mark.parametrize("slot", [None, "best", "before-lunch"])
def test_a_key_leads_back_to_the_run_and_the_slot(slot: str | None) -> None:
    assert split_key(model_key(RUN_ID, slot)) == (RUN_ID, slot)


@pytest.mark.parametrize("name", ["bcts", "some/folder", f"{RUN_ID}/", ""])
def test_what_is_no_key_of_a_slot_stays_whole(name: str) -> None:
    assert split_key(name) == (name, None)


def test_the_rule_is_written_in_one_module() -> None:
    sources = [path for folder in ("trainer", "pages") for path in sorted((PROJECT / folder).rglob("*.py"))]
    stating = [path.name for path in sources if any(words in path.read_text("utf-8") for words in ("a-z, 0-9 and", "[a-z0-9]("))]
    assert stating == ["run_directory.py", "slot_names.py"]  # the slug of a run says what it is made of
