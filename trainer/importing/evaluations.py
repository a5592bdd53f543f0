"""`evaluations.npz` of stable-baselines3's `EvalCallback`: every evaluation, episode by episode.

Its arrays are `timesteps` (evaluations,), `results` and `ep_lengths` (evaluations, episodes), and
`successes` where the environment tells them. Only plain arrays are read, never objects.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError, reason
from ..run_files.archives import require_plain_arrays
from .logs import Evaluation, Logs, step_in, whole_file

PROGRAM = "stable-baselines3"
MAGIC, FIRST_ARRAY = b"PK\x03\x04", b"timesteps.npy"


def is_evaluations(head: bytes) -> bool:
    """Whether a file begins like one: an archive whose first array is `timesteps`."""
    return head.startswith(MAGIC) and FIRST_ARRAY in head[:80]


def read_evaluations(path: Path) -> Logs:
    """The evaluations of one file.

    Raises:
        FormatError: it cannot be read.
    """
    content, logs = whole_file(path), Logs()
    try:
        require_plain_arrays(content)
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            steps, rewards, lengths = (np.atleast_1d(arrays[name]) for name in ("timesteps", "results", "ep_lengths"))
            successes = arrays["successes"] if "successes" in arrays.files else None
    except Exception as error:  # noqa: BLE001 - NumPy's reader raises many kinds for what is no file of its own
        raise FormatError(f"{path.name} must hold plain arrays of evaluations; it cannot be read ({reason(error)}).") from None
    if rewards.ndim != 2 or rewards.shape != lengths.shape or len(rewards) != len(steps):
        raise FormatError(f"{path.name} must hold results and ep_lengths of each of its {len(steps)} timesteps; their shapes differ.")
    if successes is not None and successes.shape != rewards.shape:
        successes = None
    for row, step in enumerate(steps.tolist()):
        at = step_in(step)
        if at is None or not np.isfinite(rewards[row]).all() or not (lengths[row] >= 0).all():
            logs.lost[path.name] += 1
            continue
        named: dict[str, Any] = {}
        if successes is not None:
            named = {"mean_is_success": float(np.mean(successes[row])), "is_success": successes[row].astype(float).tolist()}
        logs.evaluations.append(Evaluation(at, rewards[row].astype(float).tolist(), lengths[row].astype(int).tolist(), named))
    return logs
