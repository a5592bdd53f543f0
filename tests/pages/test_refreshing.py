"""Several timers of a page make one run of its parts, and nothing is drawn twice for that."""

import itertools
from collections.abc import Iterator

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from pages.ui.shell import refreshing, streamlit_fixes
from pages.ui.shell.refreshing import _Drawn, take_due
from pages.ui.shell.streamlit_fixes import apply_streamlit_fixes

PAGE = "the page"

apply_streamlit_fixes()


@pytest.fixture
def storage() -> Iterator[MemoryFragmentStorage]:
    """Of a session whose page has two parts with a timer of a second each, and one that is drawn every five seconds; drawn at 0."""
    storage = MemoryFragmentStorage()
    refreshing._drawn[storage] = {"a": _Drawn(0.0, 1.0), "b": _Drawn(0.0, 1.0), "slow": _Drawn(0.0, 5.0)}
    yield storage
    refreshing._drawn.pop(storage)


def _due(storage: MemoryFragmentStorage, asked: str, at: float, *, gone: str = "") -> list[str]:
    return take_due(storage, asked, lambda part: part != gone, lambda: at)


def test_the_first_timer_brings_the_others_along(storage: MemoryFragmentStorage) -> None:
    assert _due(storage, "a", 1.0) == ["a", "b"]
    assert _due(storage, "b", 1.1) == [], "it was drawn with the other one"
    assert _due(storage, "b", 2.05) == ["b", "a"]
    assert _due(storage, "slow", 5.0) == ["slow", "a", "b"]


def test_a_part_that_was_drawn_some_time_ago_is_drawn_by_its_own_timer_but_not_by_another_one(storage: MemoryFragmentStorage) -> None:
    assert _due(storage, "a", 0.6) == ["a"]
    assert _due(storage, "b", 0.7) == ["b"]


def test_no_part_is_drawn_less_often_than_every_one_and_a_half_of_its_intervals(storage: MemoryFragmentStorage) -> None:
    phases = {"a": 0.0, "b": 0.35, "slow": 0.8}
    every = {"a": 1.0, "b": 1.0, "slow": 5.0}
    asked = sorted((phases[part] + number * every[part], part) for part in phases for number in range(1, round(200 / every[part])))
    drawn: dict[str, list[float]] = {part: [] for part in phases}
    for at, part in asked:
        for one in _due(storage, part, at):
            drawn[one].append(at)
    for part, times in drawn.items():
        gaps = [after - before for before, after in itertools.pairwise(times)]
        assert max(gaps) <= 1.5 * every[part]
        assert min(gaps) >= 0.5 * every[part]


def test_a_part_that_is_not_on_the_page_any_more_is_left_out(storage: MemoryFragmentStorage) -> None:
    assert _due(storage, "a", 1.0, gone="b") == ["a"]


def test_a_part_that_nobody_knows_of_is_drawn(storage: MemoryFragmentStorage) -> None:
    assert _due(storage, "new", 0.1) == ["new"]
    assert _due(MemoryFragmentStorage(), "new", 0.1) == ["new"]


class _Pages:
    current_page_script_hash = PAGE


class _Requested:
    """A session whose runs are only noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *parts: str) -> None:
        self.runs = list[RerunData]()
        monkeypatch.setattr(AppSession, "_create_scriptrunner", self._run)
        monkeypatch.setattr(AppSession, "has_fragment", lambda _session, part: part in parts)
        self.session = session = AppSession.__new__(AppSession)
        session._state, session._client_state, session._scriptrunner = AppSessionState.APP_IS_RUNNING, ClientState(), None
        session._fragment_storage, session._pages_manager = MemoryFragmentStorage(), _Pages()  # type: ignore[assignment]

    def _run(self, data: RerunData) -> None:
        requests = ScriptRequests()
        requests.request_rerun(data)
        self.runs.append(requests.on_scriptrunner_ready().rerun_data)

    def ask(self, **fields: object) -> None:
        self.session.request_rerun(ClientState(page_script_hash=PAGE, **fields))  # type: ignore[arg-type]
        self.session._state = AppSessionState.APP_IS_RUNNING


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Requested]:
    """A session with two parts on its page."""
    asked = _Requested(monkeypatch, "a", "b")
    yield asked
    asked.session._state = AppSessionState.SHUTDOWN_REQUESTED  # there is nothing to shut down


def test_all_that_is_due_is_one_run(asked: _Requested) -> None:
    refreshing._drawn[asked.session._fragment_storage] = {"a": _Drawn(-9.0, 1.0), "b": _Drawn(-9.0, 1.0)}
    asked.ask(fragment_id="a", is_auto_rerun=True)
    asked.ask(fragment_id="b", is_auto_rerun=True)
    assert [run.fragment_id_queue for run in asked.runs] == [["a", "b"]]


def test_a_page_that_was_closed_while_it_waited_for_its_turn_is_not_drawn(asked: _Requested) -> None:
    asked.session._state = AppSessionState.SHUTDOWN_REQUESTED
    streamlit_fixes._draw_what_is_due(asked.session, ClientState(page_script_hash=PAGE, fragment_id="a", is_auto_rerun=True))
    assert asked.runs == []


def test_a_press_in_a_part_is_a_run_of_that_part_at_once(asked: _Requested) -> None:
    refreshing._drawn[asked.session._fragment_storage] = {"a": _Drawn(1e9, 1.0), "b": _Drawn(-9.0, 1.0)}
    asked.ask(fragment_id="a")
    assert [run.fragment_id_queue for run in asked.runs] == [["a"]]


def test_a_press_in_a_part_that_is_gone_is_brought_along_by_a_run_of_the_page(asked: _Requested) -> None:
    pressed = WidgetStates(widgets=[WidgetState(id="pause", trigger_value=True)])
    asked.ask(fragment_id="gone", widget_states=pressed)
    assert [(run.fragment_id_queue, run.widget_states) for run in asked.runs] == [([], pressed)]


def test_a_press_on_a_page_that_was_left_does_not_lead_back_there(asked: _Requested) -> None:
    asked.ask(fragment_id="gone", page_name="another", is_auto_rerun=True)
    asked.session.request_rerun(ClientState(page_script_hash="the page before", fragment_id="gone"))
    assert [run.fragment_id_queue for run in asked.runs if not run.fragment_id_queue] == []
