"""Trainers that need not import what they learn with: copies of a process that has done so once, which saves more than half of a start.

They learn the same, bit by bit, as one that was started by itself: nothing that decides it is drawn or set before the copy is made.
"""

import contextlib
import gc
import sys
from functools import partial

from ..children import fork_child
from ..errors import ControlRoomError, RunIsActiveError, visible
from ..forking import may_fork
from ..probing import ALREADY_ACTIVE
from ..run_files.control import read_control
from ..run_files.run_directory import RunDirectory


def warm_up() -> bool:
    """Import the learner, and start nothing. Returns whether trainers can be copies of this process from now on."""
    if not may_fork():
        return False
    with contextlib.suppress(Exception):  # a broken installation: each trainer says so for itself
        from ..learning import no_compiler, train  # noqa: F401, PLC0415 - a second of import

        no_compiler.keep_compiler_unloaded()
        gc.collect()
        gc.freeze()  # what is never looked at again is never copied
        return may_fork()
    return False


def start_warm(run: RunDirectory) -> None:
    """Start a trainer on a run, as `start_trainer` does.

    Raises:
        ControlFileError: `control.json` is missing or damaged.
        TrainerStartError: no process can be made.
    """
    fork_child(partial(_train, run, read_control(run).seq), run.log, about=run.path)


def _train(run: RunDirectory, control_seq: int) -> int:
    import numpy as np  # noqa: PLC0415 - imported by now

    from .. import streams  # noqa: PLC0415 - see above
    from ..learning.process import run_trainer  # noqa: PLC0415 - see above
    from ..tasks import find_task  # noqa: PLC0415 - see above

    np.random.seed()  # noqa: NPY002 - whoever draws from it without a seed of the run's gets what no other copy gets
    streams.never_wait()
    try:
        return 0 if run_trainer(run, find_task, control_seq=control_seq) else 1
    except ControlRoomError as error:
        sys.stderr.write(f"error: {visible(str(error))}\n")
        return ALREADY_ACTIVE if isinstance(error, RunIsActiveError) else 1
