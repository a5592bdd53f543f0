"""No traceback ever reaches a person: what goes wrong becomes one sentence where it happened, and the details go to the log.

All that the app does for a person is guarded here and nowhere else: what draws a page by `guard`, the parts of it that run again alone
by `fragment` and `dialog`, and what a widget calls by `callback`. A callback runs before anything is drawn. So its sentence is kept and
drawn at the top of the part that has the widget, until something else is asked for there.

Who may only look needs no word here: whatever a callback changes is refused where it is about to be changed
(`trainer.run_files.permission`), and the refusal is a sentence like any other. A button that changes something takes its `disabled` and
`help` from `pages.ui.people.person.operator_only`. Whose sign-in has expired is shown nothing more, and answered nothing.
"""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, NamedTuple, ParamSpec, TypeVar

import streamlit as st

from pages.ui.control_values import is_news
from pages.ui.dialogs import begin_dialogs, close_dialog, opened
from pages.ui.people.person import is_stranger, require_signed_in
from pages.ui.shell.navigation import shown_page
from pages.ui.shell.refreshing import note_drawn
from pages.ui.text import escaped
from trainer.errors import ControlRoomError, is_out_of_memory, reason

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("control_room")


class _Part(NamedTuple):
    """A part of a page.

    Attributes:
        name: tells parts apart.
        about: what it shows; when that is something else, what was refused before is forgotten.
    """

    name: str
    about: str = ""


_PAGE = _Part("page")  # what is in no other part
_drawn: ContextVar[_Part] = ContextVar("part that is being drawn", default=_PAGE)
_REFUSED = "refused"  # in the session, by name of a part: what it showed, and the sentence


def _sentence(error: Exception, what: str) -> str:
    """What a person is told; the details of what nobody has explained go to the log.

    Args:
        error: what went wrong.
        what: the beginning of a sentence of our own.
    """
    if isinstance(error, ControlRoomError):
        return str(error)
    log.error(what, exc_info=error)
    place = f": {error.filename}" if isinstance(error, OSError) and error.filename else ""
    why = f" ({reason(error)}{place})" if isinstance(error, OSError) or is_out_of_memory(error) else ""
    return f"{what}{why}. The training is not affected; the details are in the app's log."


def _say(sentence: str) -> None:
    st.error(escaped(sentence, limit=1_000), icon=":material/error:")


@contextmanager
def guard() -> Iterator[None]:
    """Show what goes wrong inside as one sentence. Streamlit's own rerun and stop pass through."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - it is logged
        _say(_sentence(error, "This part could not be shown"))


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


def begin_page() -> None:
    """Called before a page draws anything: above it stands what was refused outside of its parts."""
    _drawn.set(_PAGE._replace(about=shown_page()))
    begin_dialogs()
    _draw_refusal()


def fragment(function: Callable[P, object], every: float | None = None, about: str = "") -> Callable[P, object]:
    """The function under `guard`, as a part of the page that runs again without the rest.

    The only place that calls `st.fragment`: what fails when a part runs again alone is outside the guard of its page.

    Args:
        function: draws the part.
        every: seconds after which it runs again by itself; None: when something in it is used.
        about: what the part shows: a refusal is forgotten when that is something else.
    """
    part: Callable[P, object] = st.fragment(_as_part(function, about, every), run_every=every)
    return part


def dialog(title: str, width: Literal["small", "medium", "large"] = "small") -> Callable[[Callable[P, object]], Callable[P, object]]:
    """A decorator: the function under `guard`, as a dialog that is open until `close_dialog` is called.

    The only place that calls `st.dialog`.
    """

    def decorate(function: Callable[P, object]) -> Callable[P, object]:
        @functools.wraps(function)
        def draw(*args: P.args, **kwargs: P.kwargs) -> None:
            if opened() is None:  # a callback has closed it
                st.rerun()
            function(*args, **kwargs)

        @functools.wraps(function)
        def show(*args: P.args, **kwargs: P.kwargs) -> None:
            dismissed = _answering(functools.partial(close_dialog, opened()), _Part(_name(function)))  # the word of it may come late
            st.dialog(title, width=width, on_dismiss=dismissed)(_as_part(draw))(*args, **kwargs)

        return show

    return decorate


def _as_part(function: Callable[P, object], about: str = "", every: float | None = None) -> Callable[P, None]:
    @functools.wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> None:
        if is_stranger():
            st.rerun()  # the page, which asks to sign in
        note_drawn(every)
        with _within(_Part(_name(function), about)):
            _draw_refusal()
            with guard():
                function(*args, **kwargs)

    return draw


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@contextmanager
def _within(part: _Part) -> Iterator[None]:
    token = _drawn.set(part)
    try:
        yield
    finally:
        _drawn.reset(token)


def _draw_refusal() -> None:
    """What could not be done here, in a container that is always there, so that what follows keeps its place."""
    part, refused = _drawn.get(), st.session_state.get(_REFUSED, {})
    with st.container():
        if part.name in refused and refused[part.name][0] == part.about:
            _say(refused[part.name][1])
        else:
            refused.pop(part.name, None)


def callback(function: Callable[P, object], value: str | None = None, *, of_strangers: bool = False) -> Callable[P, None]:
    """What a widget calls, under a guard: the part of the page that is being drawn now says what could not be done.

    Args:
        function: does what a person asks for.
        value: the key of the widget, if `value_key` made it: only what is news there is asked for by a person.
        of_strangers: whether somebody who is not signed in may ask for it, too.
    """
    return _answering(function, _drawn.get(), value, of_strangers=of_strangers)


def _answering(function: Callable[P, object], part: _Part, value: str | None = None, *, of_strangers: bool = False) -> Callable[P, None]:
    def answer(*args: P.args, **kwargs: P.kwargs) -> None:
        if value is not None and not is_news(value):
            return
        st.session_state.get(_REFUSED, {}).pop(part.name, None)
        with _within(part):
            try:
                if not of_strangers:
                    require_signed_in()
                function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - it is logged
                refuse(error)

    return answer


def refuse(error: Exception) -> None:
    """Let the part that is drawn, or whose widget is being answered, say what could not be done."""
    part = _drawn.get()
    st.session_state.setdefault(_REFUSED, {})[part.name] = (part.about, _sentence(error, "That could not be done"))
