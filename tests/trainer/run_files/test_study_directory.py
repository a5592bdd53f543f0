"""`runs/.sweeps/<study_id>/`: how a sweep is named and found."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.run_files.test_studies import STUDY
from trainer.errors import RunDirectoryError, StudyNotFoundError
from trainer.run_files.run_directory import RUN_ID_PATTERN
from trainer.run_files.studies import MAX_TRIALS, Trial, make_study, run_id_of
from trainer.run_files.study_directory import find_study, list_studies, open_study


def test_the_longest_name_and_seed_make_ids_that_runs_can_have(tmp_path: Path) -> None:
    one, other = (make_study(tmp_path, replace(STUDY, name="A very long name of a sweep - of everything")) for _ in range(2))
    assert one != other
    last = Trial(number=MAX_TRIALS - 1)
    for made in (one, other):
        assert RUN_ID_PATTERN.fullmatch(run_id_of(made.study_id, last, 2**31 - 1))
    assert run_id_of("a", Trial(number=3), 2) == "a-t003-s2"
    assert run_id_of("a", Trial(number=21, phase="confirm", of=3), 11) == "a-c003-s11"


def test_studies_are_found_by_id_and_path_and_nothing_else_is_one(tmp_path: Path) -> None:
    runs_dir = tmp_path / "runs"
    study = make_study(runs_dir, STUDY)
    (study.path.parent / "20260102-030405-empty").mkdir()
    (study.path.parent / "notes.txt").write_text("mine")
    (study.path.parent / "20260102-030405-link").symlink_to(study.path)
    assert list_studies(runs_dir) == [study]
    assert find_study(runs_dir, study.study_id) == open_study(runs_dir, str(study.path)) == study
    for other in ("20260102-030405-empty", "20260102-030405-link", "../..", "", "x\0y"):
        assert find_study(runs_dir, other) is None
    with pytest.raises(StudyNotFoundError, match=f"no sweep 'nonsense' in .*; the newest are: .*{study.study_id}"):
        open_study(runs_dir, "nonsense")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(RunDirectoryError, match="A sweep must be written"):
        make_study(tmp_path / "runs", STUDY)
