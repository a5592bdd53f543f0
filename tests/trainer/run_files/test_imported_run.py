"""A run that is made of a bundle, whatever its task: whole or not at all."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from trainer.errors import FormatError, RunDirectoryError
from trainer.probing import probe
from trainer.run_files.bundle import REQUIRED_FILES, Bundle, pack_bundle, unpack_bundle
from trainer.run_files.config_file import ConfigFile, Parent, read_config
from trainer.run_files.files import document_bytes, sha256
from trainer.run_files.imported_run import descriptions_in, trusted_model, trusted_report, write_imported_run
from trainer.run_files.models import BestMetadata, described, read_best
from trainer.run_files.reports import Report, read_report, report_bytes
from trainer.run_files.run_directory import RunDirectory, list_runs

MODEL = b"weights"


def bundle(**changes: bytes) -> Bundle:
    """A whole bundle of a task that is not installed here."""
    metadata = BestMetadata(task="chess", metric="mean_reward", value=2.5, reward=2.5, step=700, episode=9, seed=3, active_seconds=12.0)
    report = Report(
        sha256="0" * 64, model="kept", step=700, episodes=1, seed=1, mean_reward=2.0, ci95=None, median_reward=2.0, max_reward=2.0,
        mean_length=5.0, truncated_episodes=0, steps_per_second=1.0, seconds=5.0,
    )  # fmt: skip
    config: dict[str, Any] = asdict(ConfigFile(name="far away", seed=3, task="chess", settings={"rows": 8}))
    contents = dict.fromkeys(REQUIRED_FILES, b"") | described(MODEL, metadata)
    contents |= {"config.json": document_bytes(config), "evaluation.json": report_bytes(report)} | changes
    return unpack_bundle(pack_bundle("20260101-000000-far", "best", contents))


def write(found: Bundle, folder: Path, **options: Any) -> RunDirectory:
    """The run that becomes of it."""
    return write_imported_run(found, MODEL, runs_dir=folder / "runs", **{"name": "", "total_timesteps": 1_000, **options})


def test_an_imported_run_has_a_model_and_says_where_it_is_from(tmp_path: Path) -> None:
    run = write(bundle(), tmp_path)
    config, metadata, probed = read_config(run), read_best(run), probe(run)
    assert metadata is not None
    assert (config.name, config.task, config.settings, config.seed) == ("far away", "chess", {"rows": 8}, 3)
    assert config.parent == Parent("20260101-000000-far", "bundle", 700)
    assert (metadata.value, metadata.sha256) == (2.5, sha256(MODEL))
    assert (probed.state, probed.problem) == ("imported", None)
    assert read_config(write(bundle(), tmp_path, name="near")).name == "near"


def test_what_is_trusted_is_kept_if_it_is_what_it_says(tmp_path: Path) -> None:
    found = bundle()
    report = trusted_report(found)
    run = write(found, tmp_path, report=report)
    assert trusted_model(found, descriptions_in(found)[1]) == MODEL
    kept = read_report(run, sha256(MODEL))
    assert kept is not None
    assert (kept.mean_reward, kept.model) == (2.0, "best")
    other = bundle(**{"model.zip": b"other"})
    with pytest.raises(FormatError, match=r"model\.zip of the bundle must be the file that its metadata\.json describes"):
        trusted_model(other, descriptions_in(other)[1])


@pytest.mark.parametrize("name", ["config.json", "metadata.json", "evaluation.json"])
def test_a_damaged_description_is_one_sentence(name: str) -> None:
    found = bundle(**{name: b"{}"})
    with pytest.raises(FormatError, match=r"^The bundle cannot be imported: .*\.$"):
        _ = trusted_report(found), descriptions_in(found)


def test_an_import_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trainer.run_files.imported_run.write_status", full)
    with pytest.raises(RunDirectoryError, match=r"cannot be written \(No space left on device\); nothing was imported"):
        write(bundle(), tmp_path)
    assert list_runs(tmp_path / "runs") == []
    assert list((tmp_path / "runs").iterdir()) == []
