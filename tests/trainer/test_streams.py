"""Text for people never ends a process: real processes with broken standard streams."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.processes import PROJECT_DIR

QUOTED = "saved as “x” — γ × 你"
PREPARED = "from trainer import streams; streams.prepare_streams(); import os, sys; "


def python(code: str, *, redirect: str = "", **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run some code after `prepare_streams`; `redirect` is put behind the command, as a person redirects it."""
    command = ["bash", "-c", f'"$0" -c "$1" {redirect}', sys.executable, PREPARED + code]
    return subprocess.run(command, cwd=PROJECT_DIR, timeout=60, check=False, **{"capture_output": True, **options})


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_every_encoding_takes_every_text(encoding: str) -> None:
    code = f"print({QUOTED!r}); print({QUOTED!r}, file=sys.stderr)"

    result = python(code, env=os.environ | {"PYTHONIOENCODING": f"{encoding}:strict"})

    assert result.returncode == 0
    assert result.stdout == result.stderr
    assert b"saved as " in result.stdout
    assert result.stdout.decode(encoding).encode("ascii", "backslashreplace").decode().strip().replace("\\x", "\\u00") in (
        QUOTED.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")
    )


def test_bytes_of_a_path_go_out_as_they_came() -> None:
    name = os.fsdecode(b"\xff\xfe")

    assert python(f"print({name!r})", env=os.environ | {"PYTHONIOENCODING": "utf-8:strict"}).stdout == b"\xff\xfe\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error_and_its_number_goes_to_no_file(tmp_path: Path, closed: str) -> None:
    log = tmp_path / "metrics.jsonl"
    code = f"file = os.open({str(log)!r}, os.O_WRONLY | os.O_CREAT); print('out'); print('err', file=sys.stderr); sys.stdout.flush()"

    result = python(code, redirect=closed)

    assert result.returncode == 0
    assert log.read_bytes() == b""


def test_a_child_of_a_process_with_closed_streams_has_some() -> None:
    code = f"import subprocess; sys.exit(subprocess.run([sys.executable, '-c', {PREPARED + 'os.fstat(1)'!r}]).returncode)"

    assert python(code, redirect="<&- >&- 2>&-").returncode == 0
    assert python("assert sys.stdin.read() == ''; assert sys.__stdout__ is sys.stdout", redirect="<&- >&-").returncode == 0


def test_a_pipe_that_closes_and_a_full_device_are_no_errors() -> None:
    lines = "[print(line) for line in range(100_000)]"

    assert python(lines, redirect="| head -1; exit ${PIPESTATUS[0]}").returncode == 0
    assert python(lines, redirect="> /dev/full 2> /dev/full").returncode == 0


def test_a_command_is_told_that_its_output_is_lost_but_not_when_nobody_reads() -> None:
    said = "print('x'); print(streams.lost_output(), file=sys.stderr)"

    assert python(said, redirect="> /dev/full").stderr == b"No space left on device\n"
    assert python(said, redirect="| true").stderr == b"None\n"
    assert python("streams.never_wait(); " + said, redirect="> /dev/full").stderr == b"None\n"


def test_a_trainer_does_not_wait_for_a_reader_that_has_stopped() -> None:
    code = (
        "streams.never_wait(); print('x' * 10_000_000); [print('line', flush=True) for _ in range(1_000)]; print('done', file=sys.stderr)"
    )
    reader, writer = os.pipe()
    try:
        assert python(code, capture_output=False, stdout=writer, stderr=subprocess.PIPE).stderr == b"done\n"
    finally:
        os.close(reader)
        os.close(writer)


def test_a_trainer_keeps_some_of_what_an_environment_prints_and_all_that_it_says_itself() -> None:
    own = "with streams.important(): print('its own')"
    code = f"streams.never_wait(); [print('x' * 999) for _ in range(20_000)]; print('late')\n{own}"
    lines = python(code, redirect="| cat").stdout.splitlines()
    assert len(lines) < 8_010
    assert lines[-2:] == [b"More than this is not kept: the environment prints too much. Events and failures still are.", b"its own"]


def test_what_compiled_code_writes_is_bounded_too_and_what_a_trainer_says_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    flood = "[os.write(number, b'x' * 1_000_000) for _ in range(3) for number in (1, 2)]"
    own = "with streams.important(): print('its own', flush=True)"
    code = f"streams.FLOOD_BYTES = 5_000_000; streams.never_wait(); {flood}; streams.drop_flood(); {flood}; streams.drop_flood()\n{own}"
    log.write_bytes(b"of an earlier trainer\n")
    assert python(code, redirect=f">> {log} 2>&1").returncode == 0
    lines = log.read_bytes().split(b"x" * 6_000_000)
    assert lines[0] == b"of an earlier trainer\n"
    assert lines[1].split(b"\n")[-2:] == [b"its own", b""]
    assert lines[1].count(b"More than this is not kept") == 1


def test_a_command_gives_a_slow_reader_all_it_has() -> None:
    result = python("[print(line) for line in range(50_000)]", redirect="| (sleep 0.3; cat)")

    assert result.stdout.splitlines() == [b"%d" % line for line in range(50_000)]


def test_a_pipe_that_must_not_block_is_no_error() -> None:
    assert python("os.set_blocking(1, False); print('x' * 10_000_000)", redirect="| sleep 0.2").returncode == 0


def test_unbuffered_streams_work_too() -> None:
    result = subprocess.run(
        [sys.executable, "-u", "-c", PREPARED + "print('a'); print('b', file=sys.stderr)"], cwd=PROJECT_DIR, capture_output=True, check=True
    )

    assert (result.stdout, result.stderr) == (b"a\n", b"b\n")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_no_text_gives_a_terminal_orders(stream: str) -> None:
    result = python(
        f"print('\\x1b[2J\\u202e\\x9b1m\\ttab\\r\\n', end='', file=sys.{stream})", env=os.environ | {"PYTHONIOENCODING": "utf-8"}
    )

    assert getattr(result, stream) == b"\\x1b[2J\\u202e\\x9b1m\ttab\r\n"
