"""Scripts as the trainer finds them: it never starts one; see `trainer.learning.task`."""

from typing import TYPE_CHECKING, NoReturn

from ...errors import SettingError
from ...run_files.run_directory import RunDirectory
from .about import ABOUT, ScriptSettings

if TYPE_CHECKING:
    from ...learning.session import RunSession

settings = ScriptSettings


def check_settings(config: ScriptSettings) -> NoReturn:  # noqa: ARG001 - see TaskKind
    """Refuse to start one.

    Raises:
        SettingError: always.
    """
    raise SettingError(f"A training in a script is started by the script. {ABOUT.elsewhere}")


def make_task(session: "RunSession", config: ScriptSettings) -> NoReturn:  # noqa: ARG001 - see TaskKind
    """Refuse to make one.

    Raises:
        SettingError: always.
    """
    check_settings(config)


def cut_files(run: RunDirectory, step: int) -> None:
    """It writes none of its own."""


def memory_advice(config: ScriptSettings) -> str:  # noqa: ARG001 - see TaskKind
    """Nothing: the script decides."""
    return ""
