"""`control.json`: what the user wants *now*. Written by the app and the command line, read by the trainer's watcher.

| field | meaning |
|---|---|
| `seq` | grows by one with every write, under the lock |
| `run` | `running`, `paused` or `stopped` (final for that process) |
| `visual` | whether pictures of the watched episode are written |
| `speed` | the most environment steps per second while pictures are written, 1–1,000,000; null: full speed |
| `board_every` | 1–1000 environment steps between pictures |
| `pause_at_step` | pause as soon as so many environment steps are done, or null |
| `pause_at_best_after` | pause as soon as there is a best model of a later step than this (−1: any), or null |
| `save` | `{"slot": name, "seq": seq of the write that asked}`: save the model as it is under a name, or null |
| `updated_at`, `updated_by` | UTC time; the address of the person who was signed in to the app, else `app`, `cli` or `sweep` |

A `seq` that is further ahead of the last applied one than `MAX_AHEAD` is damage: the trainer keeps its last good state, and the next
command goes on from what was applied, so that no number in a file ever takes the controls away.

It is a level, not a queue: the trainer always goes to the newest state. Writers change it under `control.json.lock`; readers
never lock.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from filelock import Timeout

from ..errors import ControlFileError, FormatError, RunDirectoryError, reason, shown, visible
from .files import now_text, parse_document, replace_document
from .limits import MAX_DOCUMENT_BYTES
from .locks import locked
from .opening import is_real_folder, read_bytes, require_folder
from .run_directory import RunDirectory
from .slot_names import SLOT_RULE, is_slot_name

RunCommand = Literal["running", "paused", "stopped"]
MIN_SPEED, MAX_SPEED = 1, 1_000_000  # environment steps per second
SPEED_RULE = f"from {MIN_SPEED} to {MAX_SPEED:,} environment steps per second, or null for full speed"
MIN_BOARD_EVERY, MAX_BOARD_EVERY = 1, 1_000  # environment steps
MAX_WRITER_CHARACTERS = 80
NO_BRACKETS = str.maketrans(dict.fromkeys("()"))
MAX_SEQ = 2**53  # what every JSON reader keeps exact
MAX_AHEAD = 2**40  # of the last command that was applied: more than that only a damaged or a foreign file says
LOCK_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """Save the model as it is under a name. Constructing one checks it.

    Raises:
        ControlFileError: the name cannot be one of a folder on every system, or `seq` is no number of a write.
    """

    slot: str
    seq: int
    """Of the write that asked: a request is carried out once."""

    def __post_init__(self) -> None:
        _require("A model's name", SLOT_RULE, self.slot, is_slot_name(self.slot))
        _require("seq", f"a whole number from 0 to {MAX_SEQ}", self.seq, _is_whole(self.seq) and 0 <= self.seq <= MAX_SEQ)


@dataclass(frozen=True, slots=True)
class Control:
    """One state of `control.json`. Constructing one checks every field.

    Raises:
        ControlFileError: a field is of the wrong type or out of range.
    """

    seq: int = 0
    run: RunCommand = "running"
    visual: bool = False
    speed: float | None = None
    board_every: int = 25
    pause_at_step: int | None = None
    pause_at_best_after: int | None = None
    save: SaveRequest | None = None
    updated_at: str = ""
    updated_by: str = ""

    def __post_init__(self) -> None:
        _require("seq", f"a whole number from 0 to {MAX_SEQ}", self.seq, _is_whole(self.seq) and 0 <= self.seq <= MAX_SEQ)
        _require("run", "one of " + ", ".join(get_args(RunCommand)), self.run, self.run in get_args(RunCommand))
        at_step, best_after = self.pause_at_step, self.pause_at_best_after
        fits = at_step is None or (_is_whole(at_step) and 0 <= at_step <= MAX_SEQ)
        _require("pause_at_step", f"a whole number from 0 to {MAX_SEQ}, or null", at_step, fits)
        fits = best_after is None or (_is_whole(best_after) and -1 <= best_after <= MAX_SEQ)
        _require("pause_at_best_after", f"a whole number from -1 to {MAX_SEQ}, or null", best_after, fits)
        _require("save", "an object with slot and seq, or null", self.save, self.save is None or isinstance(self.save, SaveRequest))
        _require("visual", "true or false", self.visual, isinstance(self.visual, bool))
        fits = self.speed is None or _is_number(self.speed, MIN_SPEED, MAX_SPEED)
        _require("speed", SPEED_RULE, self.speed, fits)
        board_every_fits = _is_whole(self.board_every) and MIN_BOARD_EVERY <= self.board_every <= MAX_BOARD_EVERY
        _require("board_every", f"a whole number from {MIN_BOARD_EVERY} to {MAX_BOARD_EVERY}", self.board_every, board_every_fits)
        _require("updated_at", "text", self.updated_at, isinstance(self.updated_at, str))
        _require("updated_by", "text", self.updated_by, isinstance(self.updated_by, str))

    @property
    def said_by(self) -> str:
        """Who wrote it, as a sentence may name whoever a file names: one short printable line that ends no bracket."""
        name = visible(self.updated_by)[:MAX_WRITER_CHARACTERS].translate(NO_BRACKETS)
        return name.strip() or "unknown"


def _require(name: str, expected: str, got: object, holds: bool) -> None:
    if not holds:
        raise ControlFileError(f"{name} must be {expected}; got {shown(got)}.")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def parse_control(content: bytes) -> Control:
    """The state in the bytes of a `control.json`; unknown fields are passed over.

    Raises:
        ControlFileError: it is not a valid control document; the text says why.
    """
    try:
        document = parse_document(content, "control.json")
        known = {name: document[name] for name in Control.__dataclass_fields__ if name in document}
        missing = [name for name in ("seq", "run") if name not in known]
    except FormatError as error:
        raise ControlFileError(str(error)) from None
    if missing:
        raise ControlFileError(f"control.json must hold {' and '.join(missing)}.")
    try:
        if isinstance(save := known.get("save"), dict) and save.keys() == {"slot", "seq"}:
            known["save"] = SaveRequest(**save)
        return Control(**known)
    except ControlFileError as error:
        raise ControlFileError(f"In control.json, {error}") from None


def read_control(run: RunDirectory) -> Control:
    """The present state of `control.json`.

    Raises:
        ControlFileError: it is missing or not valid.
    """
    return parse_control(read_control_bytes(run))


def read_control_bytes(run: RunDirectory) -> bytes:
    """The content of `control.json`, at most one byte more than a document may have.

    Raises:
        ControlFileError: it is missing or cannot be read.
    """
    try:
        return read_bytes(run.control, MAX_DOCUMENT_BYTES)
    except OSError as error:
        raise ControlFileError(f"control.json cannot be read ({reason(error)}).") from None


def next_seq(written: int, applied: int) -> int:
    """The `seq` of the next command: one more than the last, whatever a damaged or foreign file says.

    Args:
        written: in `control.json`.
        applied: in `status.json`.
    """
    applied = _possible(applied)
    return max(written if written <= applied + MAX_AHEAD else 0, applied) + 1


def require_near(control: Control, applied_seq: int) -> None:
    """Refuse a state that no writer of ours can have written after the last applied one.

    Raises:
        ControlFileError: its `seq` is too far ahead.
    """
    most = _possible(applied_seq) + MAX_AHEAD
    if control.seq > most:
        raise ControlFileError(f"In control.json, seq must be at most {most} now; got {control.seq}. Any command writes a good one.")


def _possible(applied_seq: int) -> int:
    """The last applied `seq`; none if a status says what no run can have reached."""
    return applied_seq if 0 <= applied_seq <= MAX_SEQ // 2 else 0


def update_control(run: RunDirectory, /, *, by: str, applied_seq: int = 0, save_as: str | None = None, **changes: Any) -> Control:
    """Change some fields of `control.json` under its lock and return the new state.

    A damaged file is replaced by the defaults with the changes, so that a corrupt file never takes the controls away.

    Args:
        run: the run.
        by: who writes: `app`, `cli` or the address of a person.
        applied_seq: the last `seq` the trainer has applied; a damaged file goes on from there, so that `seq` never falls.
        save_as: a name to save the model under, now.
        changes: the fields to change. A change of `run` that does not say otherwise takes back every pause that was asked for.

    Raises:
        ControlFileError: a change is out of range; the file is untouched.
        RunDirectoryError: the run directory is gone or not writable, or the lock is no regular file or was not free within 3 seconds.
    """
    if "run" in changes:
        changes = {"pause_at_step": None, "pause_at_best_after": None} | changes
    if save_as is not None:
        SaveRequest(save_as, 0)
    replace(Control(), **changes)  # refuse a bad value before anything is touched
    try:
        require_folder(run.path)
        with locked(run.control_lock, timeout_s=LOCK_TIMEOUT_S):
            try:
                before = read_control(run)
            except ControlFileError:
                before = Control(seq=applied_seq)
            seq = next_seq(before.seq, applied_seq)
            if save_as is not None:
                changes["save"] = SaveRequest(save_as, seq)
            after = replace(before, **changes, seq=seq, updated_at=now_text(), updated_by=by)
            replace_document(run.control, asdict(after))
    except Timeout:
        raise RunDirectoryError(f"control.json is locked by another program for over {LOCK_TIMEOUT_S:g} s; try again.") from None
    except OSError as error:
        advice = "mend that and try again" if is_real_folder(run.path) else "is the run still there?"
        raise RunDirectoryError(f"control.json of {run.run_id} cannot be written ({reason(error)}); {advice}") from None
    return after
