"""The command about the runs that wait to be trained: `python -m trainer queue [move | cancel | start | run]`."""

import argparse
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .engines.finding import find_engine
from .errors import visible
from .model_commands import AddCommand, print_json
from .numbers import count
from .probing import probe
from .program import PROGRAM
from .queue_process import QueueProcess
from .queueing import cancel_queued, move_queued, queue_problems, start_now, waiting
from .run_files.files import now_text
from .run_files.labels import shown_name
from .run_files.opening import real
from .run_files.placements import list_placements
from .run_files.queue import PLACES
from .run_files.run_directory import RunDirectory
from .signals import handle_end_signals


def add_queue_command(command: AddCommand, shared: Any) -> None:
    """Add the command.

    Args:
        command: adds one.
        shared: the parent of those that are not about one run.
    """
    parser = command("queue", _list, "The runs that wait to be trained, the next one first.", shared)
    parser.add_argument("--json", action="store_true", help="print JSON")
    actions = parser.add_subparsers(metavar="ACTION")

    def action(name: str, what: Any, summary: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary, parents=[shared])
        added.set_defaults(command=what)
        if name != "run":
            added.add_argument("run", metavar="RUN", help="the run's id")
        return added

    moved = action("move", _move, "Let a run be started earlier or later.")
    moved.add_argument("place", choices=PLACES, help="where to")
    action("cancel", _cancel, "Let a run wait no longer; one that was never trained goes to the trash.")
    action("start", _start, "Start a run at once, however many others are being trained.")
    process = action("run", _run, "Start the runs that wait as cores become free; the app starts this process by itself.")
    process.add_argument("--on", default="", metavar="ENGINE", help="those that wait for this engine (default: for this machine)")


def _list(options: argparse.Namespace) -> int:
    runs_dir = real(options.runs_dir)
    entries = waiting(runs_dir)
    if options.json:
        print_json([asdict(entry) | {"state": probe(RunDirectory(runs_dir / entry.run)).state} for entry in entries])
        return 0
    placements = list_placements(runs_dir)
    for run_id, placement in placements.items():
        state = probe(RunDirectory(runs_dir / run_id)).state
        print(f"   -  {visible(run_id):<42} {state:<9} {visible(placement.node or placement.on)}")
    for sentence in queue_problems(runs_dir):
        print(f"nothing is started: {visible(sentence)}")
    if not entries and not placements:
        print(f"no runs wait in {runs_dir}; queue some with: {PROGRAM} train --seed 1-5")
    for place, entry in enumerate(entries, start=1):
        probed = probe(RunDirectory(runs_dir / entry.run))
        name = visible(shown_name(probed.run, probed.config.name)) if probed.config else ""
        print(f"{place:>4}  {visible(entry.run):<42} {probed.state:<9} {visible(entry.on or 'here'):<10} {name}")
    return 0


def _move(options: argparse.Namespace) -> int:
    run = _named(options)
    move_queued(run, options.place)
    ids = [entry.run for entry in waiting(run.path.parent)]
    if run.run_id in ids:
        print(f"{run.run_id} is {ids.index(run.run_id) + 1} of {count(len(ids), 'run')} that wait")
    return 0


def _cancel(options: argparse.Namespace) -> int:
    run = _named(options)
    where = "is in the trash" if cancel_queued(run) else "stays as it was left"
    print(f"{run.run_id} waits no longer and {where}")
    return 0


def _start(options: argparse.Namespace) -> int:
    run = _named(options)
    start_now(run)
    print(f"{run.run_id} is started next, whatever else is being trained")
    return 0


def _named(options: argparse.Namespace) -> RunDirectory:
    """The run that is meant, be it there or not: a deleted one can still be cancelled."""
    given = Path(options.run)
    return RunDirectory(real(given.parent if given.is_absolute() else options.runs_dir) / given.name)


def _run(options: argparse.Namespace) -> int:
    stop = threading.Event()
    handle_end_signals(lambda _: stop.set())
    runs_dir = real(options.runs_dir)
    engine = find_engine(options.on, runs_dir, say=_say)
    QueueProcess(runs_dir, options.on, engine, say=_say).until_done(stop)
    return 0


def _say(sentence: str) -> None:
    print(f"{now_text()} {visible(sentence)}", flush=True)
