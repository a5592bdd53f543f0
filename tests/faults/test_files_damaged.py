"""The faults: a file is cut off, has a flipped bit, or holds something that is not ours.

That every document and log survives every cut and every flipped bit is tested where its format is, in `tests/trainer/run_files`; here
is what a person sees of it, and what a real trainer makes of every bad `control.json`.
"""

import os
from pathlib import Path

import pytest

from tests.faults.trainers import PATIENCE_S, app_on, endless_run, has_event, real_trainer, said, status_of, stop, wait_for_steps
from tests.pages.fake_runs import ended, fill, live, new_run, with_best_model
from tests.pages.recorded import with_recordings
from tests.trainer.learning.tiny import new_run as new_tiny_run
from tests.trainer.learning.tiny import rows, tiny_config, train
from tests.trainer.run_files.faults import DEEP_LIST, every_prefix
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.errors import FormatError
from trainer.learning.control_watcher import ControlEvents
from trainer.probing import probe
from trainer.run_files.control import update_control
from trainer.run_files.origin import read_origin
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.learner.saved_model import read_network

CUT_EVERY = int(os.environ.get("CONTROL_ROOM_CUT_EVERY", "179"))  # bytes of a model; of all other files every byte is tried


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    config = tiny_config()
    run = new_tiny_run(tmp_path_factory.mktemp("runs"), config)
    train(run, config, ControlEvents())
    return run


@pytest.mark.long
def test_a_model_cut_at_any_byte_or_with_a_flipped_bit_is_not_loaded(trained: RunDirectory, tmp_path: Path) -> None:
    fork = create_run(tiny_config(), runs_dir=tmp_path, fork=(trained, "best"))
    whole = (trained.best / "model.zip").read_bytes()
    (tmp_path / "metadata.json").write_bytes((trained.best / "metadata.json").read_bytes())
    for place in range(0, len(whole), CUT_EVERY):
        for content in (whole[:place], whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]):
            (tmp_path / "model.zip").write_bytes(content)
            with pytest.raises(FormatError, match="its SHA-256 differs, so it is not loaded"):
                read_network(tmp_path)
            (fork.origin / "model.zip").write_bytes(content)
            with pytest.raises(FormatError, match="is damaged; fork the parent again"):
                read_origin(fork)
    manifest = fork.origin / "manifest.json"
    for content in every_prefix(manifest.read_bytes().rstrip()):
        manifest.write_bytes(content)
        with pytest.raises(FormatError, match=r"manifest\.json must"):
            read_origin(fork)


def test_a_flipped_bit_in_the_middle_of_a_log_costs_its_row_and_is_reported(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run, rows=30)
    content = bytearray(run.metrics.read_bytes())
    middle = content.index(b'"step":1500,')
    content[middle] ^= 1  # a quotation mark is one no more
    run.metrics.write_bytes(content)
    ended(run, "finished")
    page = app_on(runs_dir)
    assert "1 damaged row was skipped in this run's logs." in said(page)
    assert {metric.label: metric.value for metric in page.metric}["Best evaluation · lines"] == "60"
    assert len(run.metrics.read_bytes()) == len(content)


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "control.json",
        "status.json",
        "metrics.jsonl",
        "events.jsonl",
        "pictures.jsonl",
        "best/metadata.json",
        "replays/step-1000-evaluation.json",
    ],
)
def test_every_page_stands_when_a_file_is_cut_anywhere(runs_dir: Path, name: str) -> None:
    run = with_recordings(with_best_model(new_run(runs_dir)), 1_000)
    fill(run, rows=10)
    with live(run):
        path = run.path / name
        whole = path.read_bytes()
        page = app_on(runs_dir)
        for length in (0, 1, len(whole) // 2, len(whole) - 2):
            path.write_bytes(whole[:length])
            for place in ("streamlit_app.py", "pages/2_Models.py", "pages/3_Replay.py", "pages/4_Watch.py", "pages/5_Play.py"):
                assert "This part could not be shown" not in said(page.switch_page(place).run())
        path.write_bytes(whole)


BAD_CONTROLS = {
    "empty": (b"", "control.json must hold JSON; it is empty."),
    "corrupt": (b'{"version": 4, "seq": 9, "run": "pau', "control.json must hold JSON"),
    "deeply nested": (b"[" * 100_000 + b"]" * 100_000, "control.json must hold JSON"),
    "a deep value": (b'{"version": 4, "seq": 9, "run": ' + DEEP_LIST + b"}", "run must be one of running, paused, stopped"),
    "a future version": (b'{"version": 5, "seq": 9, "run": "paused"}', "must be of format version 4; got '5'."),
    "wrong types": (b'{"version": 4, "seq": "9", "run": ["paused"]}', "seq must be a whole number from 0 to"),
    "NaN": (b'{"version": 4, "seq": 9, "run": "paused", "speed": NaN}', "control.json must hold JSON"),
    "out of range": (
        b'{"version": 4, "seq": 9, "run": "paused", "speed": -1}',
        "speed must be from 1 to 1,000,000",
    ),
}


@pytest.mark.long
def test_a_real_trainer_keeps_its_course_through_every_bad_control_file(runs_dir: Path) -> None:
    run = endless_run(runs_dir)
    with real_trainer(run):
        wait_for_steps(run, 100)
        page = app_on(runs_dir)
        for content, complaint in BAD_CONTROLS.values():
            said_before = len(rows(run.events))
            run.control.write_bytes(content)
            wait_until(lambda: any(complaint in row["message"] for row in rows(run.events)[said_before:]), PATIENCE_S, complaint)  # noqa: B023
            update_control(run, by="app", applied_seq=status_of(run).applied_seq, visual=False)
        with run.control.open("wb") as file:
            file.truncate(100_000_000)
        wait_until(lambda: has_event(run, "control.json must be smaller than 1,000,000 bytes."), PATIENCE_S, "the huge file to be refused")
        wait_for_steps(run)
        text = said(page.run())
        assert "control.json must be smaller than 1,000,000 bytes. The trainer keeps its last settings" in text
        assert "Running" in text
        page.button(key="pause_or_resume").click().run()
        wait_until(lambda: probe(run).state == "paused", PATIENCE_S, "the repaired file to be obeyed")
        assert run.control.stat().st_size < 1_000
        stop(run)
    assert not any("Paused" in row["message"] and row["seq"] == 9 for row in rows(run.events) if row["kind"] == "command")
