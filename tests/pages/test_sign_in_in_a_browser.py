"""Signing in with a real provider of OpenID Connect: a viewer is refused, an operator obeyed, and a token ends."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import oidc_provider_mock as oidc
import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.pages.fake_runs import fill, live, new_run
from tests.pages.test_two_tabs import obeying
from tests.serving import PATIENCE_MS, _free_port, new_context, running_app, running_browser
from tests.waiting import wait_until
from trainer.run_files.control import read_control
from trainer.run_files.run_directory import RunDirectory

pytestmark = pytest.mark.long

SHORT_S = 20  # how long a token of the second provider is valid
ANNA, BEN, CLARA = "anna@example.org", "ben@example.org", "clara@example.org"
USERS = (
    oidc.User(sub=ANNA, claims={"email": ANNA, "email_verified": True}),
    oidc.User(sub=BEN, claims={"email": ANNA, "email_verified": False, "groups": ["students"]}),
    oidc.User(sub=CLARA, claims={"email": CLARA, "email_verified": True, "groups": ["staff"]}),
)


@contextmanager
def provider(max_age_s: float) -> Iterator[str]:
    """A provider on this machine alone; the address of what it says of itself."""
    server = make_server("127.0.0.1", 0, oidc.app(user_claims=USERS, access_token_max_age=timedelta(seconds=max_age_s)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/.well-known/openid-configuration"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Room:
    """An app that people sign in to, and a run in it that obeys."""

    url: str
    run: RunDirectory
    browser: Browser

    @contextmanager
    def visitor(self) -> Iterator[Page]:
        """A window of a person who has never been here."""
        context = new_context(self.browser, tour=True, viewport={"width": 1440, "height": 1000})
        try:
            page = context.new_page()
            page.goto(f"{self.url}/?run={self.run.run_id}")
            expect(page.get_by_role("button", name="Sign in with usual")).to_be_visible()
            yield page
        finally:
            context.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """See `Room`."""
    folder = tmp_path_factory.mktemp("signed_in")
    run = new_run(folder / "runs", "Secret run")
    fill(run)
    port = _free_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # on this machine alone
    with provider(3_600) as usual, provider(SHORT_S) as short, live(run), obeying(run):
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit" / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{secrets.token_hex(32)}"\n'
            + "".join(
                f'[auth.{name}]\nclient_id = "room"\nclient_secret = "x"\nserver_metadata_url = "{address}"\n'
                for name, address in (("usual", usual), ("short", short))
            )
            + f'[people]\noperators = ["{ANNA}"]\noperator_groups = ["staff"]\n'
        )
        with running_app(folder / "runs", folder / "app.log", cwd=folder) as app, running_browser() as browser:
            assert app.url.endswith(f":{port}")
            yield Room(app.url, run, browser)
    patch.undo()


def _sign_in(page: Page, person: str, provider: str = "usual") -> None:
    page.get_by_role("button", name=f"Sign in with {provider}").click()
    page.get_by_role("button", name=person).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_stranger_sees_nothing_a_viewer_looks_and_an_operator_is_obeyed(room: Room) -> None:
    with room.visitor() as page:
        assert "Secret run" not in page.content()
        _sign_in(page, BEN)
        expect(page.get_by_text("Secret run").first).to_be_visible()
        expect(page.get_by_text("Viewing").first).to_be_visible()
        page.get_by_role("button", name="Pause").first.click(force=True)
        page.get_by_role("link", name="Models").click()
        expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    assert read_control(room.run).run == "running"
    with room.visitor() as page:
        _sign_in(page, ANNA)
        page.goto(f"{room.url}/?run={room.run.run_id}")
        page.get_by_role("button", name="Pause").first.click()
        wait_until(lambda: read_control(room.run).run == "paused", PATIENCE_MS / 1_000, "the pause")
        assert read_control(room.run).updated_by == ANNA
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(lambda url: "end_session" in url)
        page.goto(room.url)
        expect(page.get_by_role("button", name="Sign in with usual")).to_be_visible()


def test_a_token_that_ends_takes_the_page_away_without_a_press(room: Room) -> None:
    """The parts of a page ask whenever they are drawn, which the running run makes them do every second."""
    with room.visitor() as page:
        _sign_in(page, CLARA, "short")
        expect(page.get_by_text("Viewing")).to_have_count(0)
        expect(page.get_by_role("button", name="Sign in with short")).to_be_visible()
        expect(page.get_by_text("Secret run")).to_have_count(0)
        page.reload()
        expect(page.get_by_role("button", name="Sign in with short")).to_be_visible()
