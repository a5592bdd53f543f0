"""The settings page from top to bottom: its sections, each under a guard of its own."""

from collections.abc import Callable

from pages.ui.guard import guard
from pages.ui.settings.about import draw_about
from pages.ui.settings.notifications import draw_notifications
from pages.ui.settings.storage import draw_storage

SECTIONS: tuple[Callable[[], object], ...] = (draw_notifications, draw_storage, draw_about)
"""What draws each section, in order; every section begins with a heading of the second level."""


def draw_settings() -> None:
    """Draw every section; one that fails takes no other from the page."""
    for draw_section in SECTIONS:
        with guard():
            draw_section()
