"""Programs that run in turns, so that they are measured on the same machine: its speed drifts by some percent within seconds."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence

TURN_S = 1.0
Stops = list[tuple[float, float]]
"""When a process was stopped and went on, in seconds of the monotonic clock, which all processes share."""


def in_turns(commands: Sequence[Sequence[str]]) -> tuple[list[str], list[Stops]]:
    """Run Python programs in turns: at any moment one of them runs and the others are stopped, until all have ended.

    Args:
        commands: the arguments of Python for each; a program writes no more than a few lines.

    Returns:
        What each program wrote to standard output, and when it was stopped.

    Raises:
        CalledProcessError: one of them failed.
    """
    processes = [subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) for command in commands]
    stops: list[Stops] = [[] for _ in processes]
    try:
        stopped_at = [_stop(process) for process in processes]
        while any(process.poll() is None for process in processes):
            for number, process in enumerate(processes):
                if process.poll() is None:
                    stops[number].append((stopped_at[number], time.monotonic()))
                    process.send_signal(signal.SIGCONT)
                    time.sleep(TURN_S)
                    stopped_at[number] = _stop(process)
        said = [process.communicate()[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    for process in processes:
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return said, stops


def seconds_running(began: float, ended: float, stops: Stops) -> float:
    """How long a process ran between two moments of the monotonic clock: without the time it was stopped."""
    return ended - began - sum(max(0.0, min(ended, went_on) - max(began, stopped)) for stopped, went_on in stops)


def _stop(process: subprocess.Popen[str]) -> float:
    process.send_signal(signal.SIGSTOP)
    return time.monotonic()
