"""What an environment did wrong, in one sentence: which one, where, and what to do. An environment is somebody else's code."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import gymnasium

from ..errors import ControlRoomError, EnvironmentFaultError, described

PASSED_THROUGH = ("gymnasium", "stable_baselines3", "sb3_contrib", __name__.split(".", maxsplit=1)[0])
"""Packages whose code calls environments, but for `gymnasium.envs`, which holds some."""
METHODS = ("step", "reset", "render", "close", "__init__")
CALLERS = ("step", "reset", "step_wait", "_save_obs")
"""Methods of theirs that use what an environment returns."""
CLOSED_PIPES = (EOFError, BrokenPipeError, ConnectionResetError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where code of an environment is.

    Attributes:
        env: its id, or the name of its class.
        method: which of its methods was called: `step`, `reset`, `render`, `close` or `__init__`.
        line: file and line, as a person looks for them: `snake.py, line 12`.
    """

    env: str
    method: str
    line: str


def explained(error: BaseException) -> BaseException:
    """The same failure in one sentence, if an environment is to blame for it; else the error itself.

    Args:
        error: as it was caught; it becomes the cause of the one that is returned.
    """
    if isinstance(error, ControlRoomError):
        return error
    fault = _fault(error)
    if fault is None:
        return error
    fault.__cause__ = error
    return fault


def _fault(error: BaseException) -> EnvironmentFaultError | None:
    if isinstance(error, CLOSED_PIPES) and any("subproc" in frame.f_code.co_filename for frame, _ in _frames(error.__traceback__)):
        return EnvironmentFaultError("The process of an environment has ended by itself; the end of trainer.log may say why.")
    place = place_of(error)
    if place is None:
        return _misfit(error)
    what = f"called sys.exit({error.code})" if isinstance(error, SystemExit) else f"raised {described(error)}"
    return EnvironmentFaultError(f"{place.env} {what}, in its {place.method} ({place.line}).")


def _misfit(error: BaseException) -> EnvironmentFaultError | None:
    """The fault of an environment that has returned what its callers cannot use, so that they fail; None if that is not what happened."""
    frame = _last(error)
    if frame is None or frame.f_code.co_name not in CALLERS or not _is_passed_through(frame):
        return None
    env, number = frame.f_locals.get("self"), frame.f_locals.get("env_idx")
    if not isinstance(env, gymnasium.Env):
        each = getattr(env, "envs", ())
        if not isinstance(number, int) or number >= len(each):
            return None
        env = each[number]
    method = "reset" if "reset" in frame.f_code.co_name else "step"
    return EnvironmentFaultError(
        f"{name_of_env(env.unwrapped)} must return from its {method} what the rules of Gymnasium and its own observation_space say; "
        f"what it returned cannot be used ({described(error)})."
    )


def place_of(error: BaseException) -> Place | None:
    """Where an environment raised it; None if none did."""
    cause = error.__cause__
    if cause is not None and _is_passed_through(_last(error)):  # `gymnasium.make` raises some errors anew
        error = cause
    return _place(list(_frames(error.__traceback__)))


def place_of_thread(thread: int) -> Place | None:
    """Where in an environment's code a thread is at this moment; None if it is elsewhere.

    Args:
        thread: its `ident`.
    """
    frames = list[tuple[FrameType, int]]()
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - the only way, as `faulthandler` does
    while frame is not None:
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    return _place(frames[::-1])


def explain_stall(thread: int) -> str | None:
    """What of an environment a thread has waited for all too long; None if it waits for something else. See `place_of_thread`."""
    place = place_of_thread(thread)
    if place is None:
        return None
    return (
        f"{place.env} does not come back from its {place.method} ({place.line}). Stop ends the trainer all the same; "
        "its last checkpoint and its best model are safe."
    )


def _place(frames: list[tuple[FrameType, int]]) -> Place | None:
    """Of the innermost method of an environment, and the innermost line of its own code.

    Args:
        frames: with the line of each, the outermost first.
    """
    calls = [number for number, (frame, _) in enumerate(frames) if _is_call(frame)]
    if not calls:
        return None
    first = calls[-1]
    frame = frames[first][0]
    own = [(inner, line) for inner, line in frames[first:] if inner.f_code.co_filename == frame.f_code.co_filename]
    inner, line = own[-1]
    return Place(name_of_env(frame.f_locals["self"]), frame.f_code.co_name, f"{Path(inner.f_code.co_filename).name}, line {line}")


def _is_call(frame: FrameType) -> bool:
    if frame.f_code.co_name not in METHODS or _is_passed_through(frame):
        return False
    return isinstance(frame.f_locals.get("self"), gymnasium.Env)


def _is_passed_through(frame: FrameType | None) -> bool:
    module = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return (module.split(".", maxsplit=1)[0] in PASSED_THROUGH and not module.startswith("gymnasium.envs.")) or _is_making(module)


def _is_making(module: str) -> bool:
    return module == "gymnasium.envs.registration"


def _last(error: BaseException) -> FrameType | None:
    return next((frame for frame, _ in reversed(list(_frames(error.__traceback__)))), None)


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def name_of_env(env: Any) -> str:
    """What to call an environment: its id, or the name of its class."""
    spec = getattr(env, "__dict__", {}).get("spec")  # not by its property, which may be somebody else's too
    return str(getattr(spec, "id", None) or type(env).__name__)
