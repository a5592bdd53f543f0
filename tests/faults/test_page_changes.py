"""The fault: a page is left for another one while parts of it are redrawn on a timer, by a server that is slow.

`make test` changes pages once each, and its server rests at every message. `make faults` changes them fifty times each, for a running
and for a paused run, on a machine that is busy with other things: from the moment of a change until the new page has stayed for a while.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psutil
import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NeverSeenError

from tests.pages.fake_runs import ended, fill, live, metrics_row, new_run, set_status
from tests.pages.recorded import with_recordings
from tests.resting import resting
from tests.serving import PATIENCE_MS, App, emptied, running_app
from trainer.run_files.control import update_control
from trainer.run_files.metrics import metrics_writer
from trainer.run_files.run_directory import RunDirectory

CHANGES = int(os.environ.get("CONTROL_ROOM_PAGE_CHANGES", "1"))
IN_FULL = CHANGES > 1
STATES = ("running", "paused") if IN_FULL else ("running",)
BUSY_PROCESSES = 3 if IN_FULL else 0
STAYS_S = 1.5  # late requests of the page that was left would have emptied the new one by then
LOOK_S = 0.05
BUSY = "while True: pass"
# The live page gets some 150 messages a second, all from one thread: much slower, and it would be busy with them alone.
SLOW = """
import sys, time

if "streamlit" in sys.orig_argv:
    from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

    enqueue = ForwardMsgQueue.enqueue

    def enqueue_slowly(queue, message):
        time.sleep(0.003)
        enqueue(queue, message)

    ForwardMsgQueue.enqueue = enqueue_slowly
"""
CLICKABLE = """() => {
  const plot = document.querySelectorAll('.js-plotly-plot')[1];
  const trace = plot?._fullData?.find((one) => one.mode?.includes('markers') && one.x?.length);
  const { xaxis, yaxis } = plot?._fullLayout ?? {};
  if (!trace || !xaxis?.d2p) return null;
  const box = plot.getBoundingClientRect(), last = trace.x.length - 1;
  return [box.left + xaxis._offset + xaxis.d2p(trace.x[last]), box.top + yaxis._offset + yaxis.d2p(trace.y[last])];
}"""

LINK_AND_CLICK = """([x, y]) => {
  document.querySelector('[data-testid=stSidebar] a[href*=Models]').click();
  document.elementFromPoint(x, y).dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: x, clientY: y }));
}"""

pytestmark = [pytest.mark.long, pytest.mark.timeout(300 + 60 * CHANGES)]


@dataclass(slots=True)
class Scene:
    """A run that is redrawn every second, and a window that looks at it."""

    app: App
    page: Page
    run: RunDirectory
    ended: RunDirectory
    state: str
    others: list[psutil.Process]
    """What else the machine is busy with, while it is."""
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open a page of the run anew."""
        self.page.goto(f"{self.app.url}/{path}?run={self.run.run_id}")

    def begin_change(self) -> None:
        """From now on the machine is busy."""
        for process in self.others:
            process.resume()

    def end_change(self) -> None:
        """From now on it is not."""
        for process in self.others:
            process.suspend()

    def empty(self) -> bool:
        """Whether nothing is left of the app."""
        return self.page.locator("[data-testid=stSidebarUserContent] [data-testid=stPageLink]").count() == 0

    def stays(self, landmark: str) -> bool:
        """Whether the page that was landed on is still there a while later."""
        until = time.monotonic() + STAYS_S
        while time.monotonic() < until:
            if self.empty() or not self.page.locator(landmark).first.is_visible():
                return False
            self.page.wait_for_timeout(LOOK_S * 1_000)
        return True


@pytest.fixture(scope="module")
def others() -> Iterator[list[psutil.Process]]:
    """Processes that want all the time there is, once they are let."""
    command = [sys.executable, "-c", BUSY]
    processes = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(BUSY_PROCESSES)]
    found = [psutil.Process(process.pid) for process in processes]
    for one in found:
        one.suspend()
    yield found
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module", params=STATES)
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, others: list[psutil.Process], window: Page
) -> Iterator[Scene]:
    """A run in one of two states, its app and a window."""
    folder, state = tmp_path_factory.mktemp(request.param), str(request.param)
    ended_run = new_run(folder / "runs", "At rest", gamma=0.5)
    fill(ended_run)
    ended(ended_run, "finished")
    run = with_recordings(new_run(folder / "runs", "Moving", board_height=10), 1_000, 2_000, 3_000)  # the newest: the first row
    fill(run)
    if state == "paused":
        update_control(run, by="app", run="paused")
    over = threading.Event()
    (folder / "sitecustomize.py").write_text("" if IN_FULL else SLOW)
    slow = {"PYTHONPATH": str(folder)}
    with (
        live(run, state=state, applied_seq=2 if state == "paused" else 1),
        running_app(run.path.parent, folder / "app.log", environment=slow) as app,
    ):
        thread = threading.Thread(target=_train, args=(run, state, over))
        thread.start()
        try:
            with emptied(window, height=1300) as page:
                made = Scene(app, page, run, ended_run, state, others)
                page.on("console", lambda message: made.errors.extend([message.text] if message.type == "error" else []))
                page.on("pageerror", lambda error: made.errors.append(str(error)))
                yield made
        finally:
            over.set()
            thread.join()


def _train(run: RunDirectory, state: str, over: threading.Event) -> None:
    number = 31
    with metrics_writer(run) as metrics:
        while not over.wait(0.2):
            if state == "running":
                metrics.append(metrics_row(number))
                number += 1
            set_status(run, state=state)


def _repeat(scene: Scene, change: Callable[[Scene], str]) -> None:
    """Change the page again and again.

    Args:
        scene: where.
        change: begins a change and goes to another page; returns what is seen there, as a selector.
    """
    white: list[str] = []
    for number in range(CHANGES):
        scene.errors.clear()
        landmark = change(scene)
        try:
            scene.page.locator(landmark).first.wait_for(state="visible")
            landed = scene.stays(landmark)
        except NeverSeenError:  # counted, not raised: how many of all fail is what we want to know
            landed = False
        finally:
            scene.end_change()
        bad = [error for error in scene.errors if "delta path" in error or "MISS" in error]
        if not landed or bad:
            white.append(f"change {number + 1}: {bad or scene.errors or scene.page.url}")
    assert white == [], f"{len(white)} of {CHANGES} changes, {scene.state}, did not land on the page"


def _resting_spot(page: Page) -> list[float]:
    """Where the last evaluation is drawn, once the page has found its shape."""
    return list(resting(page, lambda: page.wait_for_function(CLICKABLE).json_value()))


def _click_an_evaluation(scene: Scene) -> str:
    scene.open("")
    spot = _resting_spot(scene.page)
    scene.begin_change()
    scene.page.mouse.click(*spot)
    return "h1:has-text('Replay')"


def test_a_click_on_an_evaluation_always_opens_its_games(scene: Scene) -> None:
    _repeat(scene, _click_an_evaluation)


def _open_in_live(scene: Scene) -> str:
    scene.open("Analytics")
    table = scene.page.get_by_test_id("stDataFrame").first
    table.locator("canvas").first.wait_for()
    menu = scene.page.get_by_test_id("stDataFrameButtonActionMenu")
    box = table.bounding_box()
    assert box is not None
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while menu.count() == 0 and time.monotonic() < deadline:
        scene.page.mouse.click(box["x"] + 56, box["y"] + 35 + 17)
        scene.page.wait_for_timeout(300)
    scene.begin_change()
    menu.get_by_text("Open in Live", exact=True).click()
    return "h1:has-text('Moving')"


def test_open_in_live_always_opens_the_live_page(scene: Scene) -> None:
    _repeat(scene, _open_in_live)


def _search_at_once(scene: Scene) -> str:
    scene.begin_change()
    scene.page.goto(f"{scene.app.url}/Analytics?group=each&runs={scene.ended.run_id},{scene.run.run_id}")
    search = scene.page.get_by_label("Search", exact=True)
    search.fill("gamma=0.99")  # the chart of the run at rest stays as it is and moves down
    search.press("Enter")
    return "text=1 selected run is hidden by the search"


def test_a_search_typed_while_the_page_is_drawn_empties_nothing(scene: Scene) -> None:
    _repeat(scene, _search_at_once)


def _start_training(scene: Scene) -> str:
    scene.open("Models")
    scene.page.get_by_role("button", name="Start new run").click()
    form = scene.page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("Fresh")
    scene.begin_change()
    form.get_by_role("button", name="Start training").click()
    return "h1:has-text('Fresh')"


def test_starting_a_run_from_another_page_always_opens_the_live_page(scene: Scene) -> None:
    try:
        _repeat(scene, _then_end_it)
    finally:
        _end_trainers(scene)


def _follow_a_link_and_click(scene: Scene) -> str:
    scene.open("")
    spot = _resting_spot(scene.page)
    scene.begin_change()
    scene.page.evaluate(LINK_AND_CLICK, spot)
    return "h1:has-text('Replay')"  # the last of several clicks counts, as in any browser


def test_a_click_on_a_part_of_the_page_that_is_being_left_empties_nothing(scene: Scene) -> None:
    _repeat(scene, _follow_a_link_and_click)


def _then_end_it(scene: Scene) -> str:
    _end_trainers(scene)  # of the run that was started before
    return _start_training(scene)


def _end_trainers(scene: Scene) -> None:
    """End the trainers that the app has started, each by its id."""
    for child in psutil.Process(scene.app.process.pid).children():
        child.kill()
