"""Who may do what: by the word of whoever runs the app, and by the token of the provider."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from pages.ui.people import access as access_module
from pages.ui.people.access import Access, access, is_open, note_address
from pages.ui.people.person import MAX_NAME, Person, may_act, person_of
from tests.pages.conftest import APP, PAGES, everything_said, opened, read_out
from tests.pages.fake_runs import live, new_run
from tests.trainer.learning.tiny import finished_run
from trainer.run_files.control import read_control
from trainer.run_files.slots import delete_slot, find_model, keep_model

NOW = 1_000.0
DRAWS = ("save_model", "pause_at_step")  # they show a toast, which the test's browser takes for a part of the page
ANNA: dict[str, Any] = {"is_logged_in": True, "exp": NOW + 60, "email": "Anna@Example.org", "email_verified": True, "sub": "4711"}
SAID = Access(sign_in=True, operators=frozenset({"anna@example.org"}), groups=frozenset({"staff"}))


def _role(said: Access = SAID, **claims: Any) -> str:
    return person_of(ANNA | claims, said, now=NOW).role


def test_an_operator_is_known_by_an_address_that_the_provider_has_verified() -> None:
    assert person_of(ANNA, SAID, now=NOW) == Person("anna@example.org", "operator")
    assert _role(email_verified="true") == "operator", "as some providers write it"
    doubtful: Any
    for doubtful in (False, None, "false", 1.5, "yes", []):
        assert _role(email_verified=doubtful) == "viewer"
    assert _role(email="anna@example.org.evil.example") == "viewer"
    assert _role(email=["anna@example.org"]) == "viewer"


def test_nobody_is_an_operator_for_having_no_address() -> None:
    assert _role(Access(sign_in=True), email="", sub="") == "viewer"
    assert _role(Access(sign_in=True, operators=frozenset({""})), email="nobody@example.org") == "viewer"


def test_an_operator_is_known_by_a_group_in_the_claim_that_was_named() -> None:
    other = Access(sign_in=True, groups=frozenset({"staff"}), groups_claim="roles")
    assert _role(email_verified=False, groups=["students", "staff"]) == "operator"
    assert _role(email_verified=False, groups="staff") == "operator"
    assert _role(email_verified=False, groups=["staffless", 7, None]) == "viewer"
    assert _role(other, groups=["staff"]) == "viewer"
    assert _role(other, roles=["staff"]) == "operator"


@pytest.mark.parametrize("exp", [NOW, NOW - 1, None, "soon", True, []])
def test_whoever_has_no_token_that_is_valid_now_is_a_stranger(exp: object) -> None:
    assert _role(exp=exp) == "stranger"
    assert _role(is_logged_in=False) == "stranger"
    assert person_of({}, SAID, now=NOW).role == "stranger"


def test_a_name_is_one_printable_line_that_cannot_end_a_bracket() -> None:
    hostile = {"email": None, "sub": "eve)\n12:00 Stopped (by anna@example.org)\u202e" + "x" * 500}
    name = person_of(ANNA | hostile, SAID, now=NOW).name
    assert name.isprintable()
    assert len(name) <= MAX_NAME
    assert not {"(", ")", "\n"} & set(name)


@pytest.fixture
def own_address() -> Iterator[None]:
    """Where the server of this process listens is forgotten afterwards."""
    yield
    access_module._listens_at = None


@pytest.mark.usefixtures("own_address")
def test_an_address_that_others_can_reach_is_for_looking_only_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for closed in ("127.0.0.1", "localhost", "::1", "127.9.9.9"):
        note_address(closed)
        assert not is_open()
        assert may_act()
    for open_one in ("0.0.0.0", "::", "", None, "192.168.1.7", "box.lan"):  # noqa: S104 - nobody listens there
        note_address(open_one)
        assert is_open()
        assert not may_act()
    assert "nobody signs in" in access().only_look
    monkeypatch.setenv("CONTROL_ROOM_ALLOW_ANYONE", "1")
    assert may_act()
    monkeypatch.setenv("CONTROL_ROOM_READ_ONLY", "yes")
    assert not may_act(), "the stricter word holds"


def test_a_variable_that_says_no_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for no in ("", "0", "false", "No"):
        monkeypatch.setenv("CONTROL_ROOM_READ_ONLY", no)
        assert may_act()


def test_a_damaged_file_gives_nobody_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("[auth\n")
    files = st.get_option("secrets.files")
    monkeypatch.setattr(st, "secrets", type(st.secrets)())
    config.set_option("secrets.files", [str(file)])
    try:
        assert "damaged" in access().only_look
        file.write_text('people = "anna"\n[auth]\nclient_id = "x"\n')
        assert access().sign_in
        assert "must be a table" in access().only_look
    finally:
        config.set_option("secrets.files", files)


FOR_ALL = ("Watch", "New game", "Render", "count_again", "one_run_0")  # the last opens the run
"""How the keys of the buttons end that change nothing of a run."""


def _tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file, with its time of change and its bytes."""
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {str(path.relative_to(folder)): (stat.st_mtime_ns, stat.st_size) for path, stat in found.items()}


@pytest.mark.long
def test_a_viewer_sees_every_page_and_no_press_changes_a_file_of_a_run_whatever_is_forged(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press on a button that is off is what a forged message of the browser is: the server hears of it all the same."""
    run, _ = new_run(runs_dir), new_run(runs_dir, "Not trained")
    with live(run), monkeypatch.context() as patch:
        patch.setenv("CONTROL_ROOM_READ_ONLY", "1")
        before = _tree(runs_dir)
        for page in PAGES:
            app = AppTest.from_file(str(APP), default_timeout=60)
            app.query_params["run"] = run.run_id
            opened(app, page)
            assert not [one for one in app.error if "only" in one.value], page
            assert "Viewing" in everything_said(app)
            for button in app.button:
                if button.key not in DRAWS:
                    button.proto.disabled = False  # as in a browser that does what its owner wants
                    button.click()
            app.run()
            assert not app.exception
            changed = {name for name, _ in before.items() ^ _tree(runs_dir).items()}
            assert {name for name in changed if not name.startswith(".watch/") and not name.endswith(".arrow")} == set(), page


@pytest.mark.long
def test_a_viewer_finds_only_what_he_may_press(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended_run, trained = finished_run(runs_dir), new_run(runs_dir, "Being trained")
    for slot in ("kept", "gone"):
        keep_model(find_model(ended_run, None), ended_run, slot)
    delete_slot(ended_run, "gone")
    with live(trained), monkeypatch.context() as patch:
        patch.setenv("CONTROL_ROOM_READ_ONLY", "1")
        for run, page in itertools.product((ended_run, trained), PAGES):
            app = AppTest.from_file(str(APP), default_timeout=60)
            app.query_params["run"] = run.run_id
            opened(app, page)
            enabled = {str(button.key) for button in app.button if not button.disabled}
            assert {key for key in enabled if not key.endswith(FOR_ALL)} == set(), page


def test_a_forged_press_of_a_viewer_is_refused_in_a_sentence_and_one_of_an_operator_works(
    app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(runs_dir)
    with live(run):
        opened(app, "streamlit_app.py")
        monkeypatch.setenv("CONTROL_ROOM_READ_ONLY", "1")
        before = run.control.read_bytes()
        app.button(key="pause_or_resume").click().run()
        assert "for looking only" in everything_said(app)
        assert run.control.read_bytes() == before
        monkeypatch.delenv("CONTROL_ROOM_READ_ONLY")
        app.run()
        app.button(key="pause_or_resume").click().run()
        assert read_control(run).run == "paused"


def _signed_in(app: AppTest, **claims: Any) -> AppTest:
    app.secrets = {"auth": {"client_id": "x"}, "people": {"operators": ["anna@example.org"]}}
    app.user = ANNA | {"exp": time.time() + 3_600} | claims
    return app


def test_a_stranger_sees_how_to_sign_in_and_nothing_else(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir, "Secret run")
    _signed_in(app, is_logged_in=False).run()
    assert [button.label for button in app.button] == ["Sign in"]
    assert "Secret run" not in everything_said(app)
    assert not app.selectbox
    assert run.run_id not in everything_said(app)


def test_an_expired_token_signs_out_at_the_next_press_and_the_press_is_not_answered(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        opened(_signed_in(app), "streamlit_app.py")
        assert "anna@example.org" in read_out(everything_said(app))
        before = run.control.read_bytes()
        app.user = app.user | {"exp": time.time() - 1}
        app.button(key="pause_or_resume").click().run()
        assert [button.label for button in app.button] == ["Sign in"]
        assert run.control.read_bytes() == before


def test_whoever_is_signed_in_and_no_operator_looks(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        opened(_signed_in(app, email_verified=False), "streamlit_app.py")
        assert "Viewing" in everything_said(app)
        assert app.button(key="pause_or_resume").disabled
        assert app.button(key="heading_pause_or_resume").disabled
