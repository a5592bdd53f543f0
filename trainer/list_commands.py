"""The commands that tell how runs are, and what can be trained: `python -m trainer status | list | environments`."""

import argparse
import gc
import json
import os
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .argument_types import path, whole_number
from .errors import FormatError, visible
from .model_commands import AddCommand, print_json
from .numbers import MISSING, digits
from .probing import Probe, probe
from .program import PROGRAM
from .run_files.labels import shown_name
from .run_files.models import read_best
from .run_files.run_directory import list_runs, open_run
from .run_files.source import read_source

if TYPE_CHECKING:
    from .tasks.gym.catalogue import Environment

PATIENCE_S = 60.0  # of the app with an environment that never comes to an end


def add_list_commands(command: AddCommand, shared: Any) -> None:
    """Add these commands.

    Args:
        command: adds one.
        shared: the parent of those that are not about one run.
    """
    listed = command("list", _list, "All runs, newest first.", shared)
    listed.add_argument("--newest", type=whole_number(1), metavar="N", help="no more than N of them")
    for parser_of in (command("status", _status, "How a run is."), listed):
        parser_of.add_argument("--json", action="store_true", help="print JSON")
    summary = "The environments of Gymnasium that can be trained here, and what others need."
    _add_environments(command("environments", _environments, summary, shared))


def _add_environments(parser: Any) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID", help="only these, such as module:Env-v0; each of them is made")
    parser.add_argument("--env-kwargs", type=_options_of, metavar="JSON", help="options of these: '{\"continuous\": true}'")
    parser.add_argument("--all", action="store_true", help="older versions too")
    parser.add_argument(
        "--json", action="store_true", help="print JSON; without an ID of all versions, and the defaults of every algorithm"
    )
    parser.add_argument("--out", type=path, help=argparse.SUPPRESS)  # where the app looks for the answer


def _options_of(text: str) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        options = json.loads(text)
        if isinstance(options, dict):
            return options
    raise argparse.ArgumentTypeError('must be an object of JSON such as {"continuous": true}')


def _environments(options: argparse.Namespace) -> int:
    from .tasks.gym.catalogue import write_catalogue  # noqa: PLC0415 - the other commands need no environments
    from .tasks.gym.listing import list_environments  # noqa: PLC0415 - see above

    if options.out is not None:
        _end_after(PATIENCE_S)
    catalogue = list_environments(options.ids, options.env_kwargs)
    if options.out is not None:
        write_catalogue(options.out, catalogue)
    elif options.json:
        print_json(asdict(catalogue))
    else:
        _print_environments([one for one in catalogue.environments if options.all or options.ids or not one.old])
    return 0


def _end_after(seconds: float) -> None:
    def end() -> None:
        print(f"error: it had no answer after {seconds:g} s", file=sys.stderr, flush=True)
        os._exit(1)  # whatever it is that hangs

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _print_environments(environments: "list[Environment]") -> None:
    width = max((len(one.id) for one in environments), default=0)
    for family, members in groupby(environments, lambda one: one.family):
        print(family)
        for one in members:
            spaces = f"{one.actions:<14} {one.observations}" if one.actions else one.problem.removeprefix(f"{one.id} ")
            words = f"{spaces.rstrip('.')}: {one.needs}" if one.needs else spaces
            print(f"  {visible(one.id):<{width}}  {visible(words)}".rstrip())


def _status(options: argparse.Namespace) -> int:
    probed = probe(open_run(options.run, options.runs_dir))
    if options.json:
        print_json(_summary(probed))
        return 0
    status, best = probed.status, read_best(probed.run)
    rows = [("run", probed.run.run_id), ("name", _name(probed) or "?"), ("state", probed.state)]
    if status is not None:
        rows += [
            ("steps", f"{status.num_timesteps:,} of {status.total_timesteps:,}"),
            ("episodes", f"{status.episodes:,}"),
            ("speed", f"{status.steps_per_second or 0:,.0f} steps/s"),
            ("active time", f"{status.active_seconds:,.0f} s"),
        ]
    rows.append(("best", f"{digits(best.value)} ({best.metric}) at step {best.step:,}" if best else "none yet"))
    rows += [("imported", _origin(probed)), ("problem", probed.problem or ""), ("error", probed.error or "")]
    if status is not None:
        rows += [("degraded", status.degraded or ""), ("not exact", status.not_exact)]
    for word, text in rows:
        if text:
            print(f"{word:<12} {visible(text)}")
    return 0


def _origin(probed: Probe) -> str:
    """Which program has logged an imported run."""
    try:
        source = read_source(probed.run)
    except FormatError as error:
        return str(error)
    return f"from {source.program}: {source.part or source.path}" if source is not None else ""


def _list(options: argparse.Namespace) -> int:
    gc.disable()  # of 50,000 runs it takes a quarter of the time and finds nothing: what is made here refers to itself nowhere
    try:
        _print_runs(options)
    finally:
        gc.enable()
    return 0


def _print_runs(options: argparse.Namespace) -> None:
    runs = list_runs(options.runs_dir)[: options.newest]
    if options.json:
        print_json([_summary(probe(run)) for run in runs])
        return
    if not runs:
        print(f"no runs in {options.runs_dir} yet; start one with: {PROGRAM} train")
    for probed in map(probe, runs):  # each line at once: there may be very many
        status = probed.status
        best = digits(status.best.value) if status and status.best else MISSING
        step = status.num_timesteps if status else 0
        print(f"{probed.run.run_id:<42} {probed.state:<9} {step:>13,} steps   best {best:>10}   {_name(probed)}")
        if probed.error:
            print(f"  {visible(probed.error)}")


def _name(probed: Probe) -> str:
    return visible(shown_name(probed.run, probed.config.name)) if probed.config else ""


def _summary(probed: Probe) -> dict[str, Any]:
    return {
        "run": probed.run.run_id,
        "path": str(probed.run.path),
        "state": probed.state,
        "pending": probed.pending,
        "problem": probed.problem,
        "error": probed.error,
        "config": asdict(probed.config) if probed.config else None,
        "control": asdict(probed.control) if probed.control else None,
        "status": asdict(probed.status) if probed.status else None,
    }
