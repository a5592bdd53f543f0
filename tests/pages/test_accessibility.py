"""Every page can be read and used by everybody: axe-core finds nothing serious, contrasts hold, and the keyboard reaches all of it.

axe-core is the copy that `axe-playwright-python` brings along: it comes from the disk.
"""

import importlib.resources
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.fake_runs import ended, failed_run, fill, live, new_run, with_best_model
from tests.pages.recorded import HEIGHT, with_recordings
from tests.serving import App, running_app, running_browser
from trainer.launcher import PROJECT_DIR
from trainer.run_files.run_directory import RunDirectory

AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
PAGES = ("", "Analytics", "Models", "Replay", "Watch", "Play")
SCHEMES = ("light", "dark")
LOOK = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .flatMap(({ id, nodes }) => nodes.map(({ target, html, any, all, none }) =>
    `${id}: ${target.join(" ")} ${html} (${[...any, ...all, ...none].map(({ message }) => message).join("; ")})`))"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility())
  .map(({ tagName }) => Number(tagName[1]))"""
DRAWN = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
NORMAL, SHAPES = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all."""
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunDirectory]]:
    """A run in every state that looks different."""
    runs_dir = tmp_path_factory.mktemp("accessible") / "runs"
    names = ("finished", "running", "paused", "stalled", "young")
    runs = {name: new_run(runs_dir, name.capitalize(), board_height=HEIGHT, seed=seed) for seed, name in enumerate(names)}
    for name in names[:-1]:
        fill(runs[name])
    ended(with_best_model(with_recordings(runs["finished"], 1_000)), "finished")
    runs["failed"] = failed_run(runs_dir)
    with ExitStack() as trainers:
        trainers.enter_context(live(runs["running"]))
        trainers.enter_context(live(runs["paused"], state="paused"))
        trainers.enter_context(live(runs["stalled"], heartbeat_monotonic_s=0.0))
        trainers.enter_context(live(runs["young"], state="starting"))
        yield runs


@pytest.fixture(scope="module")
def app(runs: dict[str, RunDirectory], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app on them."""
    with running_app(runs["finished"].path.parent, tmp_path_factory.mktemp("log") / "app.log") as app:
        yield app


@pytest.fixture(scope="module")
def empty_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app without a run."""
    folder = tmp_path_factory.mktemp("empty")
    with running_app(folder / "runs", folder / "app.log") as app:
        yield app


@pytest.fixture(params=SCHEMES)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window in the light and in the dark theme."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme=request.param, reduced_motion="reduce")
    yield page
    page.close()


def opened(page: Page, app: App, path: str, run: RunDirectory | None = None) -> Page:
    """The page, drawn to its end."""
    page.goto(f"{app.url}/{path}" + (f"?run={run.run_id}" if run else ""))
    page.get_by_role("heading", level=1).wait_for(timeout=60_000)
    page.get_by_role("button", name="Start new run").wait_for(timeout=60_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stApp]')?.dataset.testScriptState?.match(/running|initial/)", timeout=60_000
    )
    return page


def complaints(page: Page) -> str:
    """What axe-core calls serious or critical."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(LOOK)
    return "\n".join(found)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious_on_a_page(page: Page, app: App, runs: dict[str, RunDirectory], path: str) -> None:
    opened(page, app, path, runs["finished"])
    assert complaints(page) == ""
    levels = page.evaluate(HEADINGS)
    assert levels.count(1) == 1, "one title a page"
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), "no level is left out"
    assert page.evaluate("() => document.documentElement.lang") == "en"


@pytest.mark.parametrize("page", ["light"], indirect=True)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious_where_there_is_no_run(page: Page, empty_app: App, path: str) -> None:
    assert complaints(opened(page, empty_app, path)) == ""
    assert page.evaluate(HEADINGS).count(1) == 1


@pytest.mark.parametrize("page", ["dark"], indirect=True)
@pytest.mark.parametrize("state", ["running", "paused", "stalled", "young", "failed"])
def test_axe_finds_nothing_serious_in_any_state_of_a_run(page: Page, app: App, runs: dict[str, RunDirectory], state: str) -> None:
    assert complaints(opened(page, app, "", runs[state])) == ""


def test_axe_finds_nothing_serious_in_dialogs_and_menus(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "", runs["running"])
    page.get_by_role("button", name="Start new run").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Seed").fill("none")
    form.get_by_role("button", name="Start training").click()
    expect(form.get_by_role("textbox", name="Seed")).to_be_focused(timeout=20_000)
    assert complaints(page) == ""
    form.get_by_role("button", name="Reset", exact=True).click()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0, timeout=20_000)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Keep training")).to_be_visible(timeout=20_000)
    assert complaints(page) == ""
    page.get_by_role("button", name="Keep training").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=20_000)
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("button", name="Save snapshot")).to_be_visible(timeout=20_000)
    assert complaints(page) == ""


def test_the_menu_of_a_row_and_the_deletion_can_be_used_with_the_keyboard(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "Analytics", runs["finished"])
    page.get_by_role("button", name="Actions").focus()
    page.keyboard.press("Enter")
    choice = page.get_by_role("combobox", name="One run")
    choice.fill("Finished")
    expect(page.get_by_role("option")).to_have_count(1, timeout=20_000)  # the list is filtered a moment later
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0, timeout=20_000)
    expect(page.get_by_role("button", name="Open in Live")).to_be_enabled(timeout=20_000)
    delete = page.get_by_role("button", name="Delete").first
    expect(delete).to_be_visible(timeout=20_000)
    assert complaints(page) == ""
    delete.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("moves to the trash folder")).to_be_visible(timeout=20_000)
    assert complaints(page) == ""


def test_the_games_of_an_evaluation_are_opened_with_the_keyboard(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "", runs["finished"])
    page.get_by_role("button", name="Watch an evaluation").focus()
    page.keyboard.press("Enter")
    games = page.get_by_role("button", name="Open its games")
    expect(games).to_be_visible(timeout=20_000)
    games.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.pathname.endsWith('Replay') && location.search.includes('evaluation=')", timeout=30_000)


RING = """() => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  const around = document.activeElement.closest("label, [data-baseweb]");
  const ring = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const seen = ring({ outlineStyle, outlineWidth }) || (around && ring(getComputedStyle(around))) || boxShadow !== "none";
  return { name: document.activeElement.innerText || document.activeElement.ariaLabel || document.activeElement.tagName, seen };
}"""


def test_the_focus_is_seen_all_along_the_sidebar(page: Page, app: App, runs: dict[str, RunDirectory]) -> None:
    opened(page, app, "", runs["running"])
    passed: list[dict[str, Any]] = []
    for _ in range(24):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(RING))
    names = " ".join(str(one["name"]) for one in passed)
    assert all(name in names for name in ("Analytics", "Play", "Start new run", "Pause", "Stop")), names
    assert [one["name"] for one in passed if one["name"] not in ("INPUT", "BODY") and not one["seen"]] == []


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    lights = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
