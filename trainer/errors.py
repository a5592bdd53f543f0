"""Every failure a person can cause or meet: one class a failure, one sentence each.

The text of an error is meant for the person: which rule, what was expected, what came, what to do. The command line prints
it without a traceback and the app shows it in a box.
"""

import errno


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


class ControlRoomError(Exception):
    """The base of all failures that Control Room explains in one sentence."""


class SettingError(ControlRoomError, ValueError):
    """A setting of a run or of a game is out of its allowed range or of the wrong type."""


class RunNotFoundError(ControlRoomError):
    """The named run does not exist in the runs folder."""


class RunDirectoryError(ControlRoomError):
    """A run directory cannot be created, read or written."""


class RunIsActiveError(ControlRoomError):
    """Another trainer already holds this run's lock."""


class RunFinishedError(ControlRoomError):
    """A run has done all its steps: there is nothing to go on with."""


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


class ExportError(ControlRoomError):
    """A run has nothing to export, or the files cannot be written."""


class ComparisonError(ControlRoomError):
    """Two groups of runs cannot be compared."""


class TrainerStartError(ControlRoomError):
    """The trainer process could not be started."""


class ModelNameError(ControlRoomError):
    """A name for a saved model is taken or cannot be one."""


class JobIsActiveError(ControlRoomError):
    """Background work of this kind is going on already."""


class JobCancelledError(ControlRoomError):
    """Somebody has cancelled the work before it was done."""
