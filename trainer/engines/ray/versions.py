"""What decides what a trainer learns and whether it understands its files: it must be the same on a node as on the head."""

import hashlib
from importlib import metadata

from ...program import FOLDER, version
from ...run_files.config_file import library_versions

CODE = "Control Room's code"
"""A hash of our own modules: two checkouts of one version differ, too."""


def versions() -> dict[str, str]:
    """The versions here, by name."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*.py")):
        digest.update(path.relative_to(FOLDER).as_posix().encode() + path.read_bytes())
    others = {"Control Room": version(), "sb3-contrib": metadata.version("sb3-contrib"), CODE: digest.hexdigest()[:12]}
    return library_versions() | others


def why_unfit(node: str, problem: str, theirs: dict[str, str], ours: dict[str, str]) -> str | None:
    """One sentence about a node that no run can be placed on; None if one can.

    Args:
        node: what it is called.
        problem: why its agent cannot work; empty if it can.
        theirs: its versions.
        ours: those of the head.
    """
    differs = [f"{name} {theirs.get(name, '(none)')} and not {mine}" for name, mine in ours.items() if theirs.get(name) != mine]
    if not (problem or differs):
        return None
    what = problem or f"it has {', '.join(differs)}"
    return f"No run is placed on the node {node}: {what}. Install there what is installed here."
