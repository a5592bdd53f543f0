"""The trainer process: the lock, the signals, the watcher and the session around one training run."""

import signal
import threading
from types import FrameType
from typing import TextIO

from trainer.config import RunConfig
from trainer.learning.control_watcher import ControlEvents, ControlWatcher
from trainer.learning.session import RunSession
from trainer.run_files.checkpoints import Checkpoint, cut_logs, latest_checkpoint
from trainer.run_files.config_file import read_config
from trainer.run_files.origin import read_origin
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock


def run_trainer(run: RunDirectory, *, control_seq: int, progress: bool = False, log: TextIO | None = None) -> bool:
    """Train a run in this process until it is finished, stopped or failed; it goes on from its last whole checkpoint if there is one.

    Args:
        run: a run directory with its `config.json`.
        control_seq: commands up to this `seq` belong to an earlier process; their `run` field is not obeyed.
        progress: whether to show a progress bar.
        log: where to write events besides standard output.

    Returns:
        Whether it went well; a failure is in the run's events.

    Raises:
        RunIsActiveError: another trainer holds the run's lock.
        SettingError, FormatError: `config.json` cannot be used.
    """
    lock = hold_run_lock(run)
    events = ControlEvents()
    _stop_on_signals(events)
    try:
        config = RunConfig.from_json(read_config(run).settings)
        checkpoint, complaints = latest_checkpoint(run)
        cut_logs(run, checkpoint)
        origin = read_origin(run) if checkpoint is None else None
        with RunSession(run, total_timesteps=config.total_timesteps, log=log) as session:
            for sentence in complaints:
                session.event("warning", f"{sentence} It is passed over for an older one.")
            return _trained(session, config, events, checkpoint, origin, control_seq=control_seq, progress=progress)
    finally:
        lock.release()


def _trained(
    session: RunSession,
    config: RunConfig,
    events: ControlEvents,
    checkpoint: Checkpoint | None,
    origin: bytes | None,
    *,
    control_seq: int,
    progress: bool,
) -> bool:
    watcher = ControlWatcher(session.run, events, ignored_seq=control_seq, complain=lambda sentence: session.event("warning", sentence))
    watcher.start()
    try:
        from trainer.learning.train import TrainingRun  # noqa: PLC0415 - seconds of import, after the first status is written

        TrainingRun(session, config, events, checkpoint=checkpoint, origin=origin, progress=progress).train()
    except Exception as error:  # noqa: BLE001 - whatever it is, the person must see it
        session.fail(error)
        return False
    finally:
        watcher.close()
    return True


def _stop_on_signals(events: ControlEvents) -> None:
    """SIGTERM and the first Ctrl-C end training in good order; a second Ctrl-C ends it at once."""

    def stop(number: int, _frame: FrameType | None) -> None:
        events.request_stop()
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
