"""Only pages of the app itself, under a name that it is known by, reach its server; and nothing leaves the machine."""

import base64
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from starlette.datastructures import Headers

from pages.ui.chart.plotly_script import NAME
from pages.ui.server import PROTECTION, host_name, refusal
from tests.pages.fake_runs import fill, new_run
from tests.serving import App, SharedApp, running_app

KNOWN = ["localhost", "127.0.0.1", "::1", "*.lab.example"]
ADDRESSES = [
    "/", "/analytics", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/upload_file/session/file",
    "/_stcore/script-health-check", "/media/0.png", "/component/x/index.html", "/_stcore/bidi-components/x", "/static/index.js",
]  # fmt: skip


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:1", "[::1]:8501", "LOCALHOST:8501", "a.lab.example"])
def test_a_known_name_and_its_own_pages_are_answered(host: str) -> None:
    assert refusal(Headers({"host": host}), KNOWN) is None
    assert refusal(Headers({"host": host, "origin": f"http://{host}"}), KNOWN) is None
    assert refusal(Headers({"host": host, "origin": f"https://{host.lower()}"}), KNOWN) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "evil.example:8501", "127.0.0.1.nip.io", "lab.example", "localhost@evil.example",
        "evil.example/localhost", "localhost:x", "localhost:99999", "[::1", "", " ", "localhost, evil.example", "[::]", "*",
    ],
)  # fmt: skip
def test_an_unknown_or_crooked_host_is_refused(host: str) -> None:
    reason = refusal(Headers({"host": host}), KNOWN)
    assert reason is not None
    assert reason.startswith("This app is known as localhost, 127.0.0.1, ::1")


def test_two_hosts_or_none_and_an_empty_list_of_names_are_refused() -> None:
    host = (b"host", b"localhost")
    assert refusal(Headers(raw=[host]), KNOWN) is None
    assert refusal(Headers(raw=[host, (b"host", b"evil.example")]), KNOWN) is not None
    assert refusal(Headers(raw=[]), KNOWN) is not None
    assert refusal(Headers(raw=[host]), []) is not None
    assert refusal(Headers({"host": "anything.example"}), ["*"]) is None
    assert host_name("Localhost:8501") == "localhost"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://localhost:3000", "http://127.0.0.1:8501", "http://localhost"]
)
def test_a_page_of_elsewhere_is_refused_even_if_it_is_on_this_machine(origin: str) -> None:
    reason = refusal(Headers({"host": "localhost:8501", "origin": origin}), KNOWN)
    assert reason == "This app answers its own pages only: the Origin of a request must be its Host."


@pytest.fixture
def app(tmp_path: Path, shared: SharedApp) -> App:
    """The app with a run, served by the very command of the README."""
    fill(new_run(tmp_path, "A run"))
    return shared.show(tmp_path)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab of a browser for which `evil.example` leads to this machine."""
    page = context.new_page()
    yield page
    page.close()


def _port(app: App) -> int:
    return int(app.url.rpartition(":")[2])


def _ask(app: App, address: str, *, method: str = "GET", **headers: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", _port(app), timeout=30)
    connection.putrequest(method, address, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    return answer


def test_every_address_of_the_server_refuses_strangers_and_cannot_be_framed(app: App) -> None:
    me = f"127.0.0.1:{_port(app)}"
    for address in ADDRESSES:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            answer = _ask(app, address, method=method, Host=me)
            assert answer.status != 403 or method in ("PUT", "DELETE"), "XSRF protection has its own 403"
            assert {name: answer.getheader(name) for name in PROTECTION} == PROTECTION, (method, address)
            assert _ask(app, address, method=method, Host=f"evil.example:{_port(app)}").status == 403
            assert _ask(app, address, method=method, Host=me, Origin="http://evil.example").status == 403


def _handshake(app: App, host: str, origin: str | None) -> int:
    """The status of a websocket's opening."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /_stcore/stream HTTP/1.1", f"Host: {host}", *([f"Origin: {origin}"] if origin else []), "Upgrade: websocket",
        "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: streamlit",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", _port(app)), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(connection.recv(64).split()[1])


def test_a_websocket_is_opened_for_the_apps_own_pages_alone(app: App) -> None:
    me, evil = f"127.0.0.1:{_port(app)}", f"evil.example:{_port(app)}"
    assert _handshake(app, me, f"http://{me}") == 101
    assert _handshake(app, f"localhost:{_port(app)}", f"http://localhost:{_port(app)}") == 101
    for host, origin in ((evil, f"http://{evil}"), (evil, None), (me, f"http://{evil}"), (me, "null"), (me, "http://127.0.0.1:1")):
        assert _handshake(app, host, origin) == 403, (host, origin)


def test_a_page_of_a_name_that_was_made_to_lead_here_never_draws_the_app(app: App, page: Page) -> None:
    answer = page.goto(f"http://evil.example:{_port(app)}")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("This app is known as localhost, 127.0.0.1, ::1.")).to_be_visible()
    assert page.get_by_test_id("stApp").count() == 0


def test_another_site_cannot_frame_the_app(app: App, page: Page) -> None:
    page.goto(f"{app.url}/_stcore/health")  # a page of this very machine, so that nothing but the header keeps the frame empty
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.failure))
    page.evaluate("url => { document.body.innerHTML = `<iframe src='${url}'></iframe>`; }", app.url)
    page.wait_for_event("requestfailed", timeout=10_000) if not failed else None
    assert failed == ["net::ERR_BLOCKED_BY_RESPONSE"]


@pytest.mark.long
def test_no_page_of_the_app_is_held_up_by_its_own_protection(app: App, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    requested: set[str] = set()
    page.on("request", lambda request: requested.add(request.url.split("/")[2] if "//" in request.url else ""))
    for address in ("", "/Analytics", "/Models", "/Replay", "/Watch", "/Play"):
        page.goto(app.url + address)
        expect(page.get_by_test_id("stSidebar")).to_be_visible()
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    assert [one for one in said if "Content Security Policy" in one] == []
    assert requested - {""} == {f"127.0.0.1:{_port(app)}"}


NOTES_WHAT_IT_ASKS_THE_NETWORK = """
import os, sys

def note(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg", "socket.bind"):
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(f"{event} {given[-1] if event.endswith(('connect', 'bind', 'sendto', 'sendmsg')) else given[0]}\\n")

sys.addaudithook(note)
"""


@pytest.mark.long
@pytest.mark.parametrize(
    "named",
    [{}, {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0", "STREAMLIT_SERVER_ALLOWED_HOSTS": "box.lan 127.0.0.1"}],  # noqa: S104 - as the README has it
)
def test_nothing_of_the_server_leaves_the_machine(tmp_path: Path, page: Page, named: dict[str, str]) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOTES_WHAT_IT_ASKS_THE_NETWORK)
    notes = tmp_path / "notes"
    environment = {"PYTHONPATH": str(tmp_path), "NOTES": str(notes)} | named
    with running_app(tmp_path / "runs", tmp_path / "app.log", environment=environment) as app:
        page.goto(app.url)
        expect(page.get_by_test_id("stSidebar")).to_be_visible()
        _ask(app, "/", Host="evil.example", Origin="http://evil.example")
        assert _handshake(app, f"127.0.0.1:{_port(app)}", "http://evil.example") == 403
        assert _ask(app, "/", Host="box.lan").status == (200 if named else 403)
    asked = notes.read_text("utf-8").splitlines()
    assert [line for line in asked if line.startswith("socket.bind")], "the server was watched"
    here = ("socket.bind", "socket.connect ('127.0.0.1'", "socket.getaddrinfo 127.0.0.1", "socket.getaddrinfo 0.0.0.0")
    outside = [line for line in asked if not line.startswith(here)]
    assert outside == []


@pytest.mark.long
def test_the_server_ends_at_sigterm_with_a_page_open(tmp_path: Path, page: Page) -> None:
    with running_app(tmp_path / "runs", tmp_path / "app.log") as app:
        page.goto(app.url)
        expect(page.get_by_test_id("stSidebar")).to_be_visible()
        app.process.send_signal(signal.SIGTERM)
        try:
            assert app.process.wait(timeout=30) in (0, -signal.SIGTERM)
        except subprocess.TimeoutExpired:
            pytest.fail((tmp_path / "app.log").read_text())


@pytest.mark.long
def test_the_server_ends_at_sigterm_while_somebody_never_takes_an_answer(tmp_path: Path) -> None:
    with running_app(tmp_path / "runs", tmp_path / "app.log") as app, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", _port(app)))
        connection.sendall(f"GET /{NAME} HTTP/1.1\r\nHost: 127.0.0.1:{_port(app)}\r\n\r\n".encode())
        connection.recv(1)  # megabytes follow
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(timeout=30) in (0, -signal.SIGTERM)
