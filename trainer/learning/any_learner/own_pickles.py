"""Pickles that only this machine's own trainers have written: each is signed with a key that never leaves the user's folder.

Environments of others can only be kept as pickles, and a pickle is code that will run. A run directory may come from a stranger, so
what is not signed with this key is never unpickled.
"""

import hashlib
import hmac
import os
import pickle
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...errors import FormatError
from ...program import PACKAGES
from ...run_files.opening import make_folder, read_whole, replace_bytes

KEY_BYTES, SIGNATURE_BYTES = 32, 32
KEY_FILE = "checkpoint.key"


def sign(content: bytes) -> bytes:
    """The content with its signature before it.

    Raises:
        OSError: there is no place for a key.
    """
    return _signature(content, _own_key()) + content


def verify(signed: bytes, name: str) -> bytes:
    """The content, if it was signed here.

    Args:
        signed: what `sign` has returned.
        name: what to call it in an error.

    Raises:
        FormatError: it was not signed here, or changed since.
    """
    signature, content = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
    try:
        expected = _signature(content, _own_key())
    except OSError:
        expected = b""
    if not hmac.compare_digest(signature, expected):
        raise FormatError(
            f"{name} must be signed by this user on this machine: it holds a pickle, which is code. Train it where it was begun."
        )
    return content


class Unpickler(pickle.Unpickler):
    """Finds what is ours whatever this package was called when it was saved: a checkout goes on with the run of an installation."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        """What a pickle names; what is not in this package may be in a module of a user's with the same name."""
        root, dot, rest = module_name.partition(".")
        if root in PACKAGES:
            with suppress(ImportError, AttributeError):
                return super().find_class(__name__.partition(".")[0] + dot + rest, global_name)
        return super().find_class(module_name, global_name)


def _signature(content: bytes, key: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)


def _own_key() -> bytes:
    """The user's key, made if there is none yet."""
    problem: OSError = FileNotFoundError("nobody knows a folder for it")
    for folder in _folders():
        try:
            return _key_in(folder)
        except OSError as error:
            problem = error
    raise problem


def _folders() -> Iterator[Path]:
    if chosen := os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_STATE_HOME"):
        yield Path(chosen).resolve() / "control-room"
    with suppress(RuntimeError):  # nobody knows a home folder
        yield Path.home().resolve() / ".local" / "state" / "control-room"


def _key_in(folder: Path) -> bytes:
    path = folder / KEY_FILE
    folder.parent.mkdir(parents=True, exist_ok=True)
    make_folder(folder)
    _keep_to_ourselves(folder)
    with suppress(FileNotFoundError):
        key = read_whole(path, KEY_BYTES)
        if len(key) == KEY_BYTES:
            return key
    replace_bytes(path, secrets.token_bytes(KEY_BYTES), durable=True)
    return read_whole(path, KEY_BYTES)  # another trainer may have made one at the same moment: the one that stays counts


def _keep_to_ourselves(folder: Path) -> None:
    """Whoever reads the key can sign code that this user will run."""
    if os.name == "nt":  # a user's folder is closed to others there
        return
    folder.chmod(0o700)  # PermissionError if it is another user's
