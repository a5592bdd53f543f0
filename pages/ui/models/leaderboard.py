"""The leaderboard: every model of every run, in one table a problem, with the published players of it. Nothing is drawn here."""

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pages.ui.cache import Cache
from pages.ui.guard import looked_at
from pages.ui.models.task_parts import Player, parts_of
from pages.ui.selection import config_of, labels_of, name_of, unreadable
from pages.ui.text import plain
from trainer.errors import FormatError, SettingError
from trainer.numbers import compact, exact, rounded, short
from trainer.probing import probe
from trainer.run_files.models import BestMetadata
from trainer.run_files.opening import stamp
from trainer.run_files.reports import Report, earlier_report, read_report
from trainer.run_files.rows import MAX_COLUMNS, is_name
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import StoredModel, list_models
from trainer.settings import Setting, checked
from trainer.tasks import describe, known_settings
from trainer.tasks.about import About
from trainer.tasks.commands import can

Kind = Literal["best", "kept", "imported", "player"]
KINDS: dict[Kind, str] = {"best": "Best of a run", "kept": "Saved snapshot", "imported": "Imported", "player": "Baselines"}
MAX_CACHED_REPORTS = 4_096
UNKNOWN = "\0"  # no setting can be this
COMPACT_FROM = 1e12  # more digits say no more
MODEL_KEY = "key"  # of a row: which model it is; a published player has none
MAX_VALUE_CHARACTERS = 40
MEASURED = (
    "episodes", "mean_reward", "ci95_low", "ci95_high", "median_reward", "max_reward", "mean_length", "truncated_episodes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """What a model was trained on: figures of different problems never stand in one table.

    Attributes:
        settings: those that say which problem of the task it is; a value that cannot be one is `UNKNOWN`.
    """

    task: str
    settings: tuple[tuple[str, Any], ...]

    @property
    def about(self) -> About:
        """What the task says of itself."""
        return describe(self.task)

    @property
    def words(self) -> str:
        """`Tetris (10 × 20, uniform pieces)`."""
        values, about = dict(self.settings), self.about
        if UNKNOWN in values.values():
            return f"{plain(about.label)}: a problem that the metadata do not name"
        if about.problem_settings:
            return plain(about.problem_words(values), 200)
        named = ", ".join(f"{name} {value}" for name, value in values.items())
        return plain(f"{about.label} ({named})" if named else about.label, 200)

    @property
    def order(self) -> tuple[Any, ...]:
        """Where its table stands: by task, the largest numbers first."""
        numbers = [(-value if isinstance(value, int | float) else 0, str(value)) for _, value in self.settings]
        return self.task, numbers


def problem_of(metadata: BestMetadata) -> Problem:
    """The problem that a model was trained on: of a task that is not installed here, whatever its metadata say."""
    described = [one for one in describe(metadata.task).settings.described() if one.role == "problem"]
    values = metadata.settings
    if not described:
        return Problem(metadata.task, tuple(sorted((name, _cell(value)) for name, value in values.items())))
    return Problem(metadata.task, tuple((one.name, _checked(one, values.get(one.name))) for one in described))


def _checked(setting: Setting, value: Any) -> Any:
    try:
        return _plain_cell(checked(setting, value))
    except SettingError:
        return UNKNOWN


@dataclass(frozen=True, slots=True)
class Entry:
    """A model, and how good it is as far as that is known.

    Attributes:
        title: the run's name and the model's, as they are.
        report: of episodes that chose no model; None if it was never evaluated.
        outdated: whether the report is of an earlier model of that name.
    """

    model: StoredModel
    title: str
    kind: Kind
    problem: Problem
    report: Report | None
    outdated: bool
    settings: dict[str, Any]

    @property
    def about(self) -> About:
        """What the model's task says of itself."""
        return self.problem.about


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every model there is, and the runs and models that cannot be shown with the reason."""

    entries: list[Entry]
    without: list[tuple[RunDirectory, str]]

    @property
    def missing(self) -> int:
        """How many models have no report and can be evaluated; copies in one run count once."""
        without = (one for one in self.entries if one.report is None or one.outdated)
        return len({(one.model.run.path, one.model.metadata.sha256) for one in without if can(one.problem.task, "evaluate")})

    @property
    def tasks(self) -> list[str]:
        """The tasks of the models, each once."""
        return list(dict.fromkeys(one.problem.task for one in self.entries))

    @property
    def kinds(self) -> list[Kind]:
        """What can stand in the tables: published players only where a task has some."""
        return [kind for kind in KINDS if kind != "player" or any(parts_of(task).players() for task in self.tasks)]


def read_shelf(runs: Sequence[RunDirectory]) -> Shelf:
    """Look at every run; a damaged model is a reason, not an end. Runs of one name are told apart by when they were started."""
    shelf, names, labels = Shelf([], []), Counter(name_of(run) for run in runs), labels_of(runs, {})
    for run in runs:
        title = name_of(run) if names[name_of(run)] == 1 else labels[run.run_id]
        failed = Shelf([], [(run, unreadable(run).problem or "")])
        found = looked_at(functools.partial(_shelf_of, run, title), lambda failed=failed: failed)  # type: ignore[misc]
        shelf.entries.extend(found.entries)
        shelf.without.extend(found.without)
    return shelf


def _shelf_of(run: RunDirectory, title: str) -> Shelf:
    models, complaints = list_models(run)
    without = [(run, complaint) for complaint in complaints]
    if not models and not complaints:
        without.append((run, _why_without(run)))
    return Shelf([_entry(model, f"{title} · {model.name}") for model in models], without)


def _why_without(run: RunDirectory) -> str:
    """Why a run has no model."""
    probed = probe(run)
    if probed.active:
        return "no model yet; it gets one with its first evaluation"
    return "it was deleted" if probed.state == "gone" else "no model: it ended before its first evaluation"


def _entry(model: StoredModel, title: str) -> Entry:
    config = config_of(model.run)
    report, outdated = _report(model)
    imported = config is not None and config.parent is not None and config.parent.model == "bundle"
    kind: Kind = "kept" if model.slot is not None else "imported" if imported else "best"
    settings = (config.settings if config else {}) | model.metadata.settings  # its own: it may be a copy from another run
    return Entry(model, title, kind, problem_of(model.metadata), report, outdated, settings)


def _report(model: StoredModel) -> tuple[Report | None, bool]:
    """The report on the model, or the newest one on what had its name before."""
    changed = stamp(model.run.reports)
    if changed is None:
        return None, False
    key = (model.run.path, model.metadata.sha256, model.name)
    return _reports.get(key, changed, functools.partial(_read_report, model))  # a report that comes changes the folder


_reports = Cache(MAX_CACHED_REPORTS)


def _read_report(model: StoredModel) -> tuple[Report | None, bool]:
    try:
        report = read_report(model.run, model.metadata.sha256)
    except FormatError:
        report = None
    if report is not None:
        return report, False
    return earlier_report(model.run, model.name), True


def tables(shelf: Shelf, kinds: Sequence[Kind]) -> dict[Problem, list[dict[str, Any]]]:
    """A table a problem, the best first. Players only stand where models do.

    Args:
        shelf: the models.
        kinds: what is shown.
    """
    made = {}
    for problem in sorted({one.problem for one in shelf.entries}, key=lambda one: one.order):
        there, about = [one for one in shelf.entries if one.problem == problem], problem.about
        differing = _differing([one.settings for one in there], about)
        succeeds = any(success_rate(one.report) is not None for one in there)
        rows = [_model_row(one, differing, succeeds=succeeds) for one in there if one.kind in kinds]
        if "player" in kinds:
            rows += [_player_row(one, about) for one in parts_of(problem.task).players() if one.problem == dict(problem.settings)]
        made[problem] = sorted(rows, key=functools.partial(_rank, about=about), reverse=True)
    return made


def figure_label(about: About) -> str:
    """What people compare first, as a heading: `Mean lines`, `Mean reward`."""
    return f"Mean {about.headline.counted}" if about.headline.counted else about.headline.label


def _rank(row: dict[str, Any], *, about: About) -> tuple[bool, float]:
    """The best rank highest, and those without a result lowest."""
    value = row[figure_label(about)]
    if value is None:
        return False, 0.0
    return True, -value if about.headline.better == "lower" else value


def result_columns(shelf: Shelf) -> dict[str, list[Any]]:
    """What is known of every model and every published player, for a file: to the last digit, and None where nothing is."""
    rows = [_result(entry) for entry in shelf.entries]
    rows += [_player_result(player, task) for task in shelf.tasks for player in parts_of(task).players()]
    core = ("model", "run", "kind", "task", *MEASURED)
    named = dict.fromkeys(name for row in rows for name in row if name not in known_settings())
    names = dict.fromkeys([*core, *[name for name in named if is_name(name)][:MAX_COLUMNS], *known_settings()])
    return {name: [_plain_cell(row.get(name)) for row in rows] for name in names}


def _result(entry: Entry) -> dict[str, Any]:
    report, metadata = entry.report, entry.model.metadata
    return {**(report.named if report else {}), **entry.settings, **metadata.settings} | {
        "model": entry.title, "run": entry.model.run.run_id, "kind": entry.kind, "task": metadata.task,
        **{name: measured(report, name) for name in MEASURED}, "evaluated_step": report.step if report else None,
        "outdated": entry.outdated if report else None, "step": metadata.step, "active_seconds": metadata.active_seconds,
        "note": entry.model.note or None,
    }  # fmt: skip


def _player_result(player: Player, task: str) -> dict[str, Any]:
    return {**player.figures, **player.problem, "model": player.name, "kind": "player", "task": task}


def _plain_cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _differing(all_settings: Sequence[dict[str, Any]], about: About) -> list[Setting]:
    """The settings in which the runs differ, in the order a person reads them."""
    described = [one for one in about.settings.described() if one.role != "problem"]
    return [one for one in described if len({repr(settings.get(one.name)) for settings in all_settings}) > 1]


def _model_row(entry: Entry, differing: Sequence[Setting], *, succeeds: bool) -> dict[str, Any]:
    metadata, success = entry.model.metadata, {"Success": success_rate(entry.report)} if succeeds else {}
    return {
        MODEL_KEY: entry.model.key,
        "Model": plain(entry.title, 80),
        **_figures(entry.report, entry.about),
        **success,
        "Evaluated": evaluated_words(entry),
        "Kind": KINDS[entry.kind],
        "Steps": metadata.step,
        "Training": metadata.active_seconds / 60,
        "Note": plain(entry.model.note, 120) or None,
        **{one.label: _cell(entry.settings.get(one.name)) for one in differing},
    }


def _player_row(player: Player, about: About) -> dict[str, Any]:
    evaluated = _truncated_words(player.value("truncated_episodes"), player.value("episodes"))
    return {"Model": player.name, **_figures(player, about), "Evaluated": evaluated, "Kind": KINDS["player"]}


def _figures(measurement: Report | Player | None, about: About) -> dict[str, Any]:
    """How good a model or a player is, by what people compare first."""
    of_all = headline_figures(measurement, about)
    mean, median = (None if value is None else rounded(value) for value in (of_all.mean, of_all.median))
    return {
        figure_label(about): mean,
        "95 %": _interval(of_all.ends),
        "Median": median,
        "Best episode": of_all.best,
        "Episodes": measured(measurement, "episodes"),
    }


@dataclass(frozen=True, slots=True)
class HeadlineFigures:
    """The figures of the headline metric of a task, as far as they were measured."""

    mean: float | None
    ends: tuple[float | None, float | None]
    """Of the 95 % interval of the mean."""
    median: float | None
    best: float | None
    """Of a single episode."""


def headline_figures(measurement: Report | Player | None, about: About) -> HeadlineFigures:
    """The figures of what people compare first: beside `mean_lines` those are `median_lines` and `max_lines`."""
    metric = about.headline
    what, best = metric.column.removeprefix("mean_"), "min" if metric.better == "lower" else "max"
    low, high = (measured(measurement, f"{metric.interval}_{end}") for end in ("low", "high"))
    return HeadlineFigures(
        measured(measurement, metric.column), (low, high), measured(measurement, f"median_{what}"), measured(measurement, f"{best}_{what}")
    )


def success_rate(report: Report | None) -> float | None:
    """The share of episodes that the environment called a success, 0 to 1; None where it says nothing."""
    return measured(report, "success_rate")


def evaluated_words(entry: Entry) -> str:
    """How far the figures can be relied on."""
    if entry.report is None:
        return "not yet"
    if entry.outdated:
        return f"outdated: step {exact(entry.report.step)}"
    return _truncated_words(entry.report.truncated_episodes, entry.report.episodes)


def _truncated_words(truncated: float | None, episodes: float | None) -> str:
    return f"{exact(truncated)} of {exact(episodes or 0)} truncated" if truncated else "yes"


def measured(measurement: Report | Player | None, name: str) -> float | None:
    """A number of a report by its name; None if there is none."""
    return None if measurement is None else measurement.value(name)


def _interval(ends: tuple[float | None, float | None]) -> str | None:
    """Nothing for a single episode."""
    low, high = ends
    return None if low is None or high is None else f"{_written(low)} to {_written(high)}"


def _written(value: float) -> str:
    return short(value) if abs(value) < COMPACT_FROM else compact(value)


def _cell(value: object) -> object:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else plain(value, MAX_VALUE_CHARACTERS)
