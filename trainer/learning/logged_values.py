"""What stable-baselines3's logger records, beside the user's own outputs: the latest value of every name."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.logger import KVWriter, Logger

from ..run_files.rows import MAX_COLUMNS, is_name

OUR_FORMAT = "json"
"""Who records a value with `exclude="json"` wants it in no file of numbers."""


class LoggedValues(KVWriter):
    """Keeps the latest value of each name.

    Names differ between two dumps of the logger, and without a `log_interval` there are none: so what
    has been recorded and not dumped yet is looked at too.
    """

    def __init__(self) -> None:
        self.latest: dict[str, float] = {}

    def attach(self, logger: Logger) -> None:
        """Listen to a logger; stable-baselines3 makes a new one for every `learn`."""
        if self not in logger.output_formats:
            logger.output_formats.append(self)

    def detach(self, logger: Logger) -> None:
        """Leave the logger as it was."""
        if self in logger.output_formats:
            logger.output_formats[:] = [one for one in logger.output_formats if one is not self]

    def refresh(self, logger: Logger) -> None:
        """Take over what has been recorded since the last dump."""
        self.write(logger.name_to_value, logger.name_to_excluded)

    def write(
        self,
        key_values: Mapping[str, Any],
        key_excluded: Mapping[str, tuple[str, ...]],
        step: int = 0,  # noqa: ARG002 - rows have the step of their own
    ) -> None:
        """Take over what is a number; texts, pictures and whatever else is logged belongs elsewhere."""
        for name, value in key_values.items():
            excluded = OUR_FORMAT in (key_excluded.get(name) or ())
            known = name in self.latest or len(self.latest) < MAX_COLUMNS
            if not excluded and known and is_name(name) and _is_number(value):
                self.latest[name] = float(value)

    def close(self) -> None:
        """Nothing is open."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, np.complexfloating)
