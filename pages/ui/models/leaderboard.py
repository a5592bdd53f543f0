"""The leaderboard: every model of every run beside the published players, in one table a board. Numbers only; nothing is drawn here."""

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pages.ui.cache import Cache
from pages.ui.guard import looked_at
from pages.ui.selection import config_of, labels_of, name_of, unreadable
from pages.ui.tetris.references import NAMES, Reference, stored
from pages.ui.text import plain
from trainer.errors import FormatError
from trainer.numbers import compact, count, exact, rounded, short
from trainer.probing import probe
from trainer.run_files.opening import stamp
from trainer.run_files.reports import Report, earlier_report, read_report
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import StoredModel, list_models
from trainer.tasks import known_settings

Kind = Literal["best", "kept", "imported", "player"]
KINDS: dict[Kind, str] = {"best": "Best of a run", "kept": "Saved snapshot", "imported": "Imported", "player": "Baselines"}
MAX_CACHED_REPORTS = 4_096
COMPACT_FROM = 1e12  # lines: more digits say no more
RESULT_COLUMNS = (
    "model", "run", "kind", "board_height", "randomizer", "mean_lines", "lines_ci95_low", "lines_ci95_high", "median_lines", "max_lines",
    "episodes", "truncated_episodes", "evaluated_step", "outdated", "step", "active_seconds", "note",
)  # fmt: skip
MEASURED = ("mean_lines", "lines_ci95_low", "lines_ci95_high", "median_lines", "max_lines", "episodes", "truncated_episodes")
OWN_COLUMNS = ("board_height", "randomizer")  # what the tables are told apart by


@dataclass(frozen=True, slots=True, order=True)
class Board:
    """What games are played on: figures of different boards never stand in one table."""

    height: int
    randomizer: str

    @property
    def words(self) -> str:
        """`10 × 20, uniform pieces`."""
        if not self.height:
            return "A board that its metadata do not name"
        return f"10 × {self.height}, {plain(self.randomizer)} pieces"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model, and how good it is as far as that is known.

    Attributes:
        title: the run's name and the model's, as they are.
        report: of set B; None if it was never evaluated.
        outdated: whether the report is of an earlier model of that name.
    """

    model: StoredModel
    title: str
    kind: Kind
    board: Board
    report: Report | None
    outdated: bool
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every model there is, and the runs and models that cannot be shown with the reason."""

    entries: list[Entry]
    without: list[tuple[RunDirectory, str]]

    @property
    def missing(self) -> int:
        """How many models have no report; copies in one run count once."""
        return len({(one.model.run.path, one.model.metadata.sha256) for one in self.entries if one.report is None or one.outdated})


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
    height, randomizer = (model.metadata.settings.get(name) for name in OWN_COLUMNS)
    imported = config is not None and config.parent is not None and config.parent.model == "bundle"
    kind: Kind = "kept" if model.slot is not None else "imported" if imported else "best"
    board = Board(height if isinstance(height, int) else 0, str(randomizer))
    return Entry(model, title, kind, board, report, outdated, config.settings if config else {})


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


def tables(shelf: Shelf, kinds: Sequence[Kind], references: Sequence[Reference] | None = None) -> dict[Board, list[dict[str, Any]]]:
    """A table a board, the best first. Players only stand where models do.

    Args:
        shelf: the models.
        kinds: what is shown.
        references: the published players; by default the stored ones.
    """
    made = {}
    for board in sorted({one.board for one in shelf.entries}, reverse=True):
        there = [one for one in shelf.entries if one.board == board]
        differing = _differing([one.settings for one in there])
        rows = [_model_row(one, differing) for one in there if one.kind in kinds]
        if "player" in kinds:
            found = (one for one in (stored() if references is None else references) if Board(one.board_height, one.randomizer) == board)
            rows += [_player_row(one) for one in found]
        made[board] = sorted(rows, key=lambda row: -1 if row["Lines"] is None else row["Lines"], reverse=True)
    return made


def result_columns(shelf: Shelf, references: Sequence[Reference] | None = None) -> dict[str, list[Any]]:
    """What is known of every model and every published player, for a file: to the last digit, and None where nothing is."""
    rows = [_result(entry) for entry in shelf.entries]
    names = [name for name in known_settings() if name not in OWN_COLUMNS]
    rows += [_player_result(one) for one in (stored() if references is None else references)]
    settings = {name: [_plain_cell(row["settings"].get(name)) for row in rows] for name in names}
    return {name: [row.get(name) for row in rows] for name in RESULT_COLUMNS} | settings


def _result(entry: Entry) -> dict[str, Any]:
    report, metadata = entry.report, entry.model.metadata
    known = {name: measured(report, name) for name in MEASURED}
    return known | {
        "model": entry.title, "run": entry.model.run.run_id, "kind": entry.kind, "board_height": entry.board.height or None,
        "randomizer": entry.board.randomizer, "evaluated_step": report.step if report else None,
        "outdated": entry.outdated if report else None, "step": metadata.step, "active_seconds": metadata.active_seconds,
        "note": entry.model.note or None, "settings": entry.settings,
    }  # fmt: skip


def _player_result(reference: Reference) -> dict[str, Any]:
    low, high = reference.ci95 or (None, None)
    return {
        "model": NAMES[reference.player], "kind": "player", "board_height": reference.board_height, "randomizer": reference.randomizer,
        "mean_lines": reference.mean_lines, "lines_ci95_low": low, "lines_ci95_high": high, "episodes": reference.episodes,
        "truncated_episodes": reference.truncated_episodes, "settings": {},
    }  # fmt: skip


def _plain_cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _differing(all_settings: Sequence[dict[str, Any]]) -> list[str]:
    """The settings in which the runs differ, in the order a person reads them."""
    names = [name for name in known_settings() if name not in OWN_COLUMNS]
    return [name for name in names if len({repr(settings.get(name)) for settings in all_settings}) > 1]


def _model_row(entry: Entry, differing: Sequence[str]) -> dict[str, Any]:
    report, metadata = entry.report, entry.model.metadata
    labels = {name: one.label for name, one in known_settings().items()}
    return {
        "Model": plain(entry.title, 80),
        "Kind": KINDS[entry.kind],
        "Lines": _rounded(report, "mean_lines"),
        "95 %": _interval((measured(report, "lines_ci95_low"), measured(report, "lines_ci95_high"))),
        "Median": _rounded(report, "median_lines"),
        "Best game": measured(report, "max_lines"),
        "Games": report.episodes if report else None,
        "Evaluated": evaluated_words(entry),
        "Steps": metadata.step,
        "Training": metadata.active_seconds / 60,
        "Note": plain(entry.model.note, 120) or None,
        **{labels[name]: _cell(entry.settings.get(name)) for name in differing},
    }


def evaluated_words(entry: Entry) -> str:
    """How far the figures can be relied on."""
    if entry.report is None:
        return "not yet"
    if entry.outdated:
        return f"outdated: step {exact(entry.report.step)}"
    return _truncated_words(entry.report.truncated_episodes, entry.report.episodes)


def _player_row(reference: Reference) -> dict[str, Any]:
    return {
        "Model": NAMES[reference.player],
        "Kind": KINDS["player"],
        "Lines": rounded(reference.mean_lines),
        "95 %": _interval(reference.ci95),
        "Median": None,
        "Best game": None,
        "Games": reference.episodes,
        "Evaluated": _truncated_words(reference.truncated_episodes, reference.episodes),
    }


def _truncated_words(truncated: int, episodes: int) -> str:
    return f"{truncated} of {count(episodes, 'game')} truncated" if truncated else "yes"


def measured(report: Report | None, name: str) -> float | None:
    """A number of a report by its name; None if there is none."""
    return None if report is None else report.value(name)


def _rounded(report: Report | None, name: str) -> float | None:
    value = measured(report, name)
    return None if value is None else rounded(value)


def _interval(ends: tuple[float | None, float | None]) -> str | None:
    """Nothing for a single game."""
    low, high = ends
    return None if low is None or high is None else f"{_written(low)} to {_written(high)}"


def _written(value: float) -> str:
    return short(value) if abs(value) < COMPACT_FROM else compact(value)


def _cell(value: object) -> object:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else plain(value)
