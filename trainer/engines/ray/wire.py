"""What head and node tell each other: plain types, so that neither side needs the other's classes to read it."""

from abc import ABC, abstractmethod
from typing import Any, Protocol, TypedDict

from ...errors import ControlRoomError

Stamp = tuple[int, int, int]
"""Nanoseconds of the last change, bytes, inode."""
Listing = dict[str, tuple[int, int]]
"""Path in the run directory → bytes and nanoseconds of the last change."""

PIECE_BYTES = 4 * 2**20  # of a file, in one call
LOG_BYTES = 2**20  # of one log, in one answer
TAIL_BYTES = 64  # before the end of a log: tells whether two logs have the same beginning


class Ask(TypedDict):
    """What the head has of a run."""

    logs: dict[str, tuple[int, bytes]]
    """File name → its size and its last `TAIL_BYTES`."""
    status: Stamp | None
    """Of the last `status.json` that came."""
    listing: int
    """Names the last listing that was worked through; 0: none was."""


class News(TypedDict):
    """What a node has of it that the head has not."""

    logs: dict[str, tuple[int, bytes]]
    """File name → where it goes on and with what; at 0: the whole log is another one."""
    more: bool
    """Whether there is more of the logs than one answer takes."""
    status: tuple[Stamp, bytes] | None
    listing: Listing | None
    """Of all other files, if it differs from the one that the head knows."""
    listing_id: int
    ended: bool
    """Whether no trainer is at work on it any more: what there is now is all there will be."""
    missing: bool
    """Whether the node knows no such run."""


class NodeLostError(Exception):
    """A node does not answer."""


class Link(Protocol):
    """An agent, as the head calls it. Every method raises `NodeLostError` if its node does not answer."""

    def runs(self) -> dict[str, str]:
        """The runs that it has, and with which token each was begun."""

    def receive(self, run_id: str, path: str, offset: int, content: bytes, modified_ns: int) -> None:
        """Take a piece of a file of a run that is to be trained there."""

    def begin(self, run_id: str, control_seq: int, token: str) -> None:
        """Start a trainer on a run whose files have all been received; the token is this placement's."""

    def put(self, run_id: str, content: bytes) -> None:
        """Replace the run's `control.json`."""

    def news(self, asks: dict[str, Ask], wait_s: float) -> dict[str, News]:
        """What is new of some runs; waits for it, but no longer than so many seconds."""

    def piece(self, run_id: str, path: str, listed: tuple[int, int], offset: int) -> bytes | None:
        """At most `PIECE_BYTES` of a file; None if it is not as it was listed any more."""

    def forget(self, run_id: str) -> None:
        """End the run's trainer, if there is one, and delete what there is of the run."""


class CallingLink(ABC):
    """A `Link` whose every method is a call of the agent's method of the same name; a subclass makes the call."""

    @abstractmethod
    def _call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the agent; returns its answer."""

    def runs(self) -> dict[str, str]:
        """See `Link`."""
        answer: dict[str, str] = self._call("runs")
        return answer

    def receive(self, run_id: str, path: str, offset: int, content: bytes, modified_ns: int) -> None:
        """See `Link`."""
        self._call("receive", run_id, path, offset, content, modified_ns)

    def begin(self, run_id: str, control_seq: int, token: str) -> None:
        """See `Link`."""
        self._call("begin", run_id, control_seq, token)

    def put(self, run_id: str, content: bytes) -> None:
        """See `Link`."""
        self._call("put", run_id, content)

    def news(self, asks: dict[str, Ask], wait_s: float) -> dict[str, News]:
        """See `Link`."""
        answer: dict[str, News] = self._call("news", asks, wait_s)
        return answer

    def piece(self, run_id: str, path: str, listed: tuple[int, int], offset: int) -> bytes | None:
        """See `Link`."""
        answer: bytes | None = self._call("piece", run_id, path, listed, offset)
        return answer

    def forget(self, run_id: str) -> None:
        """See `Link`."""
        self._call("forget", run_id)


class UnfitNodeError(ControlRoomError):
    """A node cannot train what this machine would: its versions differ."""


class Cluster(Protocol):
    """The machines that trainers are placed on."""

    def room(self) -> int:
        """CPUs that nobody has reserved, of nodes that can train."""

    def reserve(self, run_id: str) -> str | None:
        """Ask for one CPU for a run, if that was not done yet; returns the node as soon as there is one."""

    def release(self, run_id: str) -> None:
        """Give the CPU back."""

    def exclude(self, node: str) -> None:
        """Never give a place on a node again."""

    def link(self, node: str) -> Link:
        """The agent of a node; started if it is not there.

        Raises:
            NodeLostError: the node does not answer.
            UnfitNodeError: its versions differ.
        """

    def is_alive(self, node: str) -> bool:
        """Whether the cluster has the node."""

    def name(self, node: str) -> str:
        """What people call a node."""
