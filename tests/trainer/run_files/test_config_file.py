"""`config.json`: what a run is."""

from dataclasses import replace

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError
from trainer.run_files import config_file
from trainer.run_files.config_file import ConfigFile, StudyTrial, library_versions, read_config, write_config
from trainer.run_files.run_directory import RunDirectory

CONFIG = ConfigFile(
    name="Größe <b>", seed=3, task="tetris", settings={"gamma": 0.99}, created_at="2026-11-23T15:04:05.123Z", versions={"python": "3.11.7"}
)
GOLDEN = """{
  "version": 4,
  "name": "Größe <b>",
  "seed": 3,
  "task": "tetris",
  "settings": {
    "gamma": 0.99
  },
  "parent": null,
  "created_at": "2026-11-23T15:04:05.123Z",
  "versions": {
    "python": "3.11.7"
  }
}
""".encode()


def test_config_json_is_as_documented(run: RunDirectory) -> None:
    write_config(run, CONFIG)
    assert run.config.read_bytes() == GOLDEN
    assert read_config(run) == CONFIG


def test_a_run_of_a_sweep_says_which_trial_it_is(run: RunDirectory) -> None:
    of_a_sweep = replace(CONFIG, study=StudyTrial("20260102-030405-sweep", 3))
    write_config(run, of_a_sweep)
    assert read_config(run) == of_a_sweep
    assert b'"study": {\n    "id": "20260102-030405-sweep",\n    "trial": 3\n  }' in run.config.read_bytes()
    run.config.write_bytes(run.config.read_bytes().replace(b'"trial": 3', b'"trial": "x"'))
    with pytest.raises(FormatError, match="trial must be a whole number"):
        read_config(run)


def test_a_run_of_an_older_control_room_is_refused_in_one_sentence(run: RunDirectory) -> None:
    run.config.write_bytes(GOLDEN.replace(b'"version": 4', b'"version": 1'))
    with pytest.raises(FormatError) as refused:
        read_config(run)
    said = "config.json must be of format version 4; got '1': only the older Control Room that wrote it reads it"
    assert str(refused.value) == f"{said}; the run {run.run_id} cannot be shown."


def test_a_config_cut_anywhere_is_refused(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN.rstrip()):
        run.config.write_bytes(content)
        with pytest.raises(FormatError, match=r"config.json must hold JSON"):
            read_config(run)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ('"seed": 3', '"seed": "3"'),
        ('"name": "Größe <b>"', '"name": 5'),
        ('"settings": {', '"settings": [], "other": {'),
        ('"created_at": "2026-11-23T15:04:05.123Z"', '"created_at": "yesterday"'),
        ('"created_at": "2026-11-23T15:04:05.123Z"', '"created_at": 5'),
        ('"parent": null', '"parent": 5'),
        ('"python": "3.11.7"', '"python": null'),
        ('"seed": 3,', ""),
    ],
)
def test_a_config_with_a_bad_field_is_refused_and_the_run_named(run: RunDirectory, field: str, bad: str) -> None:
    assert field in GOLDEN.decode()
    run.config.write_text(GOLDEN.decode().replace(field, bad), encoding="utf-8")
    with pytest.raises(FormatError, match=rf"config.json.*; the run {run.run_id} cannot be shown"):
        read_config(run)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>", "<script>"),
        ("  a\nb\x00\x1b[31m ", "ab[31m"),
        ("\u202egnp", "gnp"),
        ("🎮", "🎮"),
        ("x" * 300, "x" * 200),
        ("", "20260102-030405-story"),
        ("\udcff\n", "20260102-030405-story"),
    ],
)
def test_a_name_keeps_what_can_be_shown(run: RunDirectory, typed: str, kept: str) -> None:
    write_config(run, ConfigFile(name=typed, seed=1, task="tetris", settings={}))
    assert read_config(run).name == kept


def test_the_versions_that_decide_what_is_learned_are_recorded() -> None:
    versions = library_versions()
    assert list(versions) == ["python", "torch", "stable-baselines3", "gymnasium", "numpy", "numba"]
    assert all(text[0].isdigit() for text in versions.values())


def test_a_config_is_read_again_when_it_was_replaced_and_one_that_is_gone_is_not_remembered(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(run, CONFIG)
    assert read_config(run) is read_config(run)
    write_config(run, replace(CONFIG, seed=4))
    assert read_config(run).seed == 4
    with monkeypatch.context() as patch:
        patch.setattr(config_file, "stamp", lambda _path: None)  # the file appears between the two looks
        assert read_config(run).seed == 4
    run.config.unlink()
    with pytest.raises(FileNotFoundError):
        read_config(run)
