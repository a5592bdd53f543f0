"""Where a page that has just been opened shows something, once it stays there: to be clicked without the help of the DOM."""

from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Page

T = TypeVar("T")
LOOK_MS, LOOKS = 150, 4  # so long and so often at the same place: it rests


def resting(page: Page, place: Callable[[], T]) -> T:
    """What `place` returns, as soon as it returns the same several times.

    Fonts and the parts of Streamlit that draw small curves arrive late, the first time above all, and move what is below them.
    """
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    seen: list[Any] = []
    while len(seen) < LOOKS or any(one != seen[-1] for one in seen[-LOOKS:]):
        page.wait_for_timeout(LOOK_MS)
        seen.append(place())
    last: T = seen[-1]
    return last
