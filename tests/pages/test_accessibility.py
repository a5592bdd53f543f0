"""Every page can be read and used by everybody: axe-core finds nothing serious, contrasts hold, and the keyboard reaches all of it.

axe-core is the copy that `axe-playwright-python` brings along: it comes from the disk.
"""

import importlib.resources
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pages.ui.chart import chart
from pages.ui.chart.chart import Chart
from pages.ui.chart.trace import Level, Trace
from pages.ui.charts import RUN_COLOURS, SKY
from tests.pages.fake_runs import ended, failed_run, fill, live, new_run, with_best_model
from tests.pages.fake_studies import confirmed_study
from tests.pages.recorded import HEIGHT, with_recordings
from tests.serving import App, SharedApp, emptied
from trainer.processes import PROJECT_DIR
from trainer.run_files.run_directory import RunDirectory

AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
PAGES = ("", "Analytics", "Models", "Replay", "Watch", "Play", "Sweeps", "Settings")
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
DRESSED = """(background) => {
  const parts = background.match(/[0-9A-F]{2}/g).map((part) => parseInt(part, 16));
  const dressed = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor === `rgb(${parts.join(", ")})`;
  return dressed && document.getAnimations().every(({ playState }) => playState !== "running");
}"""
LOOK = """async (rules) => (await axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .flatMap(({ id, nodes }) => nodes.map(({ target, html, any, all, none }) =>
    `${id}: ${target.join(" ")} ${html} (${[...any, ...all, ...none].map(({ message }) => message).join("; ")})`))"""
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # by their tag one of WCAG's level AAA would come along
FAINT = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  const seen = (...colours) => {  // one over the other
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (colour) => colour.map((part) => linear(part / 255))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const contrast = (...pair) => (Math.max(...pair.map(light)) + 0.05) / (Math.min(...pair.map(light)) + 0.05);
  const behind = (one) => (one ? [...behind(one.parentElement), getComputedStyle(one).backgroundColor] : ["white"]);
  return [...document.querySelectorAll("input[placeholder]:not([placeholder=''])")]
    .filter((one) => one.checkVisibility())
    .map((one) => [one.placeholder, contrast(seen(...behind(one)), seen(...behind(one), getComputedStyle(one, "::placeholder").color))])
    .filter(([, ratio]) => ratio < 4.5).map(([words, ratio]) => `“${words}” ${ratio.toFixed(2)} : 1`);
}"""  # what axe-core does not look at: the words in an empty field
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility())
  .map(({ tagName }) => Number(tagName[1]))"""
WINDOWS = ((1440, 900), (1280, 800), (1024, 768), (390, 844))
SIZES = ((1440, 900), (1024, 768), (720, 450), (390, 844))  # the third one is a laptop's at 200 % zoom
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
BEYOND = """() => {
  const wide = document.documentElement.clientWidth;
  const scrolls = (one) => one && (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  return [...document.querySelectorAll('[data-testid=stMain] :is(h1, h2, h3, p, button, input, label)')]
    .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && one.getBoundingClientRect().right > wide + 1)
    .filter((one) => !scrolls(one.parentElement.closest('[data-testid=stMainBlockContainer] *')))
    .map((one) => `${one.tagName} ${one.innerText.slice(0, 60)} ends at ${one.getBoundingClientRect().right} of ${wide}`);
}"""
# What is one pixel wide is there for screen readers alone.
CUT = """() => [...document.querySelectorAll('[data-testid=stMetric] *, [data-testid=stMain] button *')]
  .filter((one) => one.checkVisibility() && one.innerText)
  .filter((one) => one.clientWidth > 1 && one.scrollWidth > one.clientWidth)
  .map(({ innerText, scrollWidth, clientWidth }) => `${innerText}: ${scrollWidth} in ${clientWidth}`)"""
RING = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;  // inside of a component
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
  const around = focused.closest("label, [data-baseweb]");
  const ring = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const seen = ring({ outlineStyle, outlineWidth }) || (around && ring(getComputedStyle(around))) || boxShadow !== "none";
  return { name: focused.innerText || focused.ariaLabel || focused.tagName, seen };
}"""
NORMAL, SHAPES = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunDirectory]]:
    """A run in every state that looks different, and a sweep."""
    runs_dir = tmp_path_factory.mktemp("accessible") / "runs"
    names = ("finished", "running", "paused", "stalled", "young")
    runs = {name: new_run(runs_dir, name.capitalize(), board_height=HEIGHT, seed=seed) for seed, name in enumerate(names)}
    for name in names[:-1]:
        fill(runs[name])
    ended(with_best_model(with_recordings(runs["finished"], 1_000)), "finished")
    runs["failed"] = failed_run(runs_dir)
    confirmed_study(runs_dir)
    with ExitStack() as trainers:
        trainers.enter_context(live(runs["running"]))
        trainers.enter_context(live(runs["paused"], state="paused"))
        trainers.enter_context(live(runs["stalled"], heartbeat_monotonic_s=0.0))
        trainers.enter_context(live(runs["young"], state="starting"))
        yield runs


@pytest.fixture
def app(runs: dict[str, RunDirectory], shared: SharedApp) -> App:
    """The app on them."""
    return shared.show(runs["finished"].path.parent)


@pytest.fixture
def empty_app(shared: SharedApp, tmp_path: Path) -> App:
    """The app without a run."""
    return shared.show(tmp_path)


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window in the light theme."""
    with emptied(window) as page:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        yield page


def opened(page: Page, app: App, path: str, run: RunDirectory | None = None) -> Page:
    """The page, drawn to its end."""
    page.goto(f"{app.url}/{path}" + (f"?run={run.run_id}" if run else ""))
    page.get_by_role("heading", level=1).wait_for()
    page.get_by_role("button", name="Start new run").wait_for()
    return drawn(page)


def drawn(page: Page) -> Page:
    """The page, once nothing of it is missing."""
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_function("() => !document.querySelector('[data-testid=stApp]')?.dataset.testScriptState?.match(/running|initial/)")
    return page


def complaints(page: Page, *schemes: Scheme, windows: Sequence[tuple[int, int]] = ()) -> str:
    """What axe-core calls serious or critical, in both themes or in some, in the window as it is or in several.

    A theme changes colours alone: in the second one only these are looked at. The page is left in the light theme and in the last of
    the windows.
    """
    page.evaluate(AXE)
    found = list[str]()
    schemes = schemes or SCHEMES
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(DRESSED, arg=theme(scheme)[0]["backgroundColor"])
        rules = None if scheme == schemes[0] else COLOUR_RULES
        for window in windows or (None,):
            if window is not None:
                page.set_viewport_size({"width": window[0], "height": window[1]})
                page.evaluate(TWO_FRAMES)
            found += [f"{scheme} {window or ''}: {one}" for one in [*page.evaluate(LOOK, rules), *page.evaluate(FAINT)]]
    page.emulate_media(color_scheme="light")
    return "\n".join(found)


def assert_nothing_is_cut(page: Page) -> None:
    """Every figure and every button has room for its words, whatever the size of the window; the last size stays."""
    landmark = page.get_by_test_id("stMetricLabel").nth(1).or_(page.locator("[data-testid=stMain] button").last)
    expect(landmark.first).to_be_visible()
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(CUT) == [], width


def assert_the_focus_is_seen(page: Page) -> None:
    """All along the sidebar."""
    passed: list[dict[str, Any]] = []
    for _ in range(24):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(RING))
    names = " ".join(str(one["name"]) for one in passed)
    assert all(name in names for name in ("Analytics", "Play", "Start new run", "Pause", "Stop")), names
    assert [one["name"] for one in passed if one["name"] not in ("INPUT", "BODY") and not one["seen"]] == []


@pytest.mark.long
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious_on_a_page(page: Page, app: App, runs: dict[str, RunDirectory], path: str) -> None:
    opened(page, app, path, runs["finished"])
    assert complaints(page, windows=SIZES) == ""
    levels = page.evaluate(HEADINGS)
    assert levels.count(1) == 1, "one title a page"
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), "no level is left out"
    assert page.evaluate("() => document.documentElement.lang") == "en"
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(TWO_FRAMES)
        assert page.evaluate(BEYOND) == [], width
    if path in {"Models", "Play", "Sweeps"}:
        assert_nothing_is_cut(page)


@pytest.mark.long
def test_axe_finds_nothing_serious_where_there_is_no_run(page: Page, empty_app: App) -> None:
    opened(page, empty_app, "")
    for path in PAGES:
        if path:
            page.get_by_test_id("stSidebar").get_by_role("link", name=path, exact=True).click()
            expect(page.get_by_role("heading", level=1, name=path, exact=True)).to_be_visible()
            drawn(page)
        assert complaints(page, "light") == "", path
        assert page.evaluate(HEADINGS).count(1) == 1, path


@pytest.mark.long
@pytest.mark.parametrize("state", ["running", "paused", "stalled", "young", "failed"])
def test_axe_finds_nothing_serious_in_any_state_of_a_run(page: Page, app: App, runs: dict[str, RunDirectory], state: str) -> None:
    both = SIZES[::3] if state in {"running", "failed"} else ()
    assert complaints(opened(page, app, "", runs[state]), *(SCHEMES if both else ["dark"]), windows=both) == ""
    if state in {"paused", "young"}:
        assert_nothing_is_cut(page)


@pytest.mark.long
def test_the_focus_is_seen_and_axe_finds_nothing_serious_in_dialogs_and_menus(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "", runs["running"])
    assert_the_focus_is_seen(page)
    page.get_by_role("button", name="Start new run").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Seed").fill("none")
    form.get_by_role("button", name="Start training").click()
    expect(form.get_by_role("textbox", name="Seed")).to_be_focused()
    assert complaints(page) == ""
    form.get_by_role("button", name="Reset", exact=True).click()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Keep training")).to_be_visible()
    assert complaints(page) == ""
    page.get_by_role("button", name="Keep training").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("button", name="Save snapshot")).to_be_visible()
    assert complaints(page) == ""


@pytest.mark.long
def test_the_menu_of_a_row_and_the_deletion_can_be_used_with_the_keyboard(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "Analytics", runs["finished"])
    page.get_by_role("button", name="Actions").focus()
    page.keyboard.press("Enter")
    choice = page.get_by_role("combobox", name="One run")
    choice.fill("Finished")
    expect(page.get_by_role("option")).to_have_count(1)  # the list is filtered a moment later
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.get_by_role("button", name="Open in Live")).to_be_enabled()
    delete = page.get_by_role("button", name="Delete").first
    expect(delete).to_be_visible()
    assert complaints(page) == ""
    delete.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("moves to the trash folder")).to_be_visible()
    assert complaints(page) == ""


@pytest.mark.long
def test_a_question_mark_opens_the_keys_of_the_page_and_escape_closes_them(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "Play", runs["finished"])
    keys = page.get_by_role("dialog", name="Keys on Play")
    before = page.get_by_role("button", name="Start new run")
    before.focus()
    page.keyboard.press("?")
    expect(keys.get_by_text("Choose the column")).to_be_visible()
    assert complaints(page) == ""
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(before).to_be_focused()
    field = page.get_by_role("combobox").first
    field.focus()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.keyboard.press("Escape")
    opener = page.get_by_role("button", name="Keys of this page")
    opener.press("Enter")
    expect(keys).to_be_visible()
    keys.get_by_role("button", name="Close").press("Enter")
    expect(opener).to_be_focused()
    opener.press("Enter")
    keys.get_by_role("button", name="Show the tour again").press("Enter")
    expect(page.get_by_role("region", name="Tour")).to_be_visible()


@pytest.mark.long
def test_the_games_of_an_evaluation_are_opened_with_the_keyboard(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "", runs["finished"])
    page.get_by_role("button", name="Watch an evaluation").focus()
    page.keyboard.press("Enter")
    games = page.get_by_role("link", name="Open its episodes")
    expect(games).to_be_visible()
    games.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.pathname.endsWith('Replay') && location.search.includes('evaluation=')")


@pytest.mark.long
@pytest.mark.parametrize("path", ["Analytics?group=each", "Analytics?view=versus&group=each"])
def test_no_figure_and_no_button_is_cut_in_a_window_of_any_size(page: Page, app: App, path: str) -> None:
    assert_nothing_is_cut(opened(page, app, path))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    lights = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> list[float]:
    """Red, green and blue as amounts of light, from 0 to 1."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def theme(scheme: str) -> tuple[dict[str, Any], list[str]]:
    """The colours of a theme, and everything that words can stand on in it."""
    settings = tomllib.loads((Path(PROJECT_DIR) / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"][scheme]
    names = ("backgroundColor", "secondaryBackgroundColor")
    return settings, [part[name] for part in (settings, settings["sidebar"]) for name in names]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_and_shapes_stand_out_from_every_background(scheme: str) -> None:
    colours, backgrounds = theme(scheme)
    assert contrast("#FFFFFF", colours["primaryColor"]) >= NORMAL, "what a main button says"
    for background in backgrounds:
        for words in ("textColor", "grayTextColor"):
            assert contrast(colours[words], background) >= NORMAL, (words, background)
        assert contrast(colours.get("linkColor", colours["primaryColor"]), background) >= NORMAL
        assert contrast(colours["primaryColor"], background) >= SHAPES
        assert contrast("#2576B0", background) >= SHAPES, "the ring of the focus, in style.css"
    assert contrast(colours["grayTextColor"], colours["grayBackgroundColor"]) >= NORMAL, "a grey badge"


def chart_with_all_that_it_can_say() -> Chart:
    """A chart with names, values to compare with, words at a place, ticks, counts and marks."""
    x = np.array([1.0, 2.0])
    traces = [Trace(kind, x, x, kind, SKY, texts=("a", "b")) for kind in ("line", "bars", "marks")]
    ticks, words = [(1.0, "one"), (2.0, "two")], [(1.0, 1.0, "here")]
    return Chart("", "", "", "x", "y", traces, legend=True, levels=[Level(1.5, "BCTS")], x_ticks=ticks, words=words, counts=traces[:1])


def fonts_in(part: Any) -> Iterator[dict[str, Any]]:
    """Every font that a chart asks for; what names no colour has that of the theme's text."""
    for name, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list | tuple) else ():
        if str(name).endswith("font"):
            yield value
        yield from fonts_in(value)


def blended(colour: str, opacity: float, background: str) -> str:
    """What is seen of a translucent colour."""
    pairs = ((int(colour[at : at + 2], 16), int(background[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(opacity * over + (1 - opacity) * under):02x}" for over, under in pairs)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_that_a_chart_says_can_be_read(scheme: str) -> None:
    colours, (background, *_) = theme(scheme)
    fonts = list(fonts_in(chart_with_all_that_it_can_say().to_json()))
    assert len(fonts) >= 4
    for font in fonts:
        assert contrast(font.get("color", colours["textColor"]), background) >= NORMAL, font
    assert "font: { family: style.fontFamily, size: 11, color: text }" in chart._JS
    opacities = [float(found) for found in re.findall(r"opacity: (0?\.\d+);", chart._CSS)]
    assert opacities
    for opacity in opacities:
        assert contrast(blended(colours["textColor"], opacity, background), background) >= NORMAL, opacity


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_line_stands_out_from_its_chart(scheme: str) -> None:
    _, (background, *_) = theme(scheme)
    assert {colour: contrast(colour, background) for colour in RUN_COLOURS if contrast(colour, background) < SHAPES} == {}


COLOUR_VISION = {  # linear red, green and blue of what is seen: Machado, Oliveira and Fernandes (2009), severity 1
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
LINEAR_TO_XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8729))  # of sRGB; white is (1, 1, 1)
TOLD_APART = 9.0  # CIE 1976; about four times what is just noticed


def seen_as(colour: str, vision: str) -> Any:
    """Where a colour lies in L*a*b* for this vision (3,)."""
    xyz = np.array(LINEAR_TO_XYZ) @ np.clip(np.array(COLOUR_VISION[vision]) @ _linear(colour), 0, 1)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", COLOUR_VISION)
def test_the_colours_of_runs_are_told_apart_with_every_common_colour_vision(vision: str) -> None:
    distances = {pair: float(np.linalg.norm(seen_as(pair[0], vision) - seen_as(pair[1], vision))) for pair in combinations(RUN_COLOURS, 2)}
    assert {pair: distance for pair, distance in distances.items() if distance < TOLD_APART} == {}
