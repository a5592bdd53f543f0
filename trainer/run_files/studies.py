"""`runs/.sweeps/<study_id>/`: a sweep, which looks for the best of many settings.

| file | written by | holds |
|---|---|---|
| `study.json` | who starts the sweep, once | what is searched, and how: see `Study` |
| `control.json` | app, command line | what the user wants now: `run` is `running` or `stopped`; the last word counts |
| `progress.json` | the sweep's process | how far it is, and what it has found: see `Progress` |
| `trials/<nnnn>.json` | the sweep's process | one trial: see `Trial` |
| `journal.log` | the sweep's process | the trials as Optuna's journal, for its own tools |
| `sweep.lock`, `sweep.log` | the sweep's process | held while it is at work; its output |

A trial is one setting, trained once with each seed. The runs are ordinary runs of the folder, and a
run's id follows from its trial and its seed (`run_id_of`), so that whoever goes on with a sweep
finds what was made before it. A trial's numbers are of the runs' own logs: whatever is deleted
here, the runs stay.

A reader never locks. Documents are replaced whole, so that a reader sees the old one or the new
one.
"""

import functools
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from ..errors import FormatError, RunDirectoryError, reason, shown
from .fields import from_fields, require_plain_values, require_range
from .files import now_text, read_document, replace_document
from .opening import Stamp, exists, names_in, remove_folder, stamp
from .process_identity import ProcessIdentity
from .study_directory import STUDY_ID_PATTERN, StudyDirectory, make_study_directory

TRIAL_FILE = re.compile(r"([0-9]{4,5})\.json")
MAX_TRIALS = 10_000
MAX_VARIED = 50
MAX_CACHED = 20_000

Scale = Literal["linear", "log", "choices"]
Method = Literal["grid", "random", "tpe"]
Decide = Literal["iqm", "mean"]
Pruner = Literal["", "median", "wilcoxon", "hyperband"]
Phase = Literal["search", "confirm"]
TrialState = Literal["waiting", "running", "complete", "pruned", "failed"]
SweepWord = Literal["running", "stopping", "stopped", "finished", "failed"]
SETTLED: frozenset[str] = frozenset({"complete", "pruned", "failed"})
ENDED: frozenset[str] = frozenset({"stopped", "finished", "failed"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Vary:
    """A setting that the trials differ in.

    Attributes:
        setting: its name.
        scale: `linear` and `log`: any value from `low` to `high`; `choices`: one of `values`.
        low: of a range.
        high: of a range.
        values: of choices; a list is one value, `[64, 64]`.
    """

    setting: str
    scale: Scale
    low: float | None = None
    high: float | None = None
    values: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Study:
    """The content of `study.json`.

    Attributes:
        name: what the user typed; only ever displayed.
        task: what its runs train.
        settings: every setting of a run; those that vary and the seed are replaced.
        vary: the settings that the trials differ in.
        method: how the trials' values are chosen.
        trials: how many trials the search makes.
        seeds: every trial is trained once with each of them.
        metric: the short name of what is compared, among the metrics of the task.
        decide: what is made of the seeds' numbers: interquartile mean or mean.
        pruner: what ends a trial early; empty: nothing does.
        workers: how many runs wait or train at once.
        on: the engine that trains the runs; empty: this machine.
        confirm_top: how many of the best trials are run again, on `confirm_seeds`.
        confirm_seeds: seeds that no trial of the search has seen.
        sampler_seed: start of the random numbers of the method.
    """

    name: str
    task: str
    settings: dict[str, Any]
    vary: list[Vary]
    method: Method
    trials: int
    seeds: list[int]
    metric: str
    decide: Decide = "iqm"
    pruner: Pruner = ""
    workers: int = 1
    on: str = ""
    confirm_top: int = 3
    confirm_seeds: list[int] = field(default_factory=list)
    sampler_seed: int = 1
    created_at: str = field(default_factory=now_text)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One of the best trials, trained again on seeds that the search never saw.

    Attributes:
        trial: its number in the search.
        again: the number of the trial that repeats it.
        search_score: what the search found, which chose it; with its interval.
        score: what the new seeds say; with its interval.
        optimism: by how much the search's score is better.
    """

    trial: int
    again: int
    search_score: float
    search_low: float | None
    search_high: float | None
    score: float
    low: float | None
    high: float | None
    optimism: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The content of `progress.json`.

    Attributes:
        process: which process wrote it; when that has ended without a final state, the sweep was
            interrupted.
        state: its own word; see `SweepWord`.
        error: why it has failed, in one sentence.
        problem: what keeps it from going on at the moment, such as a full disk; empty if nothing
            does.
        importance: setting → share of the differences between trials that it explains; empty before
            it can be told.
        best: the number of the best trial of the search: by its new seeds if there are
            confirmations, else by its score.
        confirmed: the best trials on new seeds, the best of the search first.
    """

    process: ProcessIdentity
    state: SweepWord = "running"
    error: str = ""
    problem: str = ""
    importance: dict[str, float] = field(default_factory=dict)
    best: int | None = None
    confirmed: list[Confirmed] = field(default_factory=list)
    written_at: str = field(default_factory=now_text)


@dataclass(frozen=True, slots=True)
class Trial:
    """The content of `trials/<nnnn>.json`.

    Attributes:
        number: from 0; trials of the search come first, then the confirmations.
        phase: `confirm`: it repeats the trial `of` on new seeds.
        params: setting → value, of the settings that vary.
        state: `pruned`: ended early, as it was worse than others; `failed`: one of its runs failed,
            was stopped or deleted.
        runs: seed → run id, of the runs that were made.
        values: seed → the run's number, of the seeds that count; a pruned trial has those that it
            was judged by.
        score: of all its seeds; of a pruned trial of the seeds that it was judged by.
        low: lower end of the score's 95 % interval; null if there are too few seeds for one.
        high: upper end.
        error: why it has failed or was pruned, in one sentence.
        of: the trial of the search that a confirmation repeats.
        step: the step at which it was pruned; null if it was pruned after whole runs, or not.
        retries: seed → how often a trainer that had died was started again.
    """

    number: int
    phase: Phase = "search"
    params: dict[str, Any] = field(default_factory=dict)
    state: TrialState = "waiting"
    runs: dict[str, str] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    score: float | None = None
    low: float | None = None
    high: float | None = None
    error: str = ""
    of: int | None = None
    step: float | None = None
    retries: dict[str, int] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.state in SETTLED


def run_id_of(study_id: str, trial: Trial, seed: int) -> str:
    """The id that a trial's run with a seed has, made or not: `<study>-t003-s2`, and `-c003-s11` of a confirmation of trial 3."""
    letter, number = ("t", trial.number) if trial.of is None else ("c", trial.of)
    return f"{study_id}-{letter}{number:03d}-s{seed}"


def make_study(runs_dir: Path, study: Study) -> StudyDirectory:
    """Make a study's folder with its `study.json`.

    Raises:
        RunDirectoryError: the runs folder cannot be made or written; nothing was made.
    """
    made = make_study_directory(runs_dir, study.name)
    try:
        replace_document(made.study, asdict(study))
    except OSError as error:
        remove_folder(made.path)
        raise RunDirectoryError(f"{made.study} cannot be written ({reason(error)}).") from None
    return made


def read_study(directory: StudyDirectory) -> Study:
    """Read `study.json`; it never changes, so that it is read once.

    Raises:
        FormatError: it is damaged, of an unknown version, or gone.
    """
    return _cached(Study, directory.study)


def write_progress(directory: StudyDirectory, progress: Progress) -> None:
    """Replace `progress.json`. Raises OSError: the disk is full or the study is gone."""
    replace_document(directory.progress, asdict(progress))


def read_progress(directory: StudyDirectory) -> Progress | None:
    """The last word of the sweep's process; None before its first.

    Raises:
        FormatError: the file is damaged.
    """
    return _cached(Progress, directory.progress) if exists(directory.progress) else None


def write_trial(directory: StudyDirectory, trial: Trial) -> None:
    """Replace a trial's file. Raises OSError: the disk is full or the study is gone."""
    replace_document(directory.trials / f"{trial.number:04d}.json", asdict(trial))


def read_trials(directory: StudyDirectory, damaged: list[str] | None = None) -> list[Trial]:
    """Every trial that was begun, by number; a file that has not changed is not read again.

    Args:
        directory: of the study.
        damaged: takes a sentence for each file that cannot be read, which is left out.
    """
    trials, problems = list[Trial](), damaged if damaged is not None else []
    try:
        names = names_in(directory.trials)
    except OSError as error:
        problems.append(f"The trials of {directory.study_id} cannot be listed ({reason(error)}).")
        return []
    for name in names[: 2 * MAX_TRIALS]:
        if TRIAL_FILE.fullmatch(name) is None:
            continue
        try:
            trial = _cached(Trial, directory.trials / name)
        except FormatError as error:
            problems.append(str(error))
            continue
        if name == f"{trial.number:04d}.json":
            trials.append(trial)
    return sorted(trials, key=lambda one: one.number)


def write_wanted(directory: StudyDirectory, run: Literal["running", "stopped"], *, by: str) -> None:
    """Say in `control.json` what the user wants. Raises OSError: the disk is full or the study is gone."""
    replace_document(directory.control, {"run": run, "updated_at": now_text(), "updated_by": by})


def read_wanted(directory: StudyDirectory) -> Literal["running", "stopped"]:
    """What the user wants; what cannot be read says nothing, and the sweep goes on."""
    try:
        return "stopped" if read_document(directory.control).get("run") == "stopped" else "running"
    except (OSError, FormatError):
        return "running"


def _cached(kind: type[T], path: Path) -> T:
    """Nobody may change what this returns."""
    seen = stamp(path)
    if seen is None:
        raise FormatError(f"{path.name} of the sweep {_study_of(path)} is gone.")
    return cast("T", _read_once(cast("Any", kind), path, seen))


@functools.lru_cache(MAX_CACHED)
def _read_once(kind: type[Any], path: Path, _seen: Stamp) -> Any:
    try:
        return _checked(kind, read_document(path))
    except OSError as error:
        raise FormatError(f"{path.name} of the sweep {_study_of(path)} cannot be read ({reason(error)}).") from None
    except FormatError as error:
        said = str(error).rstrip(".")
        raise FormatError(f"{path.name} of the sweep {_study_of(path)} is damaged: {said}.") from None


def _study_of(path: Path) -> str:
    return next((part for part in path.parts if STUDY_ID_PATTERN.fullmatch(part)), path.parent.name)


def _checked(kind: type[Any], document: dict[str, Any]) -> Any:
    for name, part in (("vary", Vary), ("confirmed", Confirmed)):
        if name in kind.__dataclass_fields__:
            document[name] = _parts(name, part, document.get(name, []))
    made = from_fields(kind, document)
    if isinstance(made, Study):
        _require_study(made)
    if isinstance(made, Trial):
        _require_trial(made)
    for value in getattr(made, "importance", {}).values():
        require_range("importance", value)
    return made


def _parts(name: str, part: type[T], values: object) -> list[T]:
    if not isinstance(values, list) or len(values) > MAX_VARIED or not all(isinstance(one, dict) for one in values):
        raise FormatError(f"{name} must be a list of at most {MAX_VARIED} objects; got {shown(values)}")
    return [from_fields(part, one) for one in values]


def _require_study(study: Study) -> None:
    require_plain_values("settings", study.settings)
    for one in study.vary:
        require_plain_values(one.setting, {str(place): value for place, value in enumerate(one.values)})
    for name, most in (("trials", MAX_TRIALS), ("confirm_top", MAX_TRIALS)):
        if getattr(study, name) > most:
            raise FormatError(f"{name} must be at most {most:,}; got {getattr(study, name):,}")


def _require_trial(trial: Trial) -> None:
    require_plain_values("params", trial.params)
    for value in trial.values.values():
        require_range("value", value)
