"""What many viewers cost: thirty pages that look on at one running trainer, each a real session of the app over its websocket.

    python -m tests.benchmarks.viewers [--viewers 30] [--seconds 30] [--repeats 5] [--json PATH]

A viewer asks for what a browser asks for: the live page, then each part of it whenever the server said that it is to be drawn again; the
server may leave some of these out (`pages.ui.shell.pace`). Every few seconds it asks as a press does, which is always answered: how long
that takes is measured. It reads all that it is sent, and draws nothing: browsers run on the machines of those who look. One trainer
trains all the time; seconds with viewers and as many without them take turns, so that a machine that gets slower slows down both.
Memory is that of the app's process after they have left, and after what Streamlit keeps of them for two minutes, in case that they come
back, is gone.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.benchmarks.control import percentile
from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report
from tests.serving import App, running_app
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status
from trainer.starting import start_trainer
from trainer.tasks.tetris.about import TetrisSettings

START_TIMEOUT_S = 180.0
KEPT_S = 125.0  # what has left is forgotten when the next one comes or goes after that
SETTLE_S = 5.0  # after they have come or left, before anything is counted
WARM_STEPS = 5_000
PRESS_S = 5.0  # between two presses of a viewer
MAX_MESSAGE_BYTES = 64 * 2**20
MIB = 2**20


class Viewer:
    """One page that looks on.

    Attributes:
        waits: seconds from a press in a part of the page until that was drawn.
        refreshes: how often parts of the page were drawn.
        drawn: how often the whole page was.
    """

    def __init__(self, app: App, run: RunDirectory) -> None:
        self._app, self._run = app, run
        self._every: dict[str, float] = {}  # seconds between two refreshes of a part
        self._page = ""
        self._to_come: dict[str, float] = {}  # what the page that is being drawn says of it
        self._pressed: tuple[str, float] | None = None  # in which part, and when
        self.waits: list[float] = []
        self.refreshes = self.drawn = 0

    async def look(self, leave: asyncio.Event) -> None:
        """Look on until it is time to leave."""
        address = self._app.url.replace("http", "ws", 1) + "/_stcore/stream"
        async with connect(
            address,
            origin=Origin(self._app.url),
            subprotocols=[Subprotocol("streamlit")],
            max_size=MAX_MESSAGE_BYTES,
            compression=None,
            open_timeout=60,
        ) as page:
            await self._ask(page)
            reading = asyncio.create_task(self._read(page))
            clock = asyncio.create_task(self._refresh(page))
            leaving = asyncio.create_task(leave.wait())
            await asyncio.wait((reading, clock, leaving), return_when=asyncio.FIRST_COMPLETED)
            for task in (clock, reading, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, ConnectionClosed):
                    await task

    async def _ask(self, page: ClientConnection, part: str = "", *, by_timer: bool = True) -> None:
        message = BackMsg()
        message.rerun_script.query_string = f"run={self._run.run_id}"
        if part:
            message.rerun_script.fragment_id = part
            message.rerun_script.page_script_hash = self._page  # else the part is taken for one of a page that was left
            message.rerun_script.is_auto_rerun = by_timer
        await page.send(message.SerializeToString())

    async def _read(self, page: ClientConnection) -> None:
        message, drawn = ForwardMsg(), set[str]()
        async for content in page:
            message.ParseFromString(content if isinstance(content, bytes) else content.encode())
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "new_session":
                drawn.clear()
            elif kind == "delta" and message.delta.fragment_id:
                drawn.add(message.delta.fragment_id)
            elif kind == "auto_rerun":
                self._to_come[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished":
                self._count(message.script_finished, drawn)

    def _count(self, how: int, drawn: set[str]) -> None:
        if how == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self.refreshes += 1
            if self._pressed is not None and self._pressed[0] in drawn:
                self.waits.append(time.monotonic() - self._pressed[1])
                self._pressed = None
        elif how == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.drawn += 1
            self._every, self._to_come = self._to_come, {}
            self._pressed = None

    async def _refresh(self, page: ClientConnection) -> None:
        due: dict[str, float] = {}
        press_at = time.monotonic() + PRESS_S * random.random()
        while True:
            now = time.monotonic()
            for part, interval in list(self._every.items()):
                if now >= due.setdefault(part, now + interval):
                    due[part] = now + interval
                    await self._ask(page, part)
            if now >= press_at and self._every and self._pressed is None:
                press_at = now + PRESS_S
                self._pressed = next(iter(self._every)), now
                await self._ask(page, self._pressed[0], by_timer=False)
            await asyncio.sleep(0.05)


async def _look_on(app: App, run: RunDirectory, viewers: int, seconds: float) -> tuple[list[Viewer], float]:
    """Let viewers look on; returns them, and the trainer's steps per second meanwhile."""
    leave = asyncio.Event()
    pages = [Viewer(app, run) for _ in range(viewers)]
    looks = [asyncio.create_task(page.look(leave)) for page in pages]
    deadline = time.monotonic() + START_TIMEOUT_S
    while any(not page.drawn for page in pages):
        assert time.monotonic() < deadline, "not every page was drawn"
        for look in looks:
            if look.done():
                look.result()
        await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLE_S if viewers else 0)
    for page in pages:
        page.waits.clear()
        page.refreshes = 0
    before = _status(run)
    await asyncio.sleep(seconds)
    speed = _speed(before, _status(run))
    leave.set()
    await asyncio.gather(*looks)
    return pages, speed


@dataclass(frozen=True, slots=True)
class Look:
    """What many have seen.

    Attributes:
        waits: seconds from a press of each until the part in which it was is drawn.
        refreshes: how often pages were refreshed.
        speed: the trainer's steps per second meanwhile.
    """

    waits: list[float]
    refreshes: int
    speed: float


def look_on(app: App, run: RunDirectory, viewers: int, seconds: float) -> Look:
    """Let viewers look on."""
    with ThreadPoolExecutor(1) as alone:  # in a test there may be a browser's event loop in this thread
        pages, speed = alone.submit(asyncio.run, _look_on(app, run, viewers, seconds)).result()
    return Look([wait for page in pages for wait in page.waits], sum(page.refreshes for page in pages), speed)


def _status(run: RunDirectory) -> Status:
    status = read_status(run)
    assert status is not None
    return status


def _speed(before: Status, after: Status) -> float:
    assert before.heartbeat_monotonic_s is not None
    assert after.heartbeat_monotonic_s is not None
    seconds = after.heartbeat_monotonic_s - before.heartbeat_monotonic_s
    return (after.num_timesteps - before.num_timesteps) / seconds if seconds > 0 else 0.0


@contextmanager
def training(runs_dir: Path) -> Iterator[RunDirectory]:
    """A run that is being trained, past its first steps."""
    run = create_run(TetrisSettings(total_timesteps=1_000_000_000), name="Looked at", runs_dir=runs_dir, visual=True)
    start_trainer(run)
    try:
        wait_until(lambda: (status := read_status(run)) and status.num_timesteps > WARM_STEPS, START_TIMEOUT_S, "the training to begin")
        yield run
    finally:
        update_control(run, by="cli", run="stopped")
        wait_until(lambda: _status(run).state in ("stopped", "finished", "failed"), START_TIMEOUT_S, "the end of the training")


def measure(viewers: int, seconds: float, repeats: int) -> list[Figure]:
    """Every figure."""
    with (
        tempfile.TemporaryDirectory() as folder,
        training(Path(folder) / "runs") as run,
        running_app(Path(folder) / "runs", Path(folder) / "app.log") as app,
    ):
        process = psutil.Process(app.process.pid)
        os.nice(19)  # the viewers stand for other machines: they take what the trainer and the app leave
        for _ in range(3):  # everything is read and imported, and as many are kept at once as will be
            look_on(app, run, viewers, min(seconds, SETTLE_S))
        alone, watched, waits, memory, refreshes = list[float](), list[float](), list[float](), [_forgotten_mib(app, run, process)], 0
        for _ in range(repeats):
            time.sleep(SETTLE_S)
            alone.append(look_on(app, run, 0, seconds).speed)
            look = look_on(app, run, viewers, seconds)
            watched.append(look.speed)
            waits += look.waits
            refreshes += look.refreshes
        memory.append(_forgotten_mib(app, run, process))
    return [
        Figure("training alone", "steps/s", alone),
        Figure(f"training with {viewers} viewers", "steps/s", watched),
        Figure("with viewers ÷ alone", "%", [100 * one / other for one, other in zip(watched, alone, strict=True)]),
        Figure("from a press until its part is drawn", "s", waits),
        Figure("from a press until its part is drawn, p95", "s", [percentile(waits, 0.95)]),
        Figure("refreshes of a viewer", "1/s", [refreshes / repeats / seconds / viewers]),
        Figure("memory of the app after they have left three times", "MiB", memory[:1]),
        Figure(f"memory at the end, after {repeats} more times", "MiB", memory[1:]),
        Figure("memory at the end ÷ after three times", "%", [100 * memory[1] / memory[0]]),
    ]


def _forgotten_mib(app: App, run: RunDirectory, process: psutil.Process) -> float:
    """The memory of the app when those who have left are forgotten."""
    time.sleep(KEPT_S)
    look_on(app, run, 1, 1.0)
    time.sleep(SETTLE_S)
    return float(process.memory_info().rss / MIB)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.set_defaults(repeats=5)
    parser.add_argument("--viewers", type=int, default=30, metavar="N", help="pages that look on (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="of each turn (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = measure(options.viewers, options.seconds, options.repeats)
    report(f"{options.viewers} viewers of one trainer", figures, options.json)


if __name__ == "__main__":
    main()
