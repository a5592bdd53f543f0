"""What of the replay page is a task's own: how its episodes are read and played again.

This is the one place of the page that names tasks.
"""

import importlib
from typing import Any, cast

from pages.ui.replay.recordings import ReplayParts
from trainer.tasks.about import About

OWN = {"tetris": "..tetris.replay.parts", "gym": "..gym.replay.parts"}


def parts_of(about: About) -> ReplayParts[Any] | None:
    """The parts of a task; None if it records nothing that could be played again."""
    module = OWN.get(about.name)
    return cast("ReplayParts[Any]", importlib.import_module(module, __package__).PARTS) if module else None
