"""A recorded episode of an environment as a browser shows it: simulated by a real process, played, scrubbed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.serving import SharedApp, emptied
from tests.trainer.tasks.gym.test_film import recorded

pytestmark = pytest.mark.long

SLIDE = "(slider, frame) => { slider.value = frame; slider.dispatchEvent(new Event('input', { bubbles: true })); }"


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window; whatever goes wrong in its scripts fails the test."""
    with emptied(window) as page:
        yield page


def test_an_episode_is_simulated_and_played(tmp_path: Path, page: Page, shared: SharedApp) -> None:
    run, episode = recorded(tmp_path / "runs", "LunarLander-v3")
    app = shared.show(run.path.parent)
    page.goto(f"{app.url}/Replay?run={run.run_id}&evaluation=100")
    player = page.locator(".timeline")
    expect(player).to_be_visible()
    expect(page.get_by_text("simulated again and equal")).to_be_visible()
    picture = player.locator("img")
    expect(picture).to_have_js_property("naturalWidth", 600)
    first = picture.get_attribute("src")
    page.get_by_label("Speed").last.select_option("16×")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(player).to_have_attribute("data-position", str(episode.length))
    assert picture.get_attribute("src") != first
    player.locator(".place").evaluate(SLIDE, 11)
    expect(player.locator(".at")).to_have_text("step 11")
    page.wait_for_function("() => location.search.includes('step=11')")
