"""A real receiver of notifications on this machine: what Apprise's `json://` addresses send to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson


@dataclass(slots=True)
class Receiver:
    """What has arrived.

    Attributes:
        url: an address of Apprise that leads here.
        got: the text of each message.
        refuses: whether it answers that it is not well.
    """

    url: str = ""
    got: list[str] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not receiver.refuses:
                receiver.got.append(content["message"])
            self.send_response(503 if receiver.refuses else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"json://127.0.0.1:{server.server_address[1]}/t0psecret"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
