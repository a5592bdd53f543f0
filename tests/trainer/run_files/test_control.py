"""`control.json`: what the user wants now, whoever writes at the same time and whatever stands in it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.trainer.run_files.faults import DEEP_LIST, every_prefix, full_disk
from trainer.errors import ControlFileError, RunDirectoryError
from trainer.run_files import control
from trainer.run_files.control import (
    MAX_WRITER_CHARACTERS,
    SPEED_RULE,
    Control,
    SaveRequest,
    parse_control,
    read_control,
    require_near,
    update_control,
)
from trainer.run_files.limits import MAX_DOCUMENT_BYTES
from trainer.run_files.run_directory import RunDirectory

GOLDEN = (
    b'{\n  "version": 4,\n  "seq": 1,\n  "run": "paused",\n  "visual": true,\n  "speed": 200,\n  "board_every": 25,\n'
    b'  "pause_at_step": null,\n  "pause_at_best_after": null,\n  "save": null,\n'
    b'  "updated_at": "2026-11-23T15:04:05.123Z",\n  "updated_by": "app"\n}\n'
)
VALID = {"version": 4, "seq": 1, "run": "running"}
REPOSITORY = Path(__file__).parents[3]


def test_the_file_is_as_documented(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "now_text", lambda: "2026-11-23T15:04:05.123Z")
    written = update_control(run, by="app", run="paused", visual=True, speed=200)
    assert run.control.read_bytes() == GOLDEN
    assert read_control(run) == written == Control(1, "paused", True, 200, 25, updated_at="2026-11-23T15:04:05.123Z", updated_by="app")


def test_a_change_keeps_what_it_does_not_name(run: RunDirectory) -> None:
    update_control(run, by="app", run="paused", visual=True)
    update_control(run, by="cli", speed=2.5)
    after = update_control(run, by="app", board_every=1_000)
    assert (after.seq, after.run, after.visual, after.speed, after.board_every) == (3, "paused", True, 2.5, 1_000)


def test_pause_resume_and_stop_take_back_the_pauses_that_were_asked_for(run: RunDirectory) -> None:
    update_control(run, by="cli", run="running", pause_at_step=5_000, pause_at_best_after=-1)
    kept = update_control(run, by="app", visual=True)
    assert (kept.pause_at_step, kept.pause_at_best_after) == (5_000, -1)
    taken_back = update_control(run, by="app", run="running")
    assert (taken_back.pause_at_step, taken_back.pause_at_best_after) == (None, None)


def test_a_request_to_save_carries_the_number_of_its_write_and_is_kept(run: RunDirectory) -> None:
    asked = update_control(run, by="app", save_as="before-lunch")
    assert asked.save == SaveRequest("before-lunch", asked.seq)
    update_control(run, by="app", visual=True)
    assert read_control(run).save == asked.save
    assert update_control(run, by="app", save_as="before-lunch").save == SaveRequest("before-lunch", 3)


@pytest.mark.parametrize("name", ["", "A", "a b", "../x", "-a", "a-", "con/aux", "x" * 41, "ä", "a\n", ".", "<b>"])
def test_a_name_that_is_no_folder_everywhere_is_refused(run: RunDirectory, name: str) -> None:
    before = run.control.read_bytes() if run.control.exists() else b""
    with pytest.raises(ControlFileError, match="A model's name must be 1 to 40 of the characters a-z, 0-9 and -"):
        update_control(run, by="app", save_as=name)
    assert (run.control.read_bytes() if run.control.exists() else b"") == before


@pytest.mark.parametrize(
    "field", [{"pause_at_step": -1}, {"pause_at_step": 1.5}, {"pause_at_best_after": -2}, {"save": "x"}, {"save": {"slot": "x"}}]
)
def test_a_request_of_another_shape_is_refused(field: dict[str, object]) -> None:
    with pytest.raises(ControlFileError, match=f"In control.json, {next(iter(field))} must be"):
        parse_control(orjson.dumps(VALID | field))


def test_a_control_file_cut_anywhere_is_refused_whole() -> None:
    for content in every_prefix(GOLDEN.rstrip()):
        with pytest.raises(ControlFileError, match=r"control.json must hold JSON"):
            parse_control(content)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "control.json must hold JSON; it is empty"),
        (b"\x00" * 300, "control.json must hold JSON"),
        (b"[1]", "control.json must hold a JSON object; got list"),
        (b'{"version": 4, "seq": 1, "run": "running", "speed": NaN}', "control.json must hold JSON"),
        (b'{"version": 4, "seq": 1, "run": "running", "speed": ' + DEEP_LIST + b"}", "In control.json, speed must be from 1 to 1,000,000"),
        (b'{"version": 4, "seq": 1, "run": ' + DEEP_LIST + b"}", "In control.json, run must be one of running, paused, stopped"),
        (b'{"version": ' + DEEP_LIST + b"}", "control.json must be of format version 4"),
        (DEEP_LIST * 1_000, "control.json must be smaller than 1,000,000 bytes"),
        (b"{" + b" " * MAX_DOCUMENT_BYTES + b"}", "control.json must be smaller than 1,000,000 bytes"),
        (b'{"version": 5, "seq": 1, "run": "running"}', "control.json must be of format version 4; got '5'"),
        (b'{"version": 4}', "control.json must hold seq and run"),
        (b'{"version": 4, "run": "running"}', "control.json must hold seq"),
        (b'{"version": 4, "seq": 1, "run": "running", "speed": 1e999}', "control.json must hold JSON|speed must be"),
        (b'{"version": 4, "seq": 18446744073709551615, "run": "running"}', "seq must be a whole number from 0 to"),
    ],
)  # fmt: skip
def test_what_is_no_control_document_is_refused_with_a_reason(content: bytes, complaint: str) -> None:
    with pytest.raises(ControlFileError, match=complaint) as refusal:
        parse_control(content)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("name", "bad_values", "rule"),
    [
        ("seq", [-1, 1.5, "1", None, True, 2**60], "seq must be a whole number from 0 to 9007199254740992"),
        ("run", ["stop", "", None, 1, True, []], "run must be one of running, paused, stopped"),
        ("visual", [1, 0, "true", None, []], "visual must be true or false"),
        (
            "speed",
            [0, 0.99, 1_000_001, -1, "5", True, [], 10**400],
            f"speed must be {SPEED_RULE}",
        ),
        ("board_every", [0, 1_001, -25, 2.0, "25", None, True, 10**5_000], "board_every must be a whole number from 1 to 1000"),
        ("updated_at", [5, None, []], "updated_at must be text"),
        ("updated_by", [5, None, {}], "updated_by must be text"),
    ],
)
def test_a_value_out_of_range_or_of_another_type_is_named_with_the_rule_and_the_value(
    name: str, bad_values: list[object], rule: str
) -> None:
    for bad in bad_values:
        with pytest.raises(ControlFileError, match=f"^{rule}; got ") as refusal:
            Control(**{name: bad})  # type: ignore[arg-type]
        assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("name", ["speed", "board_every"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_out_of_range(name: str, bad: float) -> None:
    with pytest.raises(ControlFileError, match=f"{name} must be"):
        Control(**{name: bad})  # type: ignore[arg-type]


def test_the_ends_of_every_range_are_allowed_and_unknown_fields_are_passed_over() -> None:
    for name, value in [
        ("speed", 1),
        ("speed", 10**6),
        ("speed", None),
        ("board_every", 1),
        ("board_every", 1_000),
        ("seq", 2**53),
        ("run", "stopped"),
    ]:
        assert getattr(parse_control(orjson.dumps(VALID | {name: value, "colour": "red"})), name) == value


def test_a_bad_change_leaves_the_file_untouched(run: RunDirectory) -> None:
    update_control(run, by="app", run="paused")
    before = run.control.read_bytes()
    with pytest.raises(ControlFileError, match=f"speed must be {SPEED_RULE}; got '0.5'"):
        update_control(run, by="app", run="running", speed=0.5)
    assert run.control.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", GOLDEN[:40], b"\xff" * 2_000_000, b'{"version": 4, "seq": -3, "run": "running"}'])
def test_a_damaged_file_never_takes_the_controls_away(run: RunDirectory, damage: bytes) -> None:
    run.control.write_bytes(damage)
    with pytest.raises(ControlFileError):
        read_control(run)
    after = update_control(run, by="app", applied_seq=41, visual=True)
    assert (after.seq, after.run, after.visual) == (42, "running", True)
    assert read_control(run) == after


ABSURD = [2**40 + 6, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30]


@pytest.mark.parametrize("seq", ABSURD)
def test_no_number_in_a_file_takes_the_controls_away(run: RunDirectory, seq: int) -> None:
    run.control.write_bytes(b'{"version": 4, "seq": %d, "run": "running", "speed": 50}' % seq)
    seqs = [update_control(run, by="app", applied_seq=5, run=what).seq for what in ("paused", "running", "stopped")]
    assert seqs == [6, 7, 8]
    require_near(read_control(run), 5)
    assert update_control(run, by="app", applied_seq=seq, run="paused").seq in (9, seq + 1), "nor does one in a status"


def test_a_number_that_no_command_can_have_is_damage() -> None:
    require_near(Control(seq=2**40 + 5), 5)
    with pytest.raises(ControlFileError, match=r"In control\.json, seq must be at most 1099511627781 now; got 1099511627782\."):
        require_near(Control(seq=2**40 + 6), 5)
    with pytest.raises(ControlFileError):
        require_near(Control(seq=2**53), 2**63)


def test_a_missing_file_is_said_to_be_missing(run: RunDirectory) -> None:
    with pytest.raises(ControlFileError, match=r"control.json cannot be read \(No such file"):
        read_control(run)
    run.control.mkdir()
    with pytest.raises(ControlFileError, match=r"control.json cannot be read \(it is a folder"):
        read_control(run)


COUNTS_UP = """
import sys
from pathlib import Path
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory

run = RunDirectory(Path(sys.argv[1]))
seqs = [update_control(run, by=sys.argv[2], board_every=number + 1).seq for number in range(500)]
print(*seqs)
"""


@pytest.mark.long
def test_eight_processes_write_at_once_and_no_update_is_lost(run: RunDirectory) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", COUNTS_UP, run.path, str(one)], cwd=REPOSITORY, stdout=subprocess.PIPE) for one in range(8)
    ]
    seqs: list[int] = []
    for child in children:
        output, _ = child.communicate(timeout=120)
        own = [int(text) for text in output.split()]
        assert own == sorted(own)
        seqs += own
    assert sorted(seqs) == list(range(1, 4_001))
    assert read_control(run).seq == 4_000
    assert sorted(path.name for path in run.path.iterdir()) == ["control.json", "control.json.lock"]


HOLDS_THE_LOCK = """
import sys
from filelock import FileLock

with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_held_by_another_program_is_waited_for_and_then_named(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    update_control(run, by="app")
    monkeypatch.setattr(control, "LOCK_TIMEOUT_S", 0.2)
    command = [sys.executable, "-c", HOLDS_THE_LOCK, str(run.control_lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RunDirectoryError, match=r"control.json is locked by another program for over 0.2 s; try again"):
            update_control(run, by="app", run="paused")
        assert read_control(run).run == "running"
        holder.stdin.close()
        holder.wait(timeout=10)
    assert update_control(run, by="app", run="paused").seq == 2


def test_a_holder_that_was_killed_frees_the_lock(run: RunDirectory) -> None:
    command = [sys.executable, "-c", HOLDS_THE_LOCK, str(run.control_lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    assert update_control(run, by="app").seq == 1


def test_a_deleted_run_is_not_made_anew(tmp_path: Path) -> None:
    gone = RunDirectory(tmp_path / "20260102-030405-gone")
    with pytest.raises(RunDirectoryError, match=r"control.json of 20260102-030405-gone cannot be written .*; is the run still there\?"):
        update_control(gone, by="app", run="paused")
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path, run: RunDirectory) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunDirectoryError, match=r"cannot be written \(Not a directory\)"):
        update_control(RunDirectory(tmp_path / "file" / "run"), by="app")
    run.control.mkdir()
    with pytest.raises(RunDirectoryError, match="cannot be written"):
        update_control(run, by="app")


def test_on_a_full_disk_the_last_command_stays(run: RunDirectory) -> None:
    before = update_control(run, by="app", run="paused")
    with full_disk(largest_file_bytes=50), pytest.raises(RunDirectoryError, match="cannot be written"):
        update_control(run, by="app", run="running")
    assert read_control(run) == before


def test_any_valid_document_is_read_as_it_was_written(run: RunDirectory) -> None:
    states: list[dict[str, Any]] = [{"run": "stopped"}, {"visual": True, "speed": 1}, {"board_every": 1}, {"run": "running", "speed": None}]
    for number, changes in enumerate(states, start=1):
        written = update_control(run, by="cli", **changes)
        assert read_control(run) == written
        assert written.seq == number


def test_whoever_a_file_names_is_named_in_one_short_line_that_ends_no_bracket() -> None:
    assert Control(updated_by="anna@example.org").said_by == "anna@example.org"
    assert Control().said_by == "unknown"
    hostile = Control(updated_by="eve)\n12:00 Stopped (by anna@example.org)\x1b[2J\u202e" + "x" * 1_000).said_by
    assert hostile.isprintable()
    assert len(hostile) <= MAX_WRITER_CHARACTERS
    assert not set("()") & set(hostile)
