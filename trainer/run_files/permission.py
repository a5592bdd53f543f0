"""Whether what is under way may change anything: asked by all that writes a file (`opening`, `locks`), starts or ends a process.

A command of the user's own may. The app acts for many persons, some of whom may only look: it says once who decides
(`ask_before_changes`). So a page, a callback or a part of the trainer that is added later needs to do nothing: whatever it changes
is refused for a person who may only look, when it is about to be changed.

What the program writes on its own account, whoever looks, is marked as such (`whoever_looks`): a cache beside a log, how a process
has ended, a game that is played to be watched. No file of a run that says anything is among them.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from ..errors import NotPermittedError

T = TypeVar("T")
Require = Callable[[], None]
"""Raises `NotPermittedError` if whoever it is that acts now may only look."""


def _may_always() -> None:
    """A command of the user's own."""


_require: Require = _may_always
_whoever_looks: ContextVar[bool] = ContextVar("written whoever looks", default=False)


def ask_before_changes(require: Require | None) -> None:
    """From now on this decides, for the whole process; None: everything may be changed, as in a command."""
    global _require  # noqa: PLW0603 - a process has one
    _require = require or _may_always


def require_permission() -> None:
    """Refuse a change that whoever acts now may not make.

    Raises:
        NotPermittedError: that person may only look; the sentence says why.
    """
    if not _whoever_looks.get():
        _require()


def is_permitted() -> bool:
    """Whether whoever acts now may make changes."""
    try:
        require_permission()
    except NotPermittedError:
        return False
    return True


@contextlib.contextmanager
def whoever_looks() -> Iterator[None]:
    """What is written inside, the program writes on its own account; see the module."""
    token = _whoever_looks.set(True)
    try:
        yield
    finally:
        _whoever_looks.reset(token)


def permitted_now(work: Callable[[], T]) -> Callable[[], T]:
    """The work, as another thread may do it later for whoever asks now: a thread of the app's is nobody's and changes nothing else.

    Raises:
        NotPermittedError: whoever asks may only look.
    """
    require_permission()

    def do() -> T:
        with whoever_looks():
            return work()

    return do
