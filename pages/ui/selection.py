"""Which run is shown: picked by a person, kept in the address as `?run=<run_id>`, remembered from page to page."""

import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import streamlit as st

from pages.ui.cache import Cache
from pages.ui.guard import looked_at
from pages.ui.shell import address
from pages.ui.states import LOOKS
from pages.ui.text import clock, plain
from pages.ui.zone import viewer_zone
from trainer.children import child_about
from trainer.creating import default_runs_dir
from trainer.errors import FormatError
from trainer.probing import Probe, probe
from trainer.run_files.config_file import ConfigFile, read_config
from trainer.run_files.labels import Labels, read_labels
from trainer.run_files.opening import stamp
from trainer.run_files.queue import QUEUE_FILE
from trainer.run_files.run_directory import MAX_CACHED, RUN_ID_PATTERN, RunDirectory, find_run, has_other_runs, list_runs
from trainer.run_files.status import FINAL_STATES
from trainer.tasks import describe
from trainer.tasks.about import About

REMEMBERED = "shown_run"  # in the session: the run shown last
MAX_LISTED_RUNS = 2_000  # the newest; older ones are found by their id, so that a page is drawn at once however many there are
MAX_PROBED_RUNS = 40  # the picker tells the state of the newest runs only


@dataclass(frozen=True, slots=True)
class Selection:
    """The runs there are and the one that is shown.

    Attributes:
        runs: the newest, newest first; the run that is shown is among them even if it is older or was deleted meanwhile.
        run: the one that is shown, or None if there is none at all.
        message: what a person must be told about the choice, or None.
        older: how many runs are not among them.
    """

    runs: tuple[RunDirectory, ...]
    run: RunDirectory | None
    message: str | None = None
    older: int = 0


def newest(every: list[RunDirectory]) -> list[RunDirectory]:
    """The runs that lists show, of all."""
    return every[:MAX_LISTED_RUNS]


def choose(every: list[RunDirectory], wanted: str | None, remembered: str | None, runs_dir: Path) -> Selection:
    """The run to show: the wanted one, else the remembered one, else the newest.

    Args:
        every: all runs, newest first.
        wanted: the run id in the address; it may be anything.
        remembered: the run id shown last in this session.
        runs_dir: where runs are.
    """
    runs = newest(every)
    found = _choose(runs, wanted, remembered, runs_dir)
    return replace(found, older=len(every) - len(runs))


def _choose(runs: list[RunDirectory], wanted: str | None, remembered: str | None, runs_dir: Path) -> Selection:
    by_id = {run.run_id: run for run in runs}
    named = wanted or remembered
    if named in by_id:
        return Selection(tuple(runs), by_id[named])
    if named and (older := find_run(runs_dir, named)) is not None:
        return Selection((*runs, older), older)
    if named and named == remembered and RUN_ID_PATTERN.fullmatch(named):  # deleted while it was shown
        gone = RunDirectory((runs_dir / named).absolute())
        return Selection((gone, *runs), gone)
    first = next((run for run in runs if not _title(run).archived), None)  # an archived one is shown to whoever names it
    if not wanted:
        return Selection(tuple(runs), first)
    what = "the newest run is shown instead" if first else "there are no runs yet"
    return Selection(tuple(runs), first, f"There is no run “{plain(wanted)}”; {what}.")


def current_selection() -> Selection:
    """The selection by the address and the session; writes both."""
    remembered, named = st.session_state.get(REMEMBERED), address.says("run")
    selection = choose(list_runs(default_runs_dir()), named, remembered, default_runs_dir())
    if selection.run is not None:
        remember(selection.run.run_id)
    return selection


def are_others_listed(known: Iterable[RunDirectory]) -> bool:
    """Whether a list would show runs now that are not among the known ones."""
    return has_other_runs(default_runs_dir(), {run.run_id for run in known}, MAX_LISTED_RUNS)


def older_runs(count: int) -> str:
    """How many runs a list does not show, as the beginning of a sentence."""
    return f"{count:,} older {'run is' if count == 1 else 'runs are'}"


def runs_to_compare(every: list[RunDirectory], named: Collection[str], search: str) -> list[RunDirectory]:
    """The newest runs, the named ones, and as many older ones whose id holds every word of a search.

    Args:
        every: all runs, newest first.
        named: ids of runs that a person has chosen.
        search: what a person looks for; empty for nothing.
    """
    runs, words = newest(every), search.lower().split()
    older = every[len(runs) :]
    found = [run for run in older if run.run_id in named]
    if words:
        found += newest([run for run in older if run.run_id not in named and all(word in run.run_id for word in words)])
    return runs + sorted(found, key=lambda run: run.run_id, reverse=True)


def remember(run_id: str) -> None:
    """Show this run from now on, on every page and after a reload."""
    st.session_state[REMEMBERED] = run_id
    address.write(run=run_id)


def config_of(run: RunDirectory) -> ConfigFile | None:
    """The run's `config.json`, or None if it is damaged or gone."""
    try:
        return read_config(run)
    except (OSError, FormatError):
        return None


def about_of(run: RunDirectory) -> About:
    """What its task says of itself; what holds for every task if that is not installed here or not known."""
    config = config_of(run)
    return describe(config.task if config else "")


def labels_on(run: RunDirectory) -> Labels:
    """What a person has written on the run since it was made; nothing if its `labels.json` is damaged."""
    try:
        return read_labels(run)
    except FormatError:
        return Labels()


def name_of(run: RunDirectory) -> str:
    """What the person calls the run, as it is; the run id if that cannot be read."""
    if name := labels_on(run).name:
        return name
    config = config_of(run)
    return str(config.name) if config else run.run_id


def listed(runs: Iterable[RunDirectory]) -> list[RunDirectory]:
    """The runs that are not archived."""
    return [run for run in runs if not labels_on(run).archived]


def labels_of(runs: Iterable[RunDirectory], probes: Mapping[str, Probe]) -> dict[str, str]:
    """Every run in a list of choices, by run id: `▶ First try · 24 Nov 15:04`; no two are alike."""
    return _labels(((run, _title(run)) for run in runs), probes)


def labels_of_listed(runs: Iterable[RunDirectory], shown: RunDirectory, probes: Mapping[str, Probe]) -> dict[str, str]:
    """`labels_of` those that are `listed` and the one that is shown, each looked at once: every page has this, of maybe a thousand."""
    titles = ((run, _title(run)) for run in runs)
    return _labels(((run, title) for run, title in titles if not title.archived or run == shown), probes)


def _labels(titles: Iterable[tuple[RunDirectory, "_Title"]], probes: Mapping[str, Probe]) -> dict[str, str]:
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for run, title in titles:
        probed = probes.get(run.run_id)
        label = f"{LOOKS[probed.state].glyph} {title.text}" if probed else title.text
        labels[run.run_id] = label if label not in taken else f"{label} · {run.run_id}"
        taken.add(label)
    return labels


class _Title(NamedTuple):
    """A run in a list."""

    text: str
    archived: bool


def _title(run: RunDirectory) -> _Title:
    zone, seen = viewer_zone(), (stamp(run.config), stamp(run.labels))
    return looked_at(
        lambda: _titles.get((run.path, zone), seen, lambda: _read_title(run, zone)), lambda: _Title(run.run_id, archived=False)
    )


_titles = Cache(MAX_CACHED)


def _read_title(run: RunDirectory, zone: ZoneInfo) -> _Title:
    config = config_of(run)
    return _Title(plain(name_of(run), 40) + (f" · {clock(config.created_at, zone)}" if config else ""), labels_on(run).archived)


def probe_newest(runs: tuple[RunDirectory, ...]) -> dict[str, Probe]:
    """How the newest runs are, by run id."""
    newest = runs[:MAX_PROBED_RUNS]
    return {run.run_id: looked_at(functools.partial(_probed, run), functools.partial(unreadable, run)) for run in newest}


def _probed(run: RunDirectory) -> Probe:
    """How a run is. One that has ended is as it was unless somebody has written something: thirty of these took a fifth of a page."""
    if child_about(run.path) is not None:
        return probe(run)
    seen = tuple(map(stamp, (run.path, run.config, run.control, run.status, run.run_lock, run.path.parent / QUEUE_FILE)))
    return _ended.get(run.path, seen, functools.partial(probe, run), holds=lambda found: found.state in FINAL_STATES)


_ended = Cache(MAX_CACHED)


def unreadable(run: RunDirectory) -> Probe:
    """What is shown of a run that cannot be looked at."""
    problem = f"The run {run.run_id} could not be shown; the details are in the app's log."
    return Probe(run, "crashed", None, None, None, pending=False, problem=problem)
