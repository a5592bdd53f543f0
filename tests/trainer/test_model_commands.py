"""The commands about models: evaluate and keep the report, bundle, import, cancel."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.commands import call, cli
from tests.trainer.learning.tiny import finished_run
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.jobs import read_progress
from trainer.run_files.models import read_best
from trainer.run_files.reports import has_report, read_report
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import find_model, keep_model

QUICK = ("--games", "4", "--max-pieces", "200")


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run(honest: RunDirectory, tmp_path: Path) -> RunDirectory:
    """A copy of it, with a copy of its best model under a name."""
    copy = RunDirectory(tmp_path / "runs" / honest.run_id)
    shutil.copytree(honest.path, copy.path)
    keep_model(find_model(copy, None), copy, "keeper")
    return copy


def best_sha256(run: RunDirectory) -> str:
    """Of the best model."""
    metadata = read_best(run)
    assert metadata is not None
    return metadata.sha256


@pytest.mark.long
def test_a_report_is_kept_only_when_it_is_asked_for(run: RunDirectory) -> None:
    assert call("evaluate", run.path, *QUICK).returncode == 0
    assert not run.reports.exists()
    kept = cli("evaluate", run.path, "--save", "--json", *QUICK)
    report = read_report(run, best_sha256(run))
    assert report is not None
    assert (report.episodes, report.model, report.value("max_pieces")) == (4, "best", 200)
    assert orjson.loads(kept.stdout)["named"] == report.named
    named = call("evaluate", run.run_id, "--runs-dir", run.path.parent, "--slot", "keeper", "--json", *QUICK)
    assert orjson.loads(named.stdout)["named"] == report.named


def test_a_best_model_whose_replacement_was_cut_in_half_is_evaluated(run: RunDirectory) -> None:
    run.best.rename(run.best.with_name(".best.old"))
    for model in (run.path, run.best):
        assert orjson.loads(cli("evaluate", model, "--json", *QUICK).stdout)["episodes"] == 4


def test_every_model_without_a_report_is_evaluated_and_a_damaged_one_is_said(run: RunDirectory) -> None:
    other = RunDirectory(run.path.with_name("20260101-000000-other"))
    shutil.copytree(run.path, other.path)
    (other.best / "model.zip").write_bytes(b"tampered")
    (other.models / "keeper" / "model.zip").write_bytes(b"tampered")

    first = call("evaluate", "--missing", "--runs-dir", run.path.parent, "--json", *QUICK)
    second = call("evaluate", "--missing", "--runs-dir", run.path.parent, *QUICK)

    assert first.returncode == 1
    assert [row["model"] for row in orjson.loads(first.stdout)] == ["best"]
    assert first.stderr == (
        "error: The model 'best' of 20260101-000000-other is not the file that its metadata.json describes; it is not used.\n"
    )
    assert has_report(run, best_sha256(run))
    assert second.stdout == ""
    assert second.stderr == first.stderr


def test_a_model_goes_through_a_bundle_into_another_folder_of_runs(run: RunDirectory, tmp_path: Path) -> None:
    bundle, elsewhere = tmp_path / "keeper.zip", tmp_path / "elsewhere"
    made = call("bundle", run.path, "--slot", "keeper", "--out", bundle, *QUICK)
    imported = call("import", bundle, "--name", "From afar", "--runs-dir", elsewhere)

    assert made.stdout == f"{bundle}\n"
    assert has_report(run, best_sha256(run))
    (arrived,) = list_runs(elsewhere)
    assert imported.stdout == f"{arrived.path}\n"
    found = probe(arrived)
    assert (found.state, found.config.name if found.config else None) == ("imported", "From afar")
    report = call("evaluate", arrived.path, "--json", *QUICK)
    original = call("evaluate", run.path, "--json", *QUICK)
    assert orjson.loads(report.stdout)["named"] == orjson.loads(original.stdout)["named"]
    refused = call("resume", arrived.path)
    assert (refused.returncode, "Fork it to train the model on" in refused.stderr) == (2, True)


def test_a_file_that_is_no_bundle_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(b"PK not a zip")
    result = call("import", tmp_path / "bundle.zip", "--runs-dir", tmp_path / "runs")
    assert result.returncode == 1
    assert result.stderr.startswith("error: A bundle must be a whole .zip file; this one cannot be unpacked (")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("options", [("--player", "bcts", "--save"), ("nobody", "--save", "--trust")])
def test_a_report_is_only_kept_on_a_runs_own_model(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = call("evaluate", *options, "--runs-dir", tmp_path)
    assert result.returncode == 2
    assert "--save keeps a report beside a run's own model: neither --player nor --trust goes with it." in result.stderr


@pytest.mark.long
def test_an_evaluation_that_is_cancelled_ends_at_once_and_keeps_no_report(run: RunDirectory, tmp_path: Path) -> None:
    job = tmp_path / "job"
    job.mkdir()
    command = [sys.executable, "-m", "trainer", "evaluate", str(run.path), "--save", "--games", "100000", "--max-pieces", "0"]
    process = subprocess.Popen([*command, "--job", str(job)], cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: (said := read_progress(job)) is not None and said.done > 0, 60, "the first games")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    said = read_progress(job)
    assert said is not None
    assert process.returncode == 1
    assert errors == b"error: It was cancelled; what had been finished before stays.\n"
    assert (said.state, said.model, said.total) == ("cancelled", run.run_id, 100_000)
    assert not run.reports.exists()
