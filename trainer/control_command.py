"""The command that steers a run: `python -m trainer control`."""

import argparse
import math
import sys
import time
from typing import Any

from .acknowledging import wait_until_applied
from .argument_types import speed_limit, unicode_text, whole_number
from .errors import SettingError
from .model_commands import AddCommand
from .probing import Probe, probe
from .program import PROGRAM
from .run_files.control import update_control
from .run_files.run_directory import RunDirectory, open_run
from .stopping import Stop

ACKNOWLEDGE_PATIENCE_S = 5.0
STOP_INTERVAL_S = 0.02  # between two looks whether the trainer has ended
OPTIONS = ("what", "speed", "board_every", "run_steps", "pause_at_step", "pause_at_best", "save_as")  # and visual


def add_control_command(command: AddCommand) -> None:
    """Add the command."""
    parser = command("control", _control, "Pause, resume, stop or watch a run.")
    parser.any_order = True
    parser.add_argument("what", nargs="?", choices=("pause", "resume", "step", "stop"), help="step: a single one, then pause")
    parser.add_argument("--run-steps", type=whole_number(1), metavar="N", help="run N more environment steps, then pause")
    parser.add_argument("--pause-at-step", type=whole_number(0), metavar="N", help="pause when N environment steps are done")
    parser.add_argument("--pause-at-best", action="store_true", help="pause at the next new best model")
    parser.add_argument("--save-as", type=unicode_text, metavar="NAME", help="save the model as it is, as models/NAME of the run")
    parser.add_argument("--visual", action=argparse.BooleanOptionalAction, default=None, help="whether pictures are written")
    parser.add_argument(
        "--speed", type=speed_limit, metavar="N|full", help="the most environment steps per second while pictures are written"
    )
    parser.add_argument("--board-every", type=int, help="environment steps between pictures, 1 to 1000")


def _control(options: argparse.Namespace) -> int:
    if all(getattr(options, name) in (None, False) for name in OPTIONS) and options.visual is None:
        raise SettingError(f"control needs something to do: see {PROGRAM} control --help.")
    run = open_run(options.run, options.runs_dir)
    before = probe(run)
    if not before.active:
        print(f"error: {run.run_id} is not training ({before.state}); there is nothing to control.", file=sys.stderr)
        return 1
    applied_seq = before.status.applied_seq if before.status else 0
    seq = update_control(run, by="cli", applied_seq=applied_seq, **_wanted_changes(options, before)).seq
    return _wait_until_ended(run) if options.what == "stop" else _wait_until_applied(run, seq)


def _wanted_changes(options: argparse.Namespace, before: Probe) -> dict[str, Any]:
    words = {"pause": "paused", "resume": "running", "step": "running", "stop": "stopped"}
    names = ("visual", "speed", "board_every", "pause_at_step", "save_as")
    wanted = {"run": words.get(options.what), **{name: getattr(options, name) for name in names}}
    steps, status = 1 if options.what == "step" else options.run_steps, before.status
    if steps is not None and status is not None:
        wanted |= {"run": "running", "pause_at_step": status.num_timesteps + steps}
    if options.pause_at_best:
        wanted["pause_at_best_after"] = status.best.step if status and status.best else -1
    changes = {name: value for name, value in wanted.items() if value is not None}
    return changes | ({"speed": None} if options.speed == math.inf else {})


def _wait_until_applied(run: RunDirectory, seq: int) -> int:
    status = wait_until_applied(run, seq, patience_s=ACKNOWLEDGE_PATIENCE_S)
    if status is None:
        print(f"written, but not yet applied: {run.run_id} is {probe(run).state}.", file=sys.stderr)
        return 1
    print(f"{status.state} at step {status.applied_at_step:,} after {status.applied_latency_ms or 0:g} ms")
    return 0


def _wait_until_ended(run: RunDirectory) -> int:
    stop = Stop(run)
    while (probed := probe(run)).active:
        if said := stop.look(probed):
            print(said, file=sys.stderr)
        time.sleep(STOP_INTERVAL_S)
    step = probed.status.num_timesteps if probed.status else 0
    print(f"{probed.state} at step {step:,}")
    return 0
