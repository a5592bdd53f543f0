"""Every failure a person can cause or meet: one class a failure, one sentence each.

The text of an error is meant for the person: which rule, what was expected, what came, what to do. The command line prints
it without a traceback and the app shows it in a box.
"""

import errno
import re


def shown(value: object) -> str:
    """A value as an error quotes it: short, on one line, whatever it is."""
    try:
        return repr(value if isinstance(value, str) else str(value))[:60]
    except (ValueError, RecursionError):  # numbers of thousands of digits, lists in lists in lists
        return f"a {type(value).__name__} too large to show"


JOINERS = "\u200c\u200d"  # without them some scripts and pictures fall apart, and they move nothing


def visible(text: str, keep: str = "") -> str:
    """The text with an escape for every character that a terminal would obey instead of showing it.

    Those are control characters (an escape sequence can rewrite the screen) and what turns the direction of writing round; without
    line ends it stays one line.

    Args:
        text: from wherever: names, sentences of a file.
        keep: characters that stay as they are, such as the line ends of a longer text.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in JOINERS or one in keep else _escape(one) for one in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def legible(text: str) -> str:
    """The text without what UTF-8 cannot hold: bytes of a path that are no UTF-8 are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


LONGEST_REASON = 300  # characters
NO_MEMORY = re.compile(r"can't allocate memory|out of memory", re.IGNORECASE)  # as torch says it, in a `RuntimeError`


def reason(error: BaseException) -> str:
    """Why something failed: one short line without a full stop, of any exception, whatever it holds; to go into brackets."""
    said = _said(error)
    if is_out_of_memory(error):
        return f"not enough memory: {said}" if said and not isinstance(error, OSError) else "not enough memory"
    return said or f"{_kind(error)} without a message"


def described(error: BaseException) -> str:
    """The same with the kind of the exception, `ValueError: …`, for one that nobody foresaw; one of ours speaks for itself."""
    if isinstance(error, ControlRoomError):
        return str(error)
    said = _text(error) if isinstance(error, OSError) else _said(error)  # with the path, which nothing around names
    return f"{_kind(error)}: {said}" if said and not is_out_of_memory(error) else reason(error)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether it says that there is not enough memory: Python, NumPy, the system and torch say it in different ways."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and NO_MEMORY.search(_text(error)) is not None)


def _said(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return _one_line(str(error.strerror))  # without the path, which the sentence around names
    if isinstance(error, KeyError) and len(error.args) == 1 and not (isinstance(error.args[0], str) and " " in error.args[0]):
        return f"{shown(error.args[0])} is missing"
    return _text(error.args[0] if isinstance(error, KeyError) and error.args else error)


def _text(error: object) -> str:
    try:
        return _one_line(str(error))
    except Exception:  # noqa: BLE001 - a library's own exception can be broken, too
        return ""


def _one_line(text: str) -> str:
    line = " ".join(text.split()).rstrip(" .")
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def _kind(error: BaseException) -> str:
    """The name of its class: of the first that is not private to a library, and with its module where it says nothing alone."""
    kind = next(one for one in type(error).__mro__ if not one.__name__.startswith("_"))
    return f"{kind.__module__}.{kind.__name__}" if kind.__name__.lower() == "error" else kind.__name__


class ControlRoomError(Exception):
    """The base of all failures that Control Room explains in one sentence."""


class SettingError(ControlRoomError, ValueError):
    """A setting of a run or of a game is out of its allowed range or of the wrong type."""


class EnvironmentFaultError(ControlRoomError):
    """An environment, somebody else's code, has failed or does not keep to the rules of Gymnasium."""


class TaskNotFoundError(ControlRoomError):
    """No task of this name is installed."""


class CommandNotFoundError(ControlRoomError):
    """A task has no such command for its models."""


class RunNotFoundError(ControlRoomError):
    """The named run does not exist in the runs folder."""


class StudyNotFoundError(ControlRoomError):
    """The named sweep does not exist in the runs folder."""


class SweepFinishedError(ControlRoomError):
    """A sweep has ended for good: there is nothing to stop or to go on with."""


class RunDirectoryError(ControlRoomError):
    """A run directory cannot be created, read or written."""


class RunIsActiveError(ControlRoomError):
    """Another trainer already holds this run's lock."""


class SweepIsActiveError(RunIsActiveError):
    """A process is at work on the sweep already."""


class RunFinishedError(ControlRoomError):
    """A run has done all its steps: there is nothing to go on with."""


class RunNotQueuedError(ControlRoomError):
    """A run does not wait in the queue any more, so that it cannot be moved, cancelled or started from there."""


class NotificationError(ControlRoomError):
    """An address for notifications is none that a message can be sent to."""


class ControlFileError(ControlRoomError):
    """control.json holds something that is not a valid control document."""


class LabelError(ControlRoomError, ValueError):
    """A name, a tag or a note that a person wrote on a run is too long or not one line."""


class FormatError(ControlRoomError):
    """A file of a run directory is damaged or written by an unknown format version."""


class SpecialFileError(ControlRoomError, OSError):
    """A name in a run directory is a link, a FIFO, a device or too large: it is never opened."""

    def __init__(self, reason: str, path: object) -> None:
        super().__init__(errno.ELOOP, reason, str(path))

    def __str__(self) -> str:
        return f"{self.filename} cannot be used ({self.strerror})."


class ModelNotFoundError(ControlRoomError):
    """There is no saved model where one was asked for."""


class LearnerError(ControlRoomError):
    """A model cannot be trained in this way: what it learned would be wrong or never play."""


class RunElsewhereError(ControlRoomError):
    """The run is trained by a program of the user's own, which alone can go on with it."""


class CopiedProcessError(ControlRoomError):
    """The process was copied by `fork`, and the copy goes on with what is its parent's."""


class EvaluationError(ControlRoomError):
    """An environment failed while a policy was evaluated in it."""


class ExportError(ControlRoomError):
    """A run has nothing to export, or the files cannot be written."""


class ComparisonError(ControlRoomError):
    """Two groups of runs cannot be compared."""


class AppNotInstalledError(ControlRoomError):
    """The libraries of the app are not installed."""


class CleaningError(ControlRoomError):
    """Some of what was to be deleted could not be."""


class TrainerStartError(ControlRoomError):
    """The trainer process could not be started."""


class ModelNameError(ControlRoomError):
    """A name for a saved model is taken or cannot be one."""


class JobIsActiveError(ControlRoomError):
    """Background work of this kind is going on already."""


class JobCancelledError(ControlRoomError):
    """Somebody has cancelled the work before it was done."""


class NotPermittedError(ControlRoomError):
    """Whoever asks may only look."""


class ClusterError(ControlRoomError):
    """No cluster answers at the address, or none of its machines can train."""
