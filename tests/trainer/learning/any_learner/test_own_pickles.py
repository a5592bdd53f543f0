"""Only what this user has signed on this machine is ever unpickled."""

import io
import os
import stat
import sys
from pathlib import Path
from types import ModuleType

import pytest

from trainer.errors import FormatError
from trainer.learning.any_learner.generators import Generators
from trainer.learning.any_learner.own_pickles import KEY_BYTES, KEY_FILE, SIGNATURE_BYTES, Unpickler, sign, verify


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without a key."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_what_was_signed_here_is_given_back_and_the_key_is_made_once(home: Path) -> None:
    signed = sign(b"content")
    assert verify(signed, "a.pickle") == b"content"
    assert verify(sign(b""), "a.pickle") == b""
    (key,) = home.rglob(KEY_FILE)
    assert len(key.read_bytes()) == KEY_BYTES
    assert sign(b"content") == signed


def test_nobody_else_can_read_the_key(home: Path) -> None:
    sign(b"content")
    (key,) = home.rglob(KEY_FILE)
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("position", [0, SIGNATURE_BYTES - 1, SIGNATURE_BYTES, -1])
def test_one_changed_byte_is_refused(position: int) -> None:
    signed = bytearray(sign(b"content"))
    signed[position] ^= 1
    with pytest.raises(FormatError, match=r"a\.pickle must be signed by this user on this machine"):
        verify(bytes(signed), "a.pickle")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * SIGNATURE_BYTES, b"x" * 1_000])
def test_what_was_never_signed_is_refused(content: bytes) -> None:
    with pytest.raises(FormatError, match="must be signed"):
        verify(content, "a.pickle")


def test_another_users_signature_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = sign(b"content")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    (tmp_path / "another").mkdir()
    with pytest.raises(FormatError, match="must be signed"):
        verify(signed, "a.pickle")


def test_a_damaged_key_is_replaced_and_old_signatures_are_refused(home: Path) -> None:
    signed = sign(b"content")
    (key,) = home.rglob(KEY_FILE)
    key.write_bytes(b"torn")
    with pytest.raises(FormatError, match="must be signed"):
        verify(signed, "a.pickle")
    assert verify(sign(b"content"), "a.pickle") == b"content"


def test_without_a_place_for_a_key_nothing_is_signed_or_believed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = sign(b"content")
    nowhere = home / "file"
    nowhere.write_bytes(b"")
    monkeypatch.setenv("HOME", str(nowhere))
    with pytest.raises(OSError, match=os.strerror(20)):
        sign(b"content")
    with pytest.raises(FormatError, match="must be signed"):
        verify(signed, "a.pickle")


def _said_by(package: str, name: str) -> bytes:
    """A pickle of a class, as a trainer writes it whose package is called so."""
    return f"c{package}\n{name}\n.".encode()


def test_what_an_installation_has_saved_is_found_by_a_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = _said_by("control_room.learning.any_learner.generators", "Generators")
    assert Unpickler(io.BytesIO(saved)).load() is Generators

    users = ModuleType("control_room")
    vars(users)["Maze"] = dict
    monkeypatch.setitem(sys.modules, "control_room", users)
    assert Unpickler(io.BytesIO(_said_by("control_room", "Maze"))).load() is dict, "a module of a user's with this name"
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        Unpickler(io.BytesIO(_said_by("nowhere", "Maze"))).load()
