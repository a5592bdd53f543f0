"""The command `control-room`, as an installation brings it: the same as `python -m` with the name of this package."""

from . import lean_imports, streams


def main() -> int:
    """Run one command; returns the exit code of `__main__.main`."""
    streams.prepare_streams()  # before what opens files is imported: see there
    lean_imports.leave_out()
    from .__main__ import main as run  # noqa: PLC0415 - see above

    return run()
