"""What may be deleted in a folder of runs, and that nothing else is."""

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from tests.pages.fake_runs import live, new_run, with_best_model
from trainer.run_files import cleaning
from trainer.run_files.cleaning import KINDS, Cleaned, clean, survey
from trainer.run_files.films import FILMS_DIR
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import delete_slot, find_model, keep_model, list_models
from trainer.run_files.table_cache import cache_path
from trainer.run_files.trash import list_trash, move_to_trash


def messy(runs_dir: Path) -> RunDirectory:
    """A run with a cache of 1,000 bytes and a deleted model, beside a deleted run and a film of 500 bytes."""
    run = with_best_model(new_run(runs_dir, "Stays"))
    cache_path(run.metrics).write_bytes(bytes(1_000))
    keep_model(find_model(run, None), run, "old")
    delete_slot(run, "old")
    move_to_trash(new_run(runs_dir, "Goes"))
    films = runs_dir / FILMS_DIR
    films.mkdir()
    (films / "episode.film").write_bytes(bytes(500))
    return run


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_survey_tells_what_is_there_and_what_may_go(tmp_path: Path) -> None:
    messy(tmp_path)
    found = survey(tmp_path)
    before = files_of(tmp_path)
    assert (found.runs, found.files, found.bytes) == (1, len(before), sum(map(len, before.values())))
    assert [len(found.of(kind)) for kind in KINDS] == [1, 1, 1, 1]
    assert [found.of(kind)[0].bytes for kind in KINDS[:2]] == [1_000, 500]
    assert found.removable_bytes == sum(one.bytes for one in found.removable)
    assert files_of(tmp_path) == before


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert survey(tmp_path / "none") == cleaning.Survey(0, 0, 0, ())


def test_a_clean_up_takes_what_may_go_and_leaves_every_other_byte(tmp_path: Path) -> None:
    run = messy(tmp_path)
    trash = (".trash/", f"{run.run_id}/models/.trash/", f"{run.run_id}/metrics.columns", ".films/")
    stays = {name: content for name, content in files_of(tmp_path).items() if not name.startswith(trash)}
    found = survey(tmp_path)
    assert clean(found.removable) == Cleaned(found.removable_bytes, ())
    assert files_of(tmp_path) == stays
    assert (list_runs(tmp_path), list_trash(tmp_path)) == ([run], [])
    assert [model.name for model in list_models(run)[0]] == ["best"]
    assert survey(tmp_path).removable == ()
    assert clean(found.removable) == Cleaned(0, ()), "it is gone"


def test_what_a_run_under_way_has_stays_also_when_it_was_begun_after_the_survey(tmp_path: Path) -> None:
    run = messy(tmp_path)
    found = survey(tmp_path)
    with live(run):
        assert {one.kind for one in survey(tmp_path).removable} == {"films", "deleted_runs"}
        cleaned = clean(found.removable)
        assert {one.kind for one in cleaned.left} == {"caches", "deleted_models"}
    assert cache_path(run.metrics).is_file()
    assert len(survey(tmp_path).of("deleted_models")) == 1


def test_a_deleted_run_that_somebody_trains_stays(tmp_path: Path) -> None:
    gone = move_to_trash(new_run(tmp_path, "Trained in the trash"))
    with live(gone):
        assert survey(tmp_path).removable == ()


def test_no_link_is_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.columns").write_bytes(b"mine")
    runs_dir = tmp_path / "runs"
    run = new_run(runs_dir, "A run")
    (runs_dir / ".trash").symlink_to(elsewhere, target_is_directory=True)
    (run.path / "linked.columns").symlink_to(elsewhere / "mine.columns")
    found = survey(runs_dir)
    assert found.removable == ()
    clean(found.removable)
    assert (elsewhere / "mine.columns").read_bytes() == b"mine"


def test_what_cannot_be_deleted_is_named_and_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messy(tmp_path)
    found = survey(tmp_path)

    def refuse(path: Path) -> NoReturn:
        raise OSError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(cleaning, "remove_file", refuse)
    cleaned = clean(found.removable)
    assert {one.kind for one in cleaned.left} == {"caches", "films"}
    assert cleaned.bytes == found.removable_bytes - 1_500


def test_a_deleted_run_of_which_something_stays_is_in_the_trash_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = move_to_trash(new_run(tmp_path, "Stubborn"))
    monkeypatch.setattr(cleaning, "remove_folder", lambda _: None)
    assert len(clean(survey(tmp_path).removable).left) == 1
    assert list_trash(tmp_path) == [gone]
