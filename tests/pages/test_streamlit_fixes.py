"""Nothing is lost between server and browser: what a part of a page has drawn, and what a person has pressed."""

from collections.abc import Sequence

import pytest
from streamlit.proto.AuthRedirect_pb2 import AuthRedirect
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLsResponse
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_cache import create_reference_msg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

from pages.ui.shell.streamlit_fixes import apply_streamlit_fixes

Path = tuple[int, ...]


apply_streamlit_fixes()


def _drawn(path: Path, *, part: str, block: bool = False) -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = part
    if block:
        message.delta.add_block.allow_empty = True
    else:
        message.delta.new_element.markdown.body = f"{path}"
    message.hash = f"{part}{path}"
    return message


def _kept_by_the_browser(path: Path, *, part: str) -> ForwardMsg:
    return create_reference_msg(_drawn(path, part=part))


def _finished(part: str) -> ForwardMsg:
    message = ForwardMsg(script_finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
    message.metadata.run.fragment_ids.append(part)
    return message


def _in_the_browser(messages: Sequence[ForwardMsg]) -> dict[Path, int]:
    """The nodes that are there at the end, and how many children each has; it fails where a browser would.

    See `SetNodeByDeltaPathVisitor` of Streamlit's frontend.
    """
    children: dict[Path, int] = {(): 1, (0,): 0}
    for message in messages:
        path = tuple(message.metadata.delta_path)
        if message.HasField("script_finished"):
            continue
        parent, index = path[:-1], path[-1]
        assert parent in children, f"Cannot set a node at a delta path {path}"
        assert index <= children[parent], f"Bad delta path index {path}"
        children[parent] = max(children[parent], index + 1)
        children.setdefault(path, 0)
    return children


@pytest.mark.parametrize("flushed", range(5), ids="{} are sent already".format)
@pytest.mark.parametrize("chart", [_drawn, _kept_by_the_browser])
@pytest.mark.parametrize("part_of_chart", ["outer", "inner"])
def test_what_is_drawn_twice_before_it_is_sent_finds_its_place(flushed: int, chart: object, part_of_chart: str) -> None:
    assert callable(chart)
    run = [
        _drawn((0, 0), part="outer", block=True),
        _drawn((0, 0, 0), part="outer"),
        _drawn((0, 0, 1), part="outer", block=True),
        chart((0, 0, 1, 0), part=part_of_chart),
        _drawn((0, 0, 1, 1), part="outer"),
        _finished("outer"),
    ]
    queue, sent = ForwardMsgQueue(), list[ForwardMsg]()
    for number, message in enumerate(run):
        queue.enqueue(message)
        if number + 1 == flushed:
            sent += queue.flush()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["outer"])
    for message in run:
        queue.enqueue(message)
    sent += queue.flush()
    assert _in_the_browser(sent) == {(): 1, (0,): 1, (0, 0): 2, (0, 0, 0): 0, (0, 0, 1): 2, (0, 0, 1, 0): 0, (0, 0, 1, 1): 0}
    last = [tuple(message.metadata.delta_path) for message in sent[-len(run) :]]
    assert last == [tuple(message.metadata.delta_path) for message in run], "the browser keeps what came after the last beginning alone"


def test_before_a_whole_page_is_drawn_what_was_not_sent_is_forgotten() -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(_drawn((0, 0), part="", block=True))
    queue.enqueue(_finished(""))
    queue.clear(retain_lifecycle_msgs=True)
    assert [message.WhichOneof("type") for message in queue.flush()] == ["script_finished"]


@pytest.mark.parametrize(
    "answer",
    [
        ForwardMsg(backend_operation_response=BackendOperationResponse(request_id="a download")),
        ForwardMsg(file_urls_response=FileURLsResponse(response_id="an upload")),
        ForwardMsg(auth_redirect=AuthRedirect(url="/auth/logout")),
    ],
    ids=["a download", "an upload", "signing out"],
)
def test_the_answer_to_a_press_is_sent_though_the_page_is_drawn_anew(answer: ForwardMsg) -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(_drawn((0, 0), part="", block=True))
    queue.enqueue(answer)
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.flush() == [answer]
    assert queue.flush() == [], "once"


class _Runner:
    """A run of the page that has begun, and all that a session knows of one."""

    def __init__(self) -> None:
        self._requests = ScriptRequests()
        self.request_stop, self.request_rerun = self._requests.request_stop, self._requests.request_rerun
        self.request_rerun(RerunData())
        self._requests.on_scriptrunner_ready()


def _pressed(*buttons: str) -> WidgetStates:
    return WidgetStates(widgets=[WidgetState(id=button, trigger_value=True) for button in buttons])


@pytest.mark.parametrize("waits", [True, False])
def test_a_press_that_waits_goes_along_with_the_run_that_ends_the_present_one(monkeypatch: pytest.MonkeyPatch, waits: bool) -> None:
    begun = list[RerunData]()
    monkeypatch.setattr(AppSession, "_create_scriptrunner", lambda _session, data: begun.append(data))
    session, runner = AppSession.__new__(AppSession), _Runner()
    session._state, session._client_state, session._scriptrunner = AppSessionState.APP_IS_RUNNING, ClientState(), runner  # type: ignore[assignment]
    session._fragment_storage = MemoryFragmentStorage()
    if waits:
        runner.request_rerun(RerunData(fragment_id="sidebar", widget_states=_pressed("pause")))
    session.request_rerun(ClientState(page_script_hash="another page", widget_states=_pressed("link")))
    session._state = AppSessionState.SHUTDOWN_REQUESTED  # there is nothing to shut down
    (data,) = begun
    assert data.widget_states is not None
    assert {one.id for one in data.widget_states.widgets} == {"link"} | ({"pause"} if waits else set())
    assert data.page_script_hash == "another page"
    assert runner._requests.on_scriptrunner_ready().type == ScriptRequestType.STOP, "it is obeyed once"
