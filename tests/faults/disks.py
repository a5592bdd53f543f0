"""Disks that are full and folders that nobody may write to, for root too. They need privileges: the one reason to pass a test over."""

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

GET_FLAGS, SET_FLAGS, IMMUTABLE = 0x80086601, 0x40086602, 0x10  # of linux/fs.h: what chattr does


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system of its own in memory; the test is passed over where this user may not mount one."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        refusal = done.stderr.strip() if done.returncode else ""
    except FileNotFoundError as error:
        refusal = str(error)
    if refusal:
        pytest.skip(f"a full disk needs a disk of its own, and this user may not mount one ({refusal})")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - the system's


def fill_up(disk: Path) -> None:
    """Take every byte that is free now."""
    with (disk / "ballast").open("ab", buffering=0) as ballast:
        for size in (65_536, 4_096, 1):
            try:
                while ballast.write(b"x" * size):
                    pass
            except OSError:
                continue


def make_room(disk: Path) -> None:
    """Give back what `fill_up` took."""
    (disk / "ballast").unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be made, replaced or deleted in a folder; what is open in it stays open."""
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    if os.geteuid() == 0:  # root minds no permissions
        _set_immutable(folder, on=True)
    try:
        yield
    finally:
        if os.geteuid() == 0:
            _set_immutable(folder, on=False)
        folder.chmod(mode)


def _set_immutable(folder: Path, *, on: bool) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flags = struct.unpack("l", fcntl.ioctl(descriptor, GET_FLAGS, struct.pack("l", 0)))[0]
        fcntl.ioctl(descriptor, SET_FLAGS, struct.pack("l", flags | IMMUTABLE if on else flags & ~IMMUTABLE))
    except OSError as error:
        pytest.skip(f"a folder that root may not write to needs a file system with attributes ({error.strerror})")
    finally:
        os.close(descriptor)
