"""The report is one file that opens anywhere, draws its charts without a network and never runs what a person typed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page

from pages.ui.chart.chart import Chart
from pages.ui.chart.trace import Trace
from pages.ui.report import Section, html_report

EVIL = '</script><script>window.evil = 1</script><img src=x onerror="window.evil = 1"> “a” & {b}'
CURVE = Trace("line", np.arange(5.0), np.arange(5.0) ** 2, EVIL, "#0072B2")
SAYS = """() => [".bg", ".legendtext"].map((one) => getComputedStyle(document.querySelector(`.hoverlayer ${one}`)))
  .map(({ fill, fillOpacity }) => [fill, fillOpacity])"""
BODY = "() => [getComputedStyle(document.body)].flatMap(({ backgroundColor, color }) => [[backgroundColor, '1'], [color, '1']])"
SECTIONS = [
    Section("Curves", [f"One is better than {EVIL}"], [Chart("k", EVIL, "showing 5 of 9 points", "steps", "lines", [CURVE]).to_json()]),
    Section(
        "Runs",
        table={
            "Run": ["First", EVIL, None],
            "Best": [1.5, 12_345.678, float("nan")],
            "Running": [True, False, None],
            "Seed": [2**31 - 1, 2**63 + 1, 0.04],
        },
    ),
    Section("Nothing yet"),
]


def test_a_report_holds_everything_and_asks_for_nothing() -> None:
    text = html_report("My runs", SECTIONS).decode()
    own = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "<title>My runs</title>" in own
    assert "http" not in own.replace('http-equiv="Content-Security-Policy"', "")
    assert '<td class="number">12,345.678</td><td>False</td>' in own
    assert "<td></td><td></td><td></td>" in own, "what is missing is empty"
    for value in ("2,147,483,647", "9,223,372,036,854,775,809", "0.04"):
        assert f'<td class="number">{value}</td>' in own
    assert 4_000_000 < len(text) < 8_000_000


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab."""
    page = context.new_page()
    yield page
    page.close()


@pytest.mark.long
def test_every_group_is_named_once_by_a_legend(page: Page, tmp_path: Path) -> None:
    """Also where a strip below the curves says how many runs there are."""
    curves = [replace(CURVE, name=name) for name in ("A · 3 runs", "B · 2 runs")]
    bands = [replace(curve, kind="band", high=curve.y + 1) for curve in curves]
    faint = [replace(curve, faint=True) for curve in curves]
    chart = Chart("k", "Curves", "", "steps", "lines", [*faint, *bands, *curves], legend=True, counts=curves)
    file = tmp_path / "report.html"
    file.write_bytes(html_report("Legend", [Section("Curves", charts=[chart.to_json()])]))
    page.goto(file.as_uri())
    page.locator(".legendtext").first.wait_for()
    assert page.locator(".legendtext").all_text_contents() == ["A · 3 runs", "B · 2 runs"]


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_draws_the_charts_and_runs_nothing_else(page: Page, scheme: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(html_report(EVIL, SECTIONS))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    problems, asked = list[str](), list[str]()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))

    page.goto(file.as_uri())

    page.locator(".js-plotly-plot .scatterlayer .trace").wait_for()
    assert page.evaluate("document.querySelector('.chart').calcdata[0].length") == 5
    page.locator(".nsewdrag").hover()
    page.locator(".hoverlayer .legendtext").wait_for()
    assert page.evaluate(SAYS) == page.evaluate(BODY), "what the pointer is told stands on the page's own background"
    assert page.evaluate("window.evil") is None
    assert page.locator("h1").inner_text() == EVIL
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
