"""Eight rules that Streamlit 1.67 lacks; `apply_streamlit_fixes` sets them. Without either of the first two a page is left white.

**A part of a page that was left is not run.** Streamlit accepts a request for a part of a page as long as the page that follows has
not been drawn once (`AppSession.request_rerun` asks the fragment storage, which only a finished run clears), and runs it afterwards as
a run of the *old* page: `ScriptRunner._run_script` announces that page, the browser, which shows another one, takes this for a change
of the page (`handleNewSession`) and removes everything, and the next refresh finds no place for what it draws.

**What a part has drawn is sent.** When a part is drawn anew before the server has sent what it drew last, Streamlit takes this out of
the queue (`ForwardMsgQueue.clear`): all messages that name the part. A message that stands for one the browser keeps (`ref_hash`, for
instance of a chart that is as it was) names none and stays, and so does what a part inside the part has drawn; the containers that
they belong into are gone, and the browser, which does not find them, gives up ("Cannot set a node at a delta path"). Sending
everything is right: it is what happens when the server is a little faster.

**What was asked for is answered.** Before a whole page is drawn, everything that was not sent yet is taken out of the queue, also the
address of a file that a person has just asked for, the one to which a file is to be sent, and the way to a provider who signs in or out:
the press came to nothing.

**What was asked for is done.** A run of the page that brings a click along stops where the next run is waiting, and the click is gone
(`ScriptRequests.on_scriptrunner_yield`). So no page looks at what a button returns; callbacks do what is asked for, and they come
first. But every look at the session inside a callback is such a place as well, and so is the moment before the first callback.

**What waits is not forgotten.** A press in a part of the page waits until the run of the page has ended. When the next thing that a
person does is about the whole page, Streamlit stops that run and forgets what waits for it (`AppSession.request_rerun`): a press on
Pause and a click on a link right after it would not pause. The run that follows brings the press along. `st.stop` forgets it as well,
and is called by no page.

**Nor what was asked of a part that is gone.** While a part is in use the page may be drawn anew without it; Streamlit throws away what
was pressed there (`AppSession.request_rerun`). It is done all the same, with a run of the page.

**What is due on several timers is done in one run, in turns with other pages**: see `pages.ui.shell.refreshing`.

**What a person downloads is kept until it is fetched**: see `pages.ui.shell.kept_downloads`.
"""

import time
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Any, Final

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils import script_requests
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.state.safe_session_state import SafeSessionState

from pages.ui.shell.kept_downloads import keep_downloads
from pages.ui.shell.refreshing import draw_in_turn, note_cost, stop_waiting, take_due, was_just_drawn

_RUN: Final = ScriptRunner._run_script  # noqa: SLF001 - Streamlit has no other place for the rules
_CLEAR: Final = ForwardMsgQueue.clear
_ANSWERS: Final = ("backend_operation_response", "file_urls_response", "auth_redirect")
_REQUEST: Final = AppSession.request_rerun
_RERUN: Final = ScriptRequests.request_rerun
_ANSWER: Final = SafeSessionState.on_script_will_rerun

_due: ContextVar[list[str]] = ContextVar("parts that are drawn by one timer", default=[])  # noqa: B039 - nobody changes it


def _run_unless_left(runner: ScriptRunner, rerun_data: RerunData) -> None:
    """Run a page, or a part of the page that is shown; a part of any other page is forgotten."""
    if rerun_data.fragment_id_queue and not _is_shown(runner, rerun_data.page_script_hash):
        return
    began = time.thread_time()
    _RUN(runner, rerun_data)
    if rerun_data.fragment_id_queue and rerun_data.is_auto_rerun:
        note_cost(runner._fragment_storage, time.thread_time() - began)  # noqa: SLF001


def _clear_for_pages_alone(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    """Clear the queue before a page is drawn; before a part of it, only what is to come no longer takes the place of what is there."""
    if fragment_ids_this_run is None:
        kept = _ANSWERS if retain_lifecycle_msgs else ()  # else all that was in it has just been sent
        answers = [message for message in queue._queue if message.WhichOneof("type") in kept]  # noqa: SLF001
        _CLEAR(queue, retain_lifecycle_msgs)
        queue._queue[:0] = answers  # noqa: SLF001
    else:
        queue._delta_index_map = {}  # noqa: SLF001


def _answer_to_the_end(state: SafeSessionState, *args: Any, **kwargs: Any) -> None:
    """Take over what the browser has sent and call the callbacks; the next run of the page waits that long."""
    may_stop = state._yield_callback  # noqa: SLF001
    object.__setattr__(state, "_yield_callback", lambda: None)  # its own `__setattr__` is that of the session
    try:
        _ANSWER(state, *args, **kwargs)
    finally:
        object.__setattr__(state, "_yield_callback", may_stop)


def _request(session: AppSession, client_state: ClientState | None) -> None:
    """Request a run of the page or of a part of it; by a timer, one of all parts that are due, when it is the page's turn."""
    storage = session._fragment_storage  # noqa: SLF001
    if client_state is not None and client_state.fragment_id and client_state.is_auto_rerun:
        if not was_just_drawn(storage, client_state.fragment_id):
            draw_in_turn(storage, partial(_draw_what_is_due, session, client_state))
        return
    stop_waiting(storage)
    if client_state is None or not client_state.fragment_id:
        _request_with_what_waits(session, client_state)
    elif session.has_fragment(client_state.fragment_id) or not _is_shown(session, client_state.page_script_hash):
        _REQUEST(session, client_state)
    else:
        client_state.fragment_id = ""
        _request_with_what_waits(session, client_state)


def _draw_what_is_due(session: AppSession, client_state: ClientState) -> None:
    """Request one run of all parts that are due."""
    if session._state == AppSessionState.SHUTDOWN_REQUESTED:  # noqa: SLF001 - while it waited for its turn
        return
    if due := take_due(session._fragment_storage, client_state.fragment_id, session.has_fragment):  # noqa: SLF001
        before = _due.set(due)
        _REQUEST(session, client_state)
        _due.reset(before)


def _is_shown(where: AppSession | ScriptRunner, page: str) -> bool:
    return bool(where._pages_manager.current_page_script_hash == page)  # noqa: SLF001


def _rerun_what_is_due(requests: ScriptRequests, data: RerunData) -> bool:
    """Request a run; that of a part by its timer is one of all that are due."""
    if data.is_auto_rerun and data.fragment_id and (due := _due.get()):
        return requests.request_rerun_batch([replace(data, fragment_id=part) for part in due])
    return _RERUN(requests, data)


def _request_with_what_waits(session: AppSession, client_state: ClientState | None) -> None:
    """Request a run of a whole page, which ends the present one; it brings along what waits for the end of that."""
    runner = session._scriptrunner  # noqa: SLF001
    if runner is not None and client_state is not None:
        waiting = _take_what_waits(runner._requests)  # noqa: SLF001
        states = script_requests._coalesce_widget_states(waiting, client_state.widget_states)  # noqa: SLF001
        if states is not None:
            client_state.widget_states.CopyFrom(states)
    _REQUEST(session, client_state)


def _take_what_waits(requests: ScriptRequests) -> WidgetStates | None:
    """What the browser has sent along with a request that no run has begun with; nobody else takes it any more."""
    with requests._lock:  # noqa: SLF001
        if requests._state != ScriptRequestType.RERUN:  # noqa: SLF001
            return None
        requests._state = ScriptRequestType.CONTINUE  # noqa: SLF001
        return requests._rerun_data.widget_states  # noqa: SLF001


def apply_streamlit_fixes() -> None:
    """Set all rules, for all sessions of this process; a second call changes nothing."""
    ScriptRunner._run_script = _run_unless_left  # type: ignore[assignment]  # noqa: SLF001
    ForwardMsgQueue.clear = _clear_for_pages_alone  # type: ignore[assignment]
    SafeSessionState.on_script_will_rerun = _answer_to_the_end  # type: ignore[assignment]
    AppSession.request_rerun = _request  # type: ignore[assignment]
    ScriptRequests.request_rerun = _rerun_what_is_due  # type: ignore[assignment]
    keep_downloads()
