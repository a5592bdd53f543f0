"""`labels.json`: what a person has written on a run."""

import threading
from typing import Any

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError, LabelError, RunDirectoryError
from trainer.run_files.labels import Labels, read_labels, shown_name, update_labels
from trainer.run_files.run_directory import RunDirectory

LABELS = Labels(name="Größe <b>", tags=("good", "to keep"), note="Two\nlines.", archived=True)
GOLDEN = """{
  "version": 4,
  "name": "Größe <b>",
  "tags": [
    "good",
    "to keep"
  ],
  "note": "Two\\nlines.",
  "archived": true
}
""".encode()


def test_labels_json_is_as_documented(run: RunDirectory) -> None:
    assert read_labels(run) == Labels()
    update_labels(run, name="Größe <b>", tags=("good", "to keep"), note="Two\nlines.", archived=True)
    assert run.labels.read_bytes() == GOLDEN
    assert read_labels(run) == LABELS


def test_a_run_is_called_what_was_written_on_it_last(run: RunDirectory) -> None:
    assert shown_name(run, "given") == "given"
    update_labels(run, name="written")
    assert shown_name(run, "given") == "written"
    run.labels.write_bytes(b"{")
    assert shown_name(run, "given") == "given"


def test_one_change_leaves_the_rest(run: RunDirectory) -> None:
    update_labels(run, name="A", tags=("x",))
    assert update_labels(run, archived=True) == Labels(name="A", tags=("x",), archived=True)
    assert update_labels(run, name=None).name is None


def test_labels_cut_anywhere_are_refused_and_can_be_written_over(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN.rstrip()):
        run.labels.write_bytes(content)
        with pytest.raises(FormatError, match=r"labels.json must hold JSON"):
            read_labels(run)
    assert update_labels(run, note="new") == read_labels(run) == Labels(note="new")


@pytest.mark.parametrize(
    ("field", "bad", "says"),
    [
        ('"version": 4', '"version": 5', "version"),
        ('"name": "Größe <b>"', '"name": 5', "name must be text"),
        ('"name": "Größe <b>"', '"name": ""', "A name must be of 1 to 200 characters"),
        ('"good"', "5", "tags must be a list"),
        ('"good"', '"to keep"', "different ones"),
        ('"archived": true', '"archived": 1', "archived must be true or false"),
    ],
)
def test_a_bad_field_is_refused(run: RunDirectory, field: str, bad: str, says: str) -> None:
    assert field in GOLDEN.decode()
    run.labels.write_text(GOLDEN.decode().replace(field, bad), encoding="utf-8")
    with pytest.raises(FormatError, match=says):
        read_labels(run)


@pytest.mark.parametrize(
    "bad", [{"name": "x" * 201}, {"name": " "}, {"tags": ("a", "a")}, {"tags": ("",)}, {"tags": ("x" * 41,)}, {"note": "x" * 4_001}]
)
def test_what_is_too_long_or_empty_changes_nothing(run: RunDirectory, bad: dict[str, Any]) -> None:
    update_labels(run, name="A")
    with pytest.raises(LabelError):
        update_labels(run, **bad)
    assert read_labels(run) == Labels(name="A")


def test_two_tabs_that_write_at_once_lose_nothing(run: RunDirectory) -> None:
    def write(field: str) -> None:
        for number in range(20):
            update_labels(run, **{field: f"{field} {number}"})

    threads = [threading.Thread(target=write, args=(field,)) for field in ("name", "note")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_labels(run) == Labels(name="name 19", note="note 19")


def test_labels_of_a_run_that_is_gone_do_not_bring_it_back(run: RunDirectory) -> None:
    run.path.rmdir()
    with pytest.raises(RunDirectoryError, match="is the run still there"):
        update_labels(run, name="A")
    assert not run.path.exists()
