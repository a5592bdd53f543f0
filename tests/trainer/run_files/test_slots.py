"""Models under a name: whatever is done to them, none is ever lost or overwritten."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import full_disk
from tests.trainer.run_files.test_models import METADATA
from trainer.errors import FormatError, ModelNameError, ModelNotFoundError
from trainer.run_files.checkpoints import Checkpoint, save_checkpoint
from trainer.run_files.files import sha256
from trainer.run_files.models import described, save_best
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import (
    delete_slot,
    empty_trash,
    find_model,
    keep_last_model,
    keep_model,
    list_models,
    list_trash,
    model_files,
    rename_slot,
    restore_slot,
    save_named,
    slot_names,
    write_note,
)


@pytest.fixture
def run(run: RunDirectory) -> RunDirectory:
    """A run with a best model, and one that was saved as `lunch`."""
    save_best(run, b"best", METADATA)
    save_named(run, "lunch", b"lunch", replace(METADATA, step=5))
    return run


@pytest.fixture
def other(run: RunDirectory) -> RunDirectory:
    """Another run, without a model."""
    path = run.path.with_name("20260103-030405-other")
    path.mkdir()
    return RunDirectory(path)


def content(run: RunDirectory, slot: str | None) -> bytes:
    """The model that is found there now."""
    return model_files(find_model(run, slot))["model.zip"]


def test_every_model_of_a_run_is_listed_the_best_first(run: RunDirectory, other: RunDirectory) -> None:
    save_named(run, "best", b"a slot may have this name", METADATA)
    models, complaints = list_models(run)
    assert [(model.slot, model.name, model.key) for model in models] == [
        (None, "best", run.run_id),
        ("best", "best", f"{run.run_id}/best"),
        ("lunch", "lunch", f"{run.run_id}/lunch"),
    ]
    assert complaints == []
    assert list_models(other) == ([], [])


def test_the_best_model_is_kept_under_a_name_with_a_note(run: RunDirectory) -> None:
    keep_model(find_model(run, None), run, "keeper", "  the first that played well  ")
    save_best(run, b"better", METADATA)
    kept = find_model(run, "keeper")
    assert content(run, "keeper") == b"best"
    assert kept.note == "the first that played well"
    assert kept.metadata == replace(METADATA, sha256=kept.metadata.sha256)


def test_a_model_is_copied_to_another_run(run: RunDirectory, other: RunDirectory) -> None:
    keep_model(find_model(run, "lunch"), other, "lunch")
    assert content(other, "lunch") == content(run, "lunch") == b"lunch"


def test_the_network_of_the_last_checkpoint_is_kept_with_what_it_was_worth_then(run: RunDirectory, other: RunDirectory) -> None:
    then = replace(METADATA, task="another", metric="recent_reward", value=3.0, step=250, named={})
    files = {"model.zip": b"last", "metadata.json": described(b"", then)["metadata.json"]}
    save_checkpoint(run, Checkpoint(250, files, {}))
    keep_last_model(run, other, "last", "the newest")
    kept = find_model(other, "last")
    assert content(other, "last") == b"last"
    assert kept.note == "the newest"
    assert kept.metadata == replace(then, sha256=sha256(b"last"))


def test_a_checkpoint_without_a_word_about_its_network_gives_none(run: RunDirectory) -> None:
    save_checkpoint(run, Checkpoint(250, {"model.zip": b"last"}, {}))
    with pytest.raises(FormatError, match=r"The checkpoint of step 250 does not fit this run: 'metadata\.json' is missing"):
        keep_last_model(run, run, "last")
    assert slot_names(run) == ["lunch"]


def test_a_run_without_a_checkpoint_has_no_last_network(run: RunDirectory) -> None:
    with pytest.raises(ModelNotFoundError, match="has no checkpoint yet; it gets one after two minutes and when it ends"):
        keep_last_model(run, run, "last")


def test_a_name_that_is_taken_is_refused_and_nothing_is_overwritten(run: RunDirectory) -> None:
    keep_model(find_model(run, None), run, "keeper")
    with pytest.raises(ModelNameError, match="There is a model 'lunch' in this run already"):
        keep_model(find_model(run, None), run, "lunch")
    with pytest.raises(ModelNameError, match="There is a model 'lunch' in this run already"):
        rename_slot(run, "keeper", "lunch")
    with pytest.raises(ModelNameError, match="There is a model 'lunch' in this run already"):
        save_named(run, "lunch", b"newer", METADATA)
    assert (content(run, "lunch"), content(run, "keeper")) == (b"lunch", b"best")
    assert sorted(path.name for path in run.models.iterdir()) == ["keeper", "lunch"]


@pytest.mark.parametrize("name", ["", "Lunch", "../best", ".trash", "-a", "a" * 41, "a b", "con\n"])
def test_a_model_gets_no_name_that_is_hostile_to_paths(run: RunDirectory, name: str) -> None:
    for attempt in (
        lambda: keep_model(find_model(run, None), run, name),
        lambda: rename_slot(run, "lunch", name),
        lambda: find_model(run, name),
    ):
        with pytest.raises(ModelNameError, match="A model's name must be 1 to 40 of the characters a-z, 0-9 and -"):
            attempt()
    assert slot_names(run) == ["lunch"]


def test_a_renamed_model_keeps_its_note(run: RunDirectory) -> None:
    write_note(run, "lunch", "x" * 600)
    rename_slot(run, "lunch", "supper")
    assert slot_names(run) == ["supper"]
    assert find_model(run, "supper").note == "x" * 500
    write_note(run, "supper", "")
    assert find_model(run, "supper").note == ""


def test_a_deleted_model_can_be_taken_back(run: RunDirectory) -> None:
    write_note(run, "lunch", "noted")
    delete_slot(run, "lunch")
    assert slot_names(run) == []
    (trashed,) = list_trash(run)
    restore_slot(run, trashed)
    assert (content(run, "lunch"), find_model(run, "lunch").note) == (b"lunch", "noted")
    assert list_trash(run) == []


def test_a_deleted_model_whose_name_was_given_away_waits_in_the_trash(run: RunDirectory) -> None:
    delete_slot(run, "lunch")
    keep_model(find_model(run, None), run, "lunch")
    (trashed,) = list_trash(run)
    with pytest.raises(ModelNameError, match="There is a model 'lunch' in this run already; give it another name first"):
        restore_slot(run, trashed)
    rename_slot(run, "lunch", "other")
    restore_slot(run, trashed)
    assert content(run, "lunch") == b"lunch"


def test_the_same_name_can_be_deleted_twice_and_the_trash_emptied(run: RunDirectory) -> None:
    delete_slot(run, "lunch")
    keep_model(find_model(run, None), run, "lunch")
    delete_slot(run, "lunch")
    assert [trashed.slot for trashed in list_trash(run)] == ["lunch", "lunch"]
    empty_trash(run)
    assert list_trash(run) == []
    assert content(run, None) == b"best"


def test_what_is_gone_is_said(run: RunDirectory) -> None:
    with pytest.raises(ModelNotFoundError, match="has no model 'nobody'; the names in it are: lunch"):
        find_model(run, "nobody")
    for attempt in (
        lambda: rename_slot(run, "nobody", "new"),
        lambda: write_note(run, "nobody", "?"),
        lambda: delete_slot(run, "nobody"),
    ):
        with pytest.raises(ModelNotFoundError, match="'nobody' is not there any more"):
            attempt()


def test_a_model_of_a_deleted_run_is_gone_and_the_run_does_not_come_back(run: RunDirectory, tmp_path: Path) -> None:
    model = find_model(run, "lunch")
    run.path.rename(tmp_path / "elsewhere")
    with pytest.raises(ModelNotFoundError, match="is gone; is the run still there"):
        model_files(model)
    with pytest.raises(ModelNotFoundError, match="is not there any more"):
        delete_slot(run, "lunch")
    with pytest.raises(FileNotFoundError):
        keep_model(find_model(RunDirectory(tmp_path / "elsewhere"), None), run, "kept")
    assert not run.path.exists()


def test_a_model_that_is_not_the_one_its_metadata_describe_is_not_kept(run: RunDirectory) -> None:
    model = find_model(run, None)
    (run.best / "model.zip").write_bytes(b"tampered")
    with pytest.raises(FormatError, match=r"is not the file that its metadata\.json describes"):
        keep_model(model, run, "kept")
    save_best(run, b"better", METADATA)
    with pytest.raises(ModelNotFoundError, match="has just been replaced by a newer one; look again"):
        keep_model(model, run, "kept")
    assert slot_names(run) == ["lunch"]


def test_a_damaged_model_is_a_complaint_and_the_others_are_listed(run: RunDirectory) -> None:
    (run.models / "lunch" / "metadata.json").write_bytes(b"{")
    models, (complaint,) = list_models(run)
    assert [model.slot for model in models] == [None]
    assert complaint.startswith("models/lunch/metadata.json")


def test_on_a_full_disk_a_copy_leaves_nothing_behind(run: RunDirectory) -> None:
    save_best(run, b"x" * 5_000, METADATA)
    with full_disk(largest_file_bytes=1_000), pytest.raises(OSError, match="too large"):
        keep_model(find_model(run, None), run, "kept")
    assert sorted(path.name for path in run.models.iterdir()) == ["lunch"]
