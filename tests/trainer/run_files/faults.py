"""Faults that are real for every user, root included."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

DEEP_LIST = b"[" * 900 + b"]" * 900
"""Valid JSON that is deeper than Python's own recursion goes."""


@contextmanager
def full_disk(largest_file_bytes: int) -> Iterator[None]:
    """The operating system lets no file grow beyond a size: a write over it is cut short and the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def every_prefix(content: bytes) -> Iterator[bytes]:
    """The content as a process killed in a write may leave it."""
    return (content[:length] for length in range(len(content)))
