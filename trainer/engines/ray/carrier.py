"""Carries news from one node and commands to it, in two threads, for as long as the node answers."""

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from ...errors import reason
from ...run_files.opening import stamp
from .placed import Placed, control_and_seq
from .wire import Link, News, NodeLostError

if TYPE_CHECKING:
    from .relay import Relay

LOOK_INTERVAL_S = 0.05  # between two looks at the control files
LOOKS_AT_FOLDER, LOOKS_AT_STRANGERS = 20, 200  # one look in so many: whether a run was deleted, and what else a node has
NEWS_WAIT_S = 1.0


class Carrier:
    """The two threads that carry news from a node and commands to it."""

    def __init__(self, relay: "Relay", node: str, link: Link) -> None:
        self._relay, self._node, self._link = relay, node, link
        self._lost = threading.Event()
        self._answered_at = time.monotonic()
        self._threads = [
            threading.Thread(target=work, name=f"node-{node[:6]}", daemon=True) for work in (self._carry_news, self._carry_control)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until both threads have ended."""
        for thread in self._threads:
            thread.join()

    def _carry_news(self) -> None:
        while not (self._relay.ended.is_set() or self._lost.is_set()):
            try:
                self._ask()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next answer may come
                self._relay.say(f"The node {self._node[:8]} cannot be asked now: {reason(error)}.")
                self._lost.wait(NEWS_WAIT_S)

    def _ask(self) -> None:
        placed = self._relay.on_node(self._node)
        if not placed:
            self._lost.wait(LOOK_INTERVAL_S)
            self._answered_at = time.monotonic()
            return
        try:
            asks = {run_id: one.mirror.ask() for run_id, one in placed.items()}
            for run_id, news in self._link.news(asks, NEWS_WAIT_S).items():
                self._take(placed[run_id], news)
            self._answered_at = time.monotonic()
        except NodeLostError:
            if self._relay.is_lost(self._node, time.monotonic() - self._answered_at):
                self._lost.set()
                self._relay.lost(self._node)
                return
            self._lost.wait(LOOK_INTERVAL_S)
            with contextlib.suppress(NodeLostError):
                self._link = self._relay.link(self._node)  # another agent, if that one alone has died

    def _take(self, placed: Placed, news: News) -> None:
        try:
            self._relay.take(placed, news, self._link)
        except NodeLostError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one run meets, those of the others come
            self._relay.say(f"{placed.run.run_id}: its files cannot be brought now: {reason(error)}.")
            self._lost.wait(LOOK_INTERVAL_S)

    def _carry_control(self) -> None:
        looks = 0
        while not (self._relay.ended.wait(LOOK_INTERVAL_S) or self._lost.is_set()):
            looks += 1
            with contextlib.suppress(Exception):  # it is tried again at the next look; what it means, the news tell
                if looks % LOOKS_AT_STRANGERS == 1:
                    self._relay.drop_strangers(self._node, self._link)
                for run_id, placed in self._relay.on_node(self._node).items():
                    if looks % LOOKS_AT_FOLDER or not self._relay.drop_deleted(placed, self._link):
                        self._send_control(run_id, placed)

    def _send_control(self, run_id: str, placed: Placed) -> None:
        found = stamp(placed.run.control)
        if found is None or found == placed.control_seen:
            return
        content, _ = control_and_seq(placed.run)
        if content is not None:
            self._link.put(run_id, content)
            placed.control_seen = found
