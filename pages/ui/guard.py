"""No traceback ever reaches a person: what goes wrong in a page becomes one sentence there, and the details go to the log."""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import streamlit as st

from pages.ui.text import escaped
from trainer.errors import ControlRoomError

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("control_room")


@contextmanager
def guard() -> Iterator[None]:
    """Show what goes wrong inside as one sentence. Streamlit's own rerun and stop pass through."""
    try:
        yield
    except ControlRoomError as error:
        st.error(escaped(error, limit=1_000), icon=":material/error:")
    except Exception:
        log.exception("A part of the page could not be drawn.")
        st.error("This part could not be shown. The training is not affected; the details are in the app's log.", icon=":material/error:")


def looked_at(look: Callable[[], R], otherwise: Callable[[], R]) -> R:
    """What a look at one run of several gives; one that fails must not take the others from the page.

    Args:
        look: at the run.
        otherwise: what is shown of a run whose look has failed; the details go to the log.
    """
    try:
        return look()
    except Exception:
        log.exception("A run could not be looked at.")
        return otherwise()


def guarded(function: Callable[P, R]) -> Callable[P, R | None]:
    """The function under `guard`; it returns None where it failed."""

    @functools.wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R | None:
        with guard():
            return function(*args, **kwargs)
        return None

    return inner


def fragment(function: Callable[P, object], every: float | None = None) -> Callable[P, object]:
    """The function under `guard`, as a part of the page that runs again without the rest.

    The only place that calls `st.fragment`: what fails when a part runs again alone is outside the
    guard of its page.

    Args:
        function: draws the part.
        every: seconds after which it runs again by itself; None: when something in it is used.
    """
    part: Callable[P, object] = st.fragment(guarded(function), run_every=every)
    return part
