"""Back and Forward of a real browser: the address always says what is shown, and each step is one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.pages.fake_runs import ended, fill, live, new_run, with_best_model
from tests.pages.recorded import with_recordings
from tests.serving import PATIENCE_MS, App, SharedApp
from tests.waiting import wait_until
from trainer.run_files.run_directory import RunDirectory

REFRESHES_MS = 2_500  # in which the address would bounce

Runs = dict[str, RunDirectory]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """A run that has ended and one that is being trained, both with recorded games."""
    folder = tmp_path_factory.mktemp("runs")
    made = {
        name: with_recordings(new_run(folder, name, seed=seed, board_height=10), 1_000, 2_000) for seed, name in enumerate(("Old", "New"))
    }
    for run in made.values():
        fill(with_best_model(run))
    ended(made["Old"], "finished")
    with live(made["New"]):
        yield made


@pytest.fixture
def app(runs: Runs, shared: SharedApp) -> App:
    """The app on these runs."""
    return shared.show(runs["Old"].path.parent)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A window with an empty history; whatever goes wrong in its scripts fails the test."""
    problems: list[str] = []
    page = context.new_page()
    page.set_viewport_size({"width": 1440, "height": 1300})
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


def opened(page: Page, app: App, path: str, run: RunDirectory) -> None:
    """A page of a run, drawn to its end."""
    page.goto(f"{app.url}/{path}?run={run.run_id}")
    expect(page.get_by_role("button", name="Start new run")).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """Wait until nothing is drawn any more."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_attached()


def choice(page: Page, label: str) -> Locator:
    """A list that opens, by its label."""
    return page.get_by_role("combobox", name=label)


def shows(page: Page, label: str, text: str) -> None:
    """Wait until the one field of this label shows a text; for a moment the old and the new one are both there."""
    values = "fields => fields.map(field => field.value)"
    field = page.locator(f"input[aria-label='{label}']")
    wait_until(lambda: [text in value for value in field.evaluate_all(values)] == [True], PATIENCE_MS / 1_000, f"{label} to be {text}")


def choose(page: Page, label: str, option: re.Pattern[str]) -> None:
    """Choose from a list that opens."""
    choice(page, label).first.click()
    page.get_by_role("option", name=option).first.click()


@pytest.mark.long
def test_back_and_forward_go_through_the_views_of_the_analytics_page(page: Page, app: App, runs: Runs) -> None:
    opened(page, app, "Analytics", runs["New"])
    versus, curves = (page.get_by_role("radio", name=name) for name in ("Compare A vs B", "Curves"))
    search = page.get_by_label("Search", exact=True)
    expect(curves).to_be_checked()
    page.get_by_text("Compare A vs B").click()
    expect(page).to_have_url(re.compile("view=versus"))
    search.fill("Old")
    expect(page).to_have_url(re.compile("q=Old"))
    expect(page.get_by_text("1 of 2 runs")).to_be_visible()

    page.go_back()
    expect(page).not_to_have_url(re.compile("q=Old"))
    shows(page, "Search", "")
    expect(page.get_by_text("1 of 2 runs")).to_be_hidden()
    expect(versus).to_be_checked()
    page.go_back()
    expect(curves).to_be_checked()
    page.wait_for_timeout(REFRESHES_MS)
    expect(page).not_to_have_url(re.compile("view="))
    expect(curves).to_be_checked()
    page.go_forward()
    expect(versus).to_be_checked()
    page.go_forward()
    shows(page, "Search", "Old")
    page.wait_for_timeout(REFRESHES_MS)
    expect(page).to_have_url(re.compile("view=versus.*q=Old|q=Old.*view=versus"))


@pytest.mark.long
def test_back_leaves_the_replay_page_in_one_step(page: Page, app: App, runs: Runs) -> None:
    opened(page, app, "", runs["Old"])
    page.get_by_role("link", name="Replay", exact=True).click()
    expect(page).to_have_url(re.compile("evaluation=2000&game="))
    settled(page)
    best = choice(page, "Game").input_value()
    other = "Game 3" if "Game 3" not in best else "Game 2"
    choose(page, "Game", re.compile(other))
    expect(page).to_have_url(re.compile(f"game={other[-1]}"))
    shows(page, "Game", other)
    settled(page)

    page.go_back()
    shows(page, "Game", best)
    expect(page).not_to_have_url(re.compile(f"game={other[-1]}"))
    page.go_back()
    expect(page.get_by_role("heading", name="Old")).to_be_visible()
    expect(page).to_have_url(re.compile("/[?]run="))
    page.go_forward()
    shows(page, "Game", best)
    page.go_forward()
    shows(page, "Game", other)


@pytest.mark.long
@pytest.mark.parametrize(("path", "seen"), [("", "heading"), ("Models", ""), ("Watch", "Player")])
def test_back_shows_the_run_that_was_shown_before(page: Page, app: App, runs: Runs, path: str, seen: str) -> None:
    opened(page, app, path, runs["Old"])

    def shown(name: str) -> None:
        shows(page, "Run", name)
        expect(page).to_have_url(re.compile(runs[name].run_id))
        if seen == "heading":
            expect(page.get_by_role("heading", name=name)).to_be_visible()
        elif seen:
            shows(page, seen, name)
        settled(page)

    shown("Old")
    choose(page, "Run", re.compile("New"))
    shown("New")
    page.go_back()
    shown("Old")
    page.wait_for_timeout(REFRESHES_MS)
    shown("Old")
    page.go_forward()
    shown("New")


def left_in_one_step(page: Page, app: App) -> None:
    """Open the app without a run, and go back: that is where the browser was before."""
    page.goto("about:blank")
    page.goto(app.url)
    expect(page).to_have_url(re.compile("run="))
    page.wait_for_function("window.controlRoomWatches")  # the page's script, which comes a moment later
    settled(page)
    page.go_back()
    expect(page).to_have_url("about:blank")


@pytest.mark.long
def test_a_page_opened_without_a_run_is_left_in_one_step(page: Page, app: App) -> None:
    left_in_one_step(page, app)


@pytest.mark.long
def test_an_address_filled_in_while_the_browser_goes_back_does_not_hold_it(page: Page, app: App, runs: Runs) -> None:
    page.add_init_script(f"""window.addEventListener("popstate", () => setTimeout(() =>
        window.history.pushState({{}}, "", "?run={runs["Old"].run_id}"), 0), true)""")  # as a late answer of the app does
    left_in_one_step(page, app)
