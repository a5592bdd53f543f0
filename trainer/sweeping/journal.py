"""`journal.log`: the trials of a study for Optuna's own tools; and how much a setting matters.

The trial files are what counts: the journal is completed from them, and made anew if its end was
cut off or it tells something else. No trial is in it twice.
"""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import optuna
import orjson
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend

from ..errors import FormatError
from ..run_files.opening import exists, open_to_append, read_whole, remove_file
from ..run_files.studies import Study, Trial, read_study
from ..run_files.study_directory import StudyDirectory
from .scheduler import sequence_of
from .search import direction_of, frozen

FEWEST_FOR_IMPORTANCE = 5  # complete trials
ONE_LINE = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
MOST_FOR_IMPORTANCE = 0.3  # the share of trials that are told from the others: Optuna's 0.1 is one of ten


class JournalFile(BaseJournalBackend):
    """A log of JSON lines that this process alone writes.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """The lines from one on.

        Raises:
            FormatError: a line is damaged.
            OSError: it cannot be read.
        """
        lines = read_whole(self._path).split(b"\n") if exists(self._path) else [b""]
        if lines.pop():
            raise FormatError(f"The last line of {self._path.name} was cut off.")
        try:
            return [orjson.loads(line) for line in lines[log_number_from:]]
        except orjson.JSONDecodeError as error:
            raise FormatError(f"{self._path.name} is damaged: {error.msg}.") from None

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add lines.

        Raises:
            OSError: the disk is full; a part of them may have been written.
        """
        content = b"".join(orjson.dumps(one, option=ONE_LINE) for one in logs)
        with open(open_to_append(self._path), "ab") as file:  # noqa: PTH123 - a descriptor
            file.write(content)


class Journal:
    """The journal of a study.

    Args:
        directory: of the study.
    """

    def __init__(self, directory: StudyDirectory) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._directory, self._study = directory, read_study(directory)
        self._optuna: optuna.Study | None = None

    def keep(self, trials: Sequence[Trial]) -> None:
        """Bring the journal up to date.

        Raises:
            OSError: the disk is full; the next call makes it whole.
        """
        settled = sequence_of(trials)
        if self._optuna is None and not self._is_as_told(settled):
            remove_file(self._directory.journal)
        try:
            self._optuna = self._optuna or self._open()
            for one in settled[len(self._optuna.get_trials(deepcopy=False)) :]:
                self._optuna.add_trial(frozen(self._study, one))
        except (OSError, FormatError):
            self._optuna = None  # what it remembers may not be on disk
            raise

    def _open(self) -> "optuna.Study":
        storage = JournalStorage(JournalFile(self._directory.journal))
        name = self._directory.study_id
        return optuna.create_study(storage=storage, study_name=name, direction=direction_of(self._study), load_if_exists=True)

    def _is_as_told(self, settled: Sequence[Trial]) -> bool:
        """Whether the file of an earlier process can be read, and holds the first of the trials."""
        try:
            kept = self._open().get_trials(deepcopy=False)
        except Exception:  # noqa: BLE001 - whatever Optuna makes of lines that are not its own
            return False
        told = [frozen(self._study, one) for one in settled[: len(kept)]]
        return len(kept) <= len(settled) and all(
            (one.number, one.state, one.params, one.values) == (number, other.state, other.params, other.values)
            for number, (one, other) in enumerate(zip(kept, told, strict=True))
        )


def importance_of(study: Study, trials: Sequence[Trial]) -> dict[str, float]:
    """Setting → its share of what makes the best trials (PED-ANOVA); empty before that can be told."""
    complete = [one for one in sequence_of(trials) if one.state == "complete"]
    if len(complete) < FEWEST_FOR_IMPORTANCE or len({one.score for one in complete}) < 2:
        return {}
    if len(study.vary) == 1:
        return {study.vary[0].setting: 1.0}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    made = optuna.create_study(direction=direction_of(study))
    made.add_trials([frozen(study, one) for one in complete])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is marked as experimental
        evaluator = PedAnovaImportanceEvaluator(target_quantile=MOST_FOR_IMPORTANCE)
        try:
            found = get_param_importances(made, evaluator=evaluator)
        except (ValueError, RuntimeError):  # a setting that had one value in all trials
            return {}
    return {name: float(share) for name, share in found.items()}
