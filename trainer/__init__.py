"""Control Room's trainer: the game, the learner, and the files through which both are watched and steered.

Where it is installed it is called `control_room`. What it offers is imported when it is asked for:
what only looks at runs loads no learner.
"""

from typing import TYPE_CHECKING, Any

__all__ = ["ControlRoomCallback", "__version__"]

if TYPE_CHECKING:  # a `__getattr__` would tell a type checker that there is whatever is asked for
    from .tasks.script.callback import ControlRoomCallback

    __version__: str
else:

    def __getattr__(name: str) -> Any:
        if name == "ControlRoomCallback":
            from .tasks.script.callback import ControlRoomCallback  # noqa: PLC0415 - it brings torch

            return ControlRoomCallback
        if name == "__version__":
            from .program import version  # noqa: PLC0415 - it reads a file

            return version()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
