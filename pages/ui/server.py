"""Who may talk to the app's server: pages of the app itself, under a name that the app is known by, and nobody else.

The app can start processes, so a page of another site must not drive it. Two ways lead there. *DNS rebinding*: the site's own name
is made to point at this machine, and its pages become “the same origin”; so the `Host` must be a known name. *Another origin*: a
page of elsewhere opens a connection to the known name; so an `Origin` must be that of the `Host`. Both are checked here, before
Streamlit sees a request or a websocket: Streamlit checks the host of websockets alone, and looks up this machine's address at an
outside service when it meets an origin that it does not know.

Other sites cannot frame the app, and what it draws can load nothing from elsewhere, whatever text a run holds.
"""

import gc
import signal
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORBIDDEN = 403
POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
GRACE_S = 3  # from a signal that ends the server until what is still being answered is given up
PROTECTION = {
    "Content-Security-Policy": (
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "  # Streamlit's front end needs the last two
        "base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class KnownVisitorsOnly:
    """Middleware that refuses an unknown `Host` or `Origin`, and adds headers that keep the page to itself.

    Names are those of `server.allowedHosts`; ports are not compared. A request without an `Origin` is no page's of another site
    that could read the answer; browsers always send one when they open a websocket.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif (reason := refusal(Headers(scope=scope), st.get_option("server.allowedHosts"))) is None:
            await self._app(scope, receive, _protected(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": reason[:120]})
        else:
            await PlainTextResponse(reason, FORBIDDEN)(scope, receive, _protected(send))


def end_without_waiting() -> None:
    """Let the server that is about to begin end in time, whoever is connected: uvicorn waits for an open request without limit.

    Streamlit makes the server and does not show it; what gets its signals belongs to it.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    config: Any = getattr(server, "config", None)
    if hasattr(config, "timeout_graceful_shutdown"):
        config.timeout_graceful_shutdown = GRACE_S


def leave_out_of_collections() -> None:
    """Let the collector of garbage pass over everything that is there now: modules, which stay.

    Otherwise it looks through all of that every few seconds when many look on, and every page waits meanwhile.
    """
    gc.collect()
    gc.freeze()


def refusal(headers: Headers, known: list[str]) -> str | None:
    """Why a request is refused: one sentence; None if it is not.

    Args:
        headers: of the request.
        known: the names that the app is known by; a `*` stands for any characters.
    """
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    name = host_name(hosts[0]) if len(hosts) == 1 else None
    if name is None or not any(fnmatchcase(name, one.strip().lower()) for one in known):
        return f"This app is known as {', '.join(known)}. To use another name, add it to server.allowedHosts; see the README."
    if origins and [urlsplit(one).netloc.lower() for one in origins] != [hosts[0].lower()]:
        return "This app answers its own pages only: the Origin of a request must be its Host."
    return None


def host_name(host: str) -> str | None:
    """The name or the address in a `Host` header, without its port; None if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host else None


def _protected(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(PROTECTION)
        await send(message)

    return with_headers
