"""The trainer process: the lock, the signals, the watcher and the session around one training run."""

import ctypes
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TextIO

from ..config import RunSettings
from ..errors import FormatError, RunDirectoryError, is_out_of_memory, reason
from ..notifying.starting import see_to_notifications
from ..run_files.checkpoints import Checkpoint, cut_logs, latest_checkpoint
from ..run_files.config_file import read_config
from ..run_files.origin import read_origin
from ..run_files.run_directory import RunDirectory
from ..run_files.run_lock import hold_run_lock
from ..signals import Handlers, handle_end_signals, put_back_handlers
from .control_watcher import ControlEvents, ControlWatcher
from .lease import Lease, LeaseWatcher
from .said_warnings import warnings_said
from .session import RunSession

if TYPE_CHECKING:
    from .task import TaskKind
    from .train import Training

KEPT_BYTES = 64 * 2**20  # freed memory that the process keeps: every move asks again for the few megabytes that the last one freed
NEW_OBJECTS = 10_000  # between two looks for garbage in cycles: every 700, as Python does it, cost PPO on CartPole 1 %
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD = -1, -3, 32 * 2**20  # see malloc.h and mallopt(3) of glibc


def run_trainer(
    run: RunDirectory,
    find_task: "Callable[[str], TaskKind]",
    *,
    control_seq: int,
    progress: bool = False,
    log: TextIO | None = None,
    lease: Lease | None = None,
) -> bool:
    """Train a run in this process until it is finished, stopped or failed; it goes on from its last whole checkpoint if there is one.

    Args:
        run: a run directory with its `config.json`.
        find_task: gives what it trains, by the name in `config.json`.
        control_seq: commands up to this `seq` belong to an earlier process; their `run` field is not obeyed.
        progress: whether to show a progress bar.
        log: where to write events besides standard output.
        lease: what must be renewed for training to go on; None: it goes on by itself.

    Returns:
        Whether it went well; a failure is in the run's events.

    Raises:
        RunIsActiveError: another trainer holds the run's lock.
        SettingError, FormatError: `config.json` or none of the checkpoints can be used.
        RunDirectoryError: the logs cannot be made or cut: the disk is full, or the run directory is read-only.
    """
    lock = hold_run_lock(run)
    see_to_notifications(run.path.parent)
    events = ControlEvents()
    handlers = _stop_on_signals(events)
    _keep_freed_memory()
    gc.set_threshold(NEW_OBJECTS)
    try:
        written = read_config(run)
        task = find_task(written.task)
        config = task.settings.from_json(written.settings)
        checkpoint, complaints = latest_checkpoint(run)
        if checkpoint is None and complaints:  # to begin anew would cut all its rows
            raise FormatError(f"{' '.join(complaints)} No other one is left: delete checkpoints/ of {run.run_id} to begin anew.")
        origin = read_origin(run) if checkpoint is None else None
        with _session(run, task, checkpoint, total_timesteps=config.total_timesteps, log=log) as session:
            lock.keep(lambda: _give_way(session, events))
            for sentence in complaints:
                session.event("warning", f"{sentence} It is passed over for an older one.")
            with warnings_said(partial(session.event, "warning")), _leased(lease, session, events):
                return _train(
                    task, session, config, events, handlers,
                    checkpoint=checkpoint, origin=origin, control_seq=control_seq, progress=progress,
                )  # fmt: skip
    finally:
        lock.release()


def _session(run: RunDirectory, task: "TaskKind", checkpoint: Checkpoint | None, *, total_timesteps: int, log: TextIO | None) -> RunSession:
    try:
        cut_logs(run, checkpoint)
        task.cut_files(run, checkpoint.step if checkpoint is not None else -1)
        return RunSession(run, total_timesteps=total_timesteps, log=log)
    except OSError as error:
        raise RunDirectoryError(
            f"A run's logs must be writable; those of {run.run_id} are not ({reason(error)}). Make room and try again."
        ) from None


@contextmanager
def _leased(lease: Lease | None, session: RunSession, events: ControlEvents) -> Iterator[None]:
    """Training ends in good order when the lease runs out."""

    def stop(sentence: str) -> None:
        session.event("warning", sentence)
        events.request_stop()

    if lease is None:
        yield
        return
    watcher = LeaseWatcher(lease, stop)
    watcher.start()
    try:
        yield
    finally:
        watcher.close()


def _give_way(session: RunSession, events: ControlEvents) -> None:
    session.event("warning", "run.lock was deleted and another trainer has taken it: one trainer a run, so this one stops.")
    events.request_stop()


def _train(
    task: "TaskKind",
    session: RunSession,
    config: RunSettings,
    events: ControlEvents,
    handlers: Handlers,
    *,
    checkpoint: Checkpoint | None,
    origin: bytes | None,
    control_seq: int,
    progress: bool,
) -> bool:
    report_problem = partial(session.event, "warning")
    watcher = ControlWatcher(session.run, events, ignored_seq=control_seq, report_problem=report_problem)
    watcher.start()
    look = _looking(watcher, handlers, report_problem)
    training: Training | None = None
    try:
        from . import no_compiler, train  # noqa: PLC0415 - seconds of import, after the first status is written

        no_compiler.keep_compiler_unloaded()
        trained = task.make_task(session, config)
        training = train.Training(session, config, events, trained, look=look)
        if checkpoint is not None:
            training.restore(checkpoint)
        elif origin is not None:
            trained.start_from(origin)
        training.train(progress=progress)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the person must see it
        from .environment_faults import explained  # noqa: PLC0415 - it imports gymnasium

        advice = task.memory_advice(config) if is_out_of_memory(error) else ""
        kept = training.save_after_failure() if training is not None else ""
        session.fail(explained(error), " ".join(filter(None, (advice, kept))))
        return False
    finally:
        watcher.close()
    return True


def _looking(watcher: ControlWatcher, handlers: Handlers, report_problem: Callable[[str], None]) -> Callable[[], None]:
    """What the training thread calls between two steps: the watcher looks, and signals go on to mean what they do."""
    said = list[str]()

    def look() -> None:
        watcher.look_if_due()
        changed = put_back_handlers(handlers)
        if changed and not said:
            said.append(changed)
            report_problem(f"The environment changed what the process does at {changed}; it ends training in good order again.")

    return look


def _stop_on_signals(events: ControlEvents) -> Handlers:
    """Every signal that asks for the end ends training in good order; a second Ctrl-C ends it at once. Returns how that is done."""
    handlers: Handlers = {}

    def stop(number: int) -> None:
        events.request_stop()
        if number == signal.SIGINT:
            handlers[signal.SIGINT] = signal.default_int_handler
            signal.signal(number, signal.default_int_handler)

    handlers.update({number: signal.getsignal(number) for number in handle_end_signals(stop)})
    return handlers


def _keep_freed_memory() -> None:
    """Do not give memory back to the system between two moves: to get it again costs a page fault for every 4 kB.

    Whether glibc gives it back is chance: a block of anything at the end of the heap prevents it. The bare learner seldom does;
    with rows and snapshots of other threads in between there were up to 60 faults a move.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries than glibc have none
        if mallopt is not None:
            mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
            mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
