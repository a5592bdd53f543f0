"""The relay: gives each run a node, keeps its directory here up to date, and moves it when its node is lost. One for all runs.

It holds the `run.lock` of each run that is placed, as its trainer would, and stands in for the trainer while there is none. A run
is *waiting* until it has a node, then *placed* until its trainer has ended and everything of it is here.
"""

import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from ...errors import described, reason
from ...run_files.checkpoints import cut_logs, latest_checkpoint
from ...run_files.events import EventRow, EventsWriter
from ...run_files.files import now_text
from ...run_files.opening import exists, read_bytes, stamp
from ...run_files.placements import Placement, is_placed, read_placement, remove_placement, write_placement
from ...run_files.process_identity import ProcessIdentity
from ...run_files.run_directory import RunDirectory
from ...run_files.run_lock import hold_run_lock
from ...run_files.status import State
from .carrier import Carrier
from .mirror import Mirror
from .placed import Placed, control_and_seq, files_to_send, is_to_stop, last_status, seq_to_ignore
from .wire import PIECE_BYTES, Cluster, Link, News, NodeLostError, UnfitNodeError

PLACE_INTERVAL_S = 0.1  # between two looks whether a run got its node
LOST_AFTER_S = 15.0  # without an answer, though the cluster takes the node for alive
TRANSFERS = 4  # runs that are sent to their nodes at once
RETRY_AFTER_S = 5.0  # what could not be done for a reason that may pass
MAX_RESTARTS = 20  # of a run whose trainer is stopped by its node again and again


class Relay:
    """See the module.

    Args:
        cluster: where to.
        on: what the queue calls it.
        say: gets one sentence about each thing that happens.
        clock: seconds that only grow.
    """

    def __init__(self, cluster: Cluster, on: str, *, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster, self._on, self.say, self._clock = cluster, on, say, clock
        self._runs: dict[str, Placed] = {}
        self._nodes: dict[str, Carrier] = {}
        self._changing = threading.RLock()
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(TRANSFERS, thread_name_prefix="transfer")
        self._thread = threading.Thread(target=self._work, name="placing", daemon=True)
        self._thread.start()

    @property
    def run_ids(self) -> list[str]:
        """The runs that it stands in for."""
        return list(self._runs)

    @property
    def waiting(self) -> int:
        """Those that have no node yet."""
        return sum(not placed.node for placed in list(self._runs.values()))

    def add(self, run: RunDirectory, control_seq: int | None = None) -> None:
        """Take a run on; it gets a node as soon as there is room.

        Args:
            run: it.
            control_seq: `seq` of its control file, if it is to be trained now; None: it was placed by an earlier relay.

        Raises:
            RunIsActiveError: another trainer is at work on it.
            RunDirectoryError: it cannot be written.
            OSError: the disk is full.
        """
        lock = hold_run_lock(run)
        try:
            known = read_placement(run.path.parent, run.run_id)
            placement = known if control_seq is None and known is not None else Placement(self._on, control_seq or 0)
            write_placement(run.path.parent, run.run_id, placement)
            placed = Placed(run, lock, Mirror(run), placement)
        except BaseException:
            lock.release()
            raise
        with self._changing:
            self._runs[run.run_id] = placed

    def close(self) -> None:
        """Let go; trainers go on until another relay asks for their files."""
        self._ended.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for node in list(self._nodes.values()):
            node.join()
        for placed in self._runs.values():
            placed.mirror.close()
            placed.lock.release()

    def _work(self) -> None:
        while not self._ended.wait(PLACE_INTERVAL_S):
            for placed in list(self._runs.values()):
                if placed.node or placed.sending or self._clock() < placed.not_before:
                    continue
                try:
                    self._find_place(placed)
                except Exception as error:  # noqa: BLE001 - whatever one run meets, the others go on
                    self._later(placed, f"{placed.run.run_id} waits for a node: {reason(error)}.")

    def _find_place(self, placed: Placed) -> None:
        if self._is_gone(placed):
            self._done(placed)
            return
        if not placed.placement.token and is_to_stop(placed):
            self._end_unplaced(placed, "stopped")
            return
        node = self._cluster.reserve(placed.run.run_id)
        if node is not None:
            placed.sending = True
            self._pool.submit(self._send, placed, node)

    def _send(self, placed: Placed, node: str) -> None:
        """Bring a run to its node, unless it is there already."""
        try:
            link = self._cluster.link(node)
            there = link.runs().get(placed.run.run_id)
            if there is None or there != placed.placement.token:
                if there is not None:  # an earlier beginning: the run was lost here and has gone on elsewhere
                    link.forget(placed.run.run_id)
                self._begin(placed, link, node)
            self._attach(placed, node, link)
        except UnfitNodeError as error:
            self._cluster.exclude(node)
            self._cluster.release(placed.run.run_id)
            self.say(described(error))
        except NodeLostError:
            self._cluster.release(placed.run.run_id)
        except Exception as error:  # noqa: BLE001 - a full disk, a damaged file: it is tried again, and the run is whole
            self._cluster.release(placed.run.run_id)
            self._later(placed, f"{placed.run.run_id} cannot be placed now: {reason(error)}.")
        finally:
            placed.sending = False

    def _begin(self, placed: Placed, link: Link, node: str) -> None:
        run = placed.run
        checkpoint, complaints = latest_checkpoint(run)
        if checkpoint is None and complaints:
            self._end_unplaced(placed, "failed", f"{' '.join(complaints)} No other one is left.")
            raise NodeLostError(run.run_id)
        cut_logs(run, checkpoint)
        placed.mirror.look_again()
        step = checkpoint.step if checkpoint is not None else 0
        placed.mirror.write(replace(last_status(placed), state="starting", process=ProcessIdentity.own(), num_timesteps=step, error=None))
        placed.control_seen = stamp(run.control)
        for path in files_to_send(run):
            content, offset = b"", 0
            while offset == 0 or len(content) == PIECE_BYTES:
                content = read_bytes(run.path / path, PIECE_BYTES - 1, offset=offset)
                link.receive(run.run_id, path, offset, content, (stamp(run.path / path) or (0,))[0])
                offset += len(content)
                if not content:
                    break
        self._place(placed, token=secrets.token_hex(8))
        link.begin(run.run_id, placed.placement.control_seq, placed.placement.token)
        self.say(f"{run.run_id} is trained on {self._cluster.name(node)}, from step {step:,} on.")

    def _attach(self, placed: Placed, node: str, link: Link) -> None:
        self._place(placed, node=self._cluster.name(node))
        with self._changing:
            placed.node = node
            if node not in self._nodes:
                self._nodes[node] = Carrier(self, node, link)

    def _place(self, placed: Placed, **changes: Any) -> None:
        """Change what is known of a placement."""
        placed.placement = replace(placed.placement, **changes)
        write_placement(placed.run.path.parent, placed.run.run_id, placed.placement)

    def drop_strangers(self, node: str, link: Link) -> None:
        """End the trainers of a node's runs that were lost and have gone on elsewhere, or are nobody's any more."""
        for run_id in link.runs():
            placed = self._runs.get(run_id)
            if placed is None or not (placed.node == node or placed.sending):
                link.forget(run_id)

    def on_node(self, node: str) -> dict[str, Placed]:
        """The runs that are placed on a node."""
        return {run_id: placed for run_id, placed in list(self._runs.items()) if placed.node == node}

    def take(self, placed: Placed, news: News, link: Link) -> None:
        """Write what a node says of a run; see whether it has ended."""
        run_id = placed.run.run_id
        if news["missing"]:
            self._move(placed, "is not on its node any more")
            return
        whole = placed.mirror.apply(news, lambda path, listed, offset: link.piece(run_id, path, listed, offset))
        if not (news["ended"] and whole):
            return
        status = placed.mirror.status
        if status is not None and status.state == "stopped" and not is_to_stop(placed) and placed.restarts < MAX_RESTARTS:
            placed.restarts += 1  # its node was shut down, or had lost us
            link.forget(run_id)
            self._move(placed, "was stopped by its node")
            return
        if status is None or status.process == ProcessIdentity.own():
            what = "The trainer ended at once on its node. The end of trainer.log says why."
            placed.mirror.write(replace(last_status(placed), state="failed", error=what))
        link.forget(run_id)
        placed.mirror.end()
        self._done(placed)

    def drop_deleted(self, placed: Placed, link: Link) -> bool:
        """End the trainer of a run that was deleted here, or that a trainer of this machine has taken. Returns whether it was."""
        if placed.lock.mend() and not self._is_gone(placed):
            return False
        link.forget(placed.run.run_id)
        self._done(placed)
        return True

    def lost(self, node: str) -> None:
        """A node does not answer any more: its runs go on elsewhere."""
        with self._changing:
            self._nodes.pop(node, None)
        for placed in self.on_node(node).values():
            self._move(placed, f"goes on elsewhere: {self._cluster.name(node)} is lost")

    def _move(self, placed: Placed, why: str) -> None:
        run = placed.run
        checkpoint, _ = latest_checkpoint(run)
        step = checkpoint.step if checkpoint is not None else 0
        sentence = f"The run {why}. It is resumed from step {step:,}."
        self.say(f"{run.run_id}: {sentence}")
        with contextlib.suppress(OSError, ValueError):
            events = EventsWriter(run)
            events.append(EventRow(at=now_text(), step=step, kind="warning", message=sentence))
            events.log.close()
        seq = seq_to_ignore(run)
        with contextlib.suppress(OSError):
            self._place(placed, token="", node="", control_seq=placed.placement.control_seq if seq is None else seq)
        self._cluster.release(run.run_id)
        placed.node = ""

    def _end_unplaced(self, placed: Placed, state: State, error: str | None = None) -> None:
        """Say of a run without a node what its trainer would have said."""
        seq = control_and_seq(placed.run)[1]
        placed.mirror.write(replace(last_status(placed), state=state, applied_seq=seq, error=error, process=ProcessIdentity.own()))
        self._done(placed)

    def _done(self, placed: Placed) -> None:
        with self._changing:
            self._runs.pop(placed.run.run_id, None)
        placed.node = ""
        self._cluster.release(placed.run.run_id)
        with contextlib.suppress(OSError):
            remove_placement(placed.run.path.parent, placed.run.run_id)
        placed.mirror.close()
        placed.lock.release()
        self.say(f"{placed.run.run_id} has ended.")

    def _is_gone(self, placed: Placed) -> bool:
        return not (exists(placed.run.config) and is_placed(placed.run.path.parent, placed.run.run_id))

    def _later(self, placed: Placed, sentence: str) -> None:
        placed.not_before = self._clock() + RETRY_AFTER_S
        self.say(sentence)

    @property
    def ended(self) -> threading.Event:
        """Set when the relay closes."""
        return self._ended

    def is_lost(self, node: str, silent_s: float) -> bool:
        """Whether a node that has not answered for so long is to be given up."""
        return silent_s > LOST_AFTER_S or not self._cluster.is_alive(node)

    def link(self, node: str) -> Link:
        """The agent of a node; see `Cluster`."""
        return self._cluster.link(node)
