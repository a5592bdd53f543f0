"""How long the import of a TensorBoard event file takes, beside TensorBoard's own reader of the same file.

    python -m tests.benchmarks.importing [--scalars 1000000] [--tags 20] [--repeats 3] [--json PATH]

The file holds an event a scalar, as stable-baselines3 writes them. An import finds the file, reads it, and writes the run: its rows by
step, ready to be shown. TensorBoard's `EventAccumulator` reads the file into memory. They take turns.
"""

import tempfile
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report, seconds
from trainer.importing.recognise import find_sources
from trainer.importing.write_run import Chosen, import_source

STEPS_A_ROW, SECONDS_A_ROW = 2048, 0.5


def write_events(path: Path, scalars: int, tags: int) -> None:
    """An event file with so many scalars, of so many tags a step."""
    with path.open("wb") as stream:
        writer = RecordWriter(stream)
        writer.write(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for number in range(scalars):
            row, tag = divmod(number, tags)
            value = Summary.Value(tag=f"train/metric_{tag}", simple_value=row * 0.5 + tag)
            event = Event(wall_time=1.7e9 + row * SECONDS_A_ROW, step=row * STEPS_A_ROW, summary=Summary(value=[value]))
            writer.write(event.SerializeToString())


def measure(scalars: int, tags: int, repeats: int) -> list[Figure]:
    """Every figure; of each repetition the seconds of an import, of TensorBoard's reader, and how often the one goes into the other."""
    ours, theirs = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "PPO_1"
        log.mkdir()
        write_events(log / "events.out.tfevents.1700000000.host", scalars, tags)
        for number in range(repeats):
            ours.append(seconds(lambda: _import(log, Path(folder) / f"runs-{number}")))  # noqa: B023 - called at once
            theirs.append(seconds(lambda: _read_with_tensorboard(log)))
    what = f"{scalars:,} scalars"
    return [
        Figure(f"{what}: import into a run", "s", ours),
        Figure(f"{what}: TensorBoard's EventAccumulator", "s", theirs),
        Figure(f"{what}: TensorBoard ÷ import", "times", [their / our for our, their in zip(ours, theirs, strict=True)]),
    ]


def _import(log: Path, runs_dir: Path) -> None:
    for source in find_sources(log):
        import_source(source, Chosen(runs_dir))


def _read_with_tensorboard(log: Path) -> None:
    EventAccumulator(str(log), size_guidance={"scalars": 0}).Reload()


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.set_defaults(repeats=3)
    parser.add_argument("--scalars", type=int, default=1_000_000, metavar="N", help="in the file (default: %(default)s)")
    parser.add_argument("--tags", type=int, default=20, metavar="N", help="scalars a step (default: %(default)s)")
    options = parser.parse_args(arguments)
    report("Importing", measure(options.scalars, options.tags, options.repeats), options.json)


if __name__ == "__main__":
    main()
