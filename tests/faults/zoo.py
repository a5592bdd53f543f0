"""Runs of strangers: every document of a run, with every field in turn set to what no run can have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tests.pages.fake_runs import ended, fill, new_run, with_best_model
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text
from trainer.run_files.labels import update_labels
from trainer.run_files.models import read_best
from trainer.run_files.reports import Report, save_report
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.replays import RecordedGame, Recording, replays_writer

STRANGE: tuple[Any, ...] = (
    None, True, "", "NaN", "x" * 10_000, "a\nb\x1b[31m\u202e<script>", -1, 0, 10**9, 2**53 + 1, 2**63, 2**64 - 1,
    1e308, -1e308, 5e-324, [], {}, [[[]]], [1e308, -1e308], {"x": {}}, "0001-01-01T00:00:00.000Z",
    "0001-01-01T00:00:00.000+14:00", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999-12:00", "2026-01-01T00:00:00.000",
)  # fmt: skip


def whole_run(runs_dir: Path, name: str = "Stranger") -> RunDirectory:
    """A run that has every document."""
    run = with_best_model(new_run(runs_dir, name))
    fill(run)
    metadata = read_best(run)
    assert metadata is not None
    save_report(
        run,
        Report(
            sha256=metadata.sha256, model="best", step=3_000, episodes=2, seed=1, mean_reward=8.0, ci95=(7.0, 9.0), median_reward=8.0,
            max_reward=9.0, mean_length=9.0, truncated_episodes=0, steps_per_second=1.0, seconds=1.0, settings=metadata.settings,
            named={"mean_lines": 3.0, "lines_ci95_low": 2.0, "lines_ci95_high": 4.0, "median_lines": 3.0, "max_lines": 5},
        ),
    )  # fmt: skip
    recording = Recording(1, 3_000, 20, 20, "uniform", (RecordedGame(7, 0, 3, truncated=False, moves=b"\x01\x02\x03"),))
    replays_writer(run, 1_000_000).write(recording)
    update_labels(run, name=name, tags=("one",), note="a note")
    events = EventsWriter(run)
    events.append(EventRow(now_text(), 5, "command", "Paused", seq=2, latency_ms=3.0, traceback="Traceback"))
    events.log.close()
    return ended(run, "finished")


def documents(run: RunDirectory) -> list[Path]:
    """Every document and log of a run."""
    return sorted(path for path in run.path.rglob("*") if path.suffix in (".json", ".jsonl"))


def changed(content: bytes, value: Any, *, log: bool) -> Iterator[tuple[str, bytes]]:
    """A document with each field in turn set to a value, also those of objects in it; of a log the last row."""
    before, last = (content.rstrip(b"\n").rpartition(b"\n")[::2]) if log else (b"", content)
    document = orjson.loads(last)
    for place, holder, key in list(_places(document, "")):
        kept, holder[key] = holder[key], value
        made = orjson.dumps(document)
        yield place, before + b"\n" + made + b"\n" if log else made
        holder[key] = kept


def _places(holder: Any, above: str) -> Iterator[tuple[str, Any, Any]]:
    keys = holder.keys() if isinstance(holder, dict) else range(min(len(holder), 2))
    for key in list(keys):
        yield f"{above}/{key}", holder, key
        if isinstance(holder[key], dict | list):
            yield from _places(holder[key], f"{above}/{key}")
