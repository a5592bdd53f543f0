"""How long a person waits for another page, and how far anything moves under the eyes: in a real Chromium.

    python -m tests.benchmarks.page_switches [--runs 30] [--rounds 20] [--live-seconds 180] [--json PATH]

One run is being trained, the others have ended; every page has been looked at once before. A switch is the time from the click on
its link until the last change of what the page shows: nothing changes for 200 ms after that, and no part is missing. (A table is drawn
on a canvas; its words for screen readers, which are inside of that and come a moment later, are not seen. A chart that was left is there
at once, as it was; its new points come with the first refresh and are none of the switch: see `pages/ui/chart/chart.js`.) Shifts are as
the browser itself counts them (Layout Instability), a click's own half second included, over the rounds and over the live page.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from tests.benchmarks.measuring import Figure, arguments_parser, report
from tests.pages.fake_runs import ended, fill, growing, new_run, with_best_model
from tests.pages.recorded import with_recordings
from tests.serving import new_window, running_app

PAGES = ("Analytics", "Models", "Replay", "Watch", "Play", "Sweeps", "Settings", "Live")
HARDLY = 0.0005  # of 1: less is a fraction of a pixel
PATIENCE_MS = 30_000
LOOKS_MS = 1_500  # a person looks at a page before the next click
RECORD = """() => {
  window.shifts = [];
  const part = (node) => (node?.closest ? node : node?.parentElement)?.closest("[class*=st-key]")?.className;
  const where = ({ node, previousRect: from, currentRect: to }) =>
    `${part(node)} ${node?.dataset?.testid || node?.nodeName} ${from.x},${from.y} to ${to.x},${to.y}`;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => window.shifts.push([value, sources.map(where)])))
    .observe({ type: "layout-shift" });
}"""
SWITCH = """([label, patienceMs]) => new Promise((done, failed) => {
  const app = document.querySelector("[data-testid=stApp]");
  const link = [...document.querySelectorAll("[data-testid=stPageLink] a")].find((one) => one.innerText.trim().endsWith(label));
  const began = performance.now();
  let last = began;
  const isSeen = ({ target }) => !(target.nodeType === 1 ? target : target.parentElement)?.closest("canvas");
  const observer = new MutationObserver((changes) => { if (changes.some(isSeen)) last = performance.now(); });
  observer.observe(document.querySelector("[data-testid=stMain]"), { childList: true, subtree: true, characterData: true });
  link.click();
  const look = () => {
    const now = performance.now();
    const there = document.title.endsWith(`${label} · Control Room`) && app.dataset.testScriptState === "notRunning";
    const missing = document.querySelector("[data-testid=stSkeleton]");
    if (!there || missing || last === began || now - last < 200) {
      if (now - began < patienceMs) return requestAnimationFrame(look);
      return failed(new Error(`${label} is not drawn: “${document.title}”, ${app.dataset.testScriptState}, ` +
        `${missing ? "a part is missing" : "nothing is missing"}, the last change after ${last - began} ms`));
    }
    observer.disconnect();
    done(last - began);
  };
  requestAnimationFrame(look);
})"""


def switched(page: Page, label: str) -> float:
    """Milliseconds from the click until the page is drawn.

    Raises:
        playwright.sync_api.Error: it is not within `PATIENCE_MS`; says what is missing.
    """
    took: float = page.evaluate(SWITCH, [label, PATIENCE_MS])
    page.wait_for_timeout(LOOKS_MS)
    return took


def measure(runs: int, rounds: int, live_seconds: float) -> list[Figure]:
    """Every figure."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        for number in range(runs - 1):
            run = new_run(folder / "runs", f"Run {number}", seed=number)
            fill(run)
            ended(with_best_model(run), "finished")
        shown = with_best_model(with_recordings(new_run(folder / "runs", "Moving", board_height=10), 1_000))
        fill(shown)
        stack.enter_context(growing(shown, every_s=1.0))
        app = stack.enter_context(running_app(folder / "runs", folder / "app.log"))
        page = stack.enter_context(new_window(1440, 900))
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{app.url}/?run={shown.run_id}")
        page.locator(".js-plotly-plot .main-svg").nth(3).wait_for()
        for label in PAGES:
            switched(page, label)
        page.evaluate(RECORD)
        took = {label: list[float]() for label in PAGES}
        for _ in range(rounds):
            for label in PAGES:
                took[label].append(switched(page, label))
        everything = [one for values in took.values() for one in values]
        by_switches = _shifts(page, rounds * len(PAGES))
        page.wait_for_timeout(live_seconds * 1_000)
        return [
            *(Figure(f"to {label}", "ms", values) for label, values in took.items()),
            Figure("to any page", "ms", everything),
            *(Figure(f"to {label}, 95 of 100", "ms", [float(np.quantile(values, 0.95))]) for label, values in took.items()),
            Figure("to any page, 95 of 100", "ms", [float(np.quantile(everything, 0.95))]),
            by_switches,
            _shifts(page, 0, f"layout shift in {live_seconds:g} s of the live page"),
        ]


def _shifts(page: Page, switches: int, what: str = "") -> Figure:
    """The sum of all shifts since the last look; what moved is printed."""
    shifts: list[tuple[float, list[str]]] = page.evaluate("() => window.shifts.splice(0)")
    for value, nodes in [shift for shift in shifts if shift[0] > HARDLY]:
        print(f"  moved {value:.4f}: {'; '.join(nodes)}")
    return Figure(what or f"layout shift in {switches} switches", "of 1", [sum(value for value, _ in shifts)])


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    parser.add_argument("--runs", type=int, default=30, metavar="N", help="in the folder (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="over all pages (default: %(default)s)")
    parser.add_argument("--live-seconds", type=float, default=180.0, metavar="S", help="on the live page at the end (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = measure(options.runs, options.rounds, options.live_seconds)
    report(f"Going from page to page, {options.runs} runs, one of them being trained", figures, options.json)


if __name__ == "__main__":
    main()
