"""The command that compares two groups of runs: `python -m trainer compare RUN… --against RUN…`.

Its numbers and sentences are those of the analytics page. With `--json` it prints one object:

| field | meaning |
|---|---|
| `version` | 1; it grows when a field changes its meaning |
| `task` | what the runs train; it decides what there is to compare |
| `metric`, `label`, `unit`, `better` | what is compared, and whether `higher` or `lower` is better |
| `score` | `last`, `best` or `mean`: of a run's values at or before `at_step` |
| `at_step`, `common_step` | where they are compared; the last step that all runs have reached |
| `a`, `b` | each `n` (independent runs with a score) and `runs`: `run`, `seed`, `stratum`, `score`, `last_step`, `copies` |
| `differing_settings` | setting → its values in `a` and in `b`, where they are not the same |
| `difference` | `value`, `low`, `high`: IQM of A less IQM of B with its 95 % interval |
| `probability_of_improvement` | the same: how probably a run of A is better than one of B |
| `sample_efficiency` | each `target` with `a` and `b`: `steps`, `seconds` (median, interval), `reached`, `n`, `ended_early` |
| `sentences`, `warnings` | what this says, and what makes it weaker than it looks |

With `--at-step` nothing that was measured later counts anywhere, also not in the sample efficiency.
What does not exist is null: no interval with one run, a median that half of the runs have not reached.
"""

import argparse
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .analysis.cautions import Members, cautions, refusal
from .analysis.comparison import Comparison, Side, compare, efficiency
from .analysis.groups import differing_settings, independent, strata_of
from .analysis.scores import SCORES, Course, Reached, common_step, course_of
from .analysis.sentences import comparison_sentences, interval_text, reached_words, steps_words
from .analysis.statistics import Estimate
from .argument_types import whole_number
from .errors import ComparisonError, SettingError, shown
from .model_commands import print_json
from .numbers import count, digits, duration, exact
from .run_files.config_file import ConfigFile, read_config
from .run_files.evaluations import evaluations_table
from .run_files.metrics import metrics_table
from .run_files.run_directory import RunDirectory, open_run
from .tasks import describe, find_about, task_names
from .tasks.about import About
from .tasks.metric import Metric

FORMAT_VERSION = 1
TABLES = {"metrics": metrics_table, "evaluations": evaluations_table}
LABELS = ("A", "B")


@dataclass(frozen=True, slots=True)
class _Group:
    """The runs of one side, those that count first told from their copies."""

    side: Side
    members: Members

    @property
    def runs(self) -> list[str]:
        return list(self.members.configs)


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Add to the parser of the command its options, and what it does."""
    parser.set_defaults(command=_compare)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="group A: ids or directories of runs")
    parser.add_argument("--against", nargs="+", required=True, metavar="RUN", help="group B")
    parser.add_argument("--metric", metavar="NAME", help=_metrics_help())
    parser.add_argument(
        "--score", choices=list(SCORES), default="last",
        help="a run's number, of its values up to the step: the last, the best or their mean (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--at-step", type=whole_number(0), metavar="N", help="compare at this step (default: the last that every run has reached)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _metrics_help() -> str:
    return " ".join(["what is compared; it depends on what the runs train.", *map(_metrics_of, map(find_about, task_names()))]).replace(
        "%", "%%"
    )


def _metrics_of(about: About) -> str:
    offered = (f"{name}: {metric.label.lower()} ({metric.unit}, {metric.better} is better)" for name, metric in about.compared.items())
    return f"{about.label} (default: {about.default_metric}): {'; '.join(offered)}."


def _metric_name(asked: str | None, about: About) -> str:
    """The metric that is asked for, or the one that people compare first; raises `SettingError` if the task has no such one."""
    if asked is not None and asked not in about.compared:
        names = ", ".join(about.compared)
        raise SettingError(f"--metric of runs that train {about.label} must be one of {names}; got {shown(asked)}.")
    return asked or about.default_metric


def _compare(options: argparse.Namespace) -> int:
    sides = [[open_run(run, options.runs_dir) for run in runs] for runs in (options.runs, options.against)]
    names = _names([run for runs in sides for run in runs])
    configs = {name: read_config(run) for run, name in names.items()}
    given = [list(dict.fromkeys(names[run] for run in runs)) for runs in sides]
    everyone = [Members(label, {run: configs[run] for run in runs}) for label, runs in zip(LABELS, given, strict=True)]
    if refused := refusal(everyone):
        raise ComparisonError(refused)
    about = describe(configs[given[0][0]].task)
    options.metric = _metric_name(options.metric, about)
    metric = about.metrics[options.metric]
    a, b = _groups(given, configs, {name: _course(run, metric) for run, name in names.items()})
    found = compare(a.side, b.side, options.score, step=options.at_step, metric=metric)
    if found is None:
        empty = next(one.side.label for one in (a, b) if common_step([one.side.courses]) is None)
        raise ComparisonError(f"{empty} has no value of “{metric.label}” yet; there is nothing to compare.")
    result = _result(found, (a, b), options)
    if options.json:
        print_json(result)
    else:
        reached = _efficiency(found, (a, b), options)
        sys.stdout.write("\n".join(_lines(result, found, reached)) + "\n")
    return 0


def _names(runs: Iterable[RunDirectory]) -> dict[RunDirectory, str]:
    """What each run is called: its id, or its path where another one has that id."""
    different = dict.fromkeys(runs)
    ids = [run.run_id for run in different]
    return {run: run.run_id if ids.count(run.run_id) == 1 else str(run.path) for run in different}


def _groups(given: Sequence[Sequence[str]], configs: Mapping[str, ConfigFile], courses: Mapping[str, Course]) -> list[_Group]:
    """The two groups as they count."""
    counted = [independent(runs, configs, lambda run: _progress(courses[run])) for runs in given]
    strata = strata_of(configs, [list(runs) for runs in counted])
    return [
        _Group(Side(label, tuple(courses[run] for run in runs), kinds), Members(label, {run: configs[run] for run in runs}, runs))
        for label, runs, kinds in zip(LABELS, counted, strata, strict=True)
    ]


def _course(run: RunDirectory, metric: Metric) -> Course:
    table = TABLES[metric.log](run)
    table.refresh()
    return course_of(table.columns(), metric)


def _progress(course: Course) -> tuple[float, ...]:
    return (course.end if course.end is not None else -1.0, float(len(course.steps)))


def _result(found: Comparison, groups: tuple[_Group, _Group], options: argparse.Namespace) -> dict[str, Any]:
    a, b = groups
    common = common_step([a.side.courses, b.side.courses])
    return {
        "version": FORMAT_VERSION,
        "task": a.members.configs[a.runs[0]].task,
        "metric": options.metric,
        "label": found.metric.label,
        "unit": found.metric.unit,
        "better": found.metric.better,
        "score": options.score,
        "at_step": found.step,
        "common_step": common,
        "a": _side(a, found, 0),
        "b": _side(b, found, 1),
        "differing_settings": _differing(a.members.configs, b.members.configs),
        "difference": _estimate(found.difference),
        "probability_of_improvement": _estimate(found.improvement),
        "sample_efficiency": [
            {"target": target, "a": _reached(first), "b": _reached(second)} for target, first, second in _efficiency(found, groups, options)
        ],
        "sentences": comparison_sentences(found),
        "warnings": _warnings(found, groups, common),
    }


def _efficiency(found: Comparison, groups: tuple[_Group, _Group], options: argparse.Namespace) -> list[tuple[float, Reached, Reached]]:
    """Of all that the runs have done, or up to the step that was asked for."""
    a, b = groups
    until = math.inf if options.at_step is None else options.at_step
    return efficiency(a.side, b.side, until, found.metric)


def _warnings(found: Comparison, groups: tuple[_Group, _Group], common: float | None) -> list[str]:
    first, second = (
        Members(label, one.members.configs, one.members.copies, len(scores.every) - scores.n, scores.known_strata)
        for label, one, scores in zip(LABELS, groups, found.sides, strict=True)
    )
    said = cautions(first, second)
    if common is not None and found.step > common:
        said.append(f"Not every run has got to step {exact(found.step)}: the last that all have reached is {exact(common)}.")
    return said


def _side(group: _Group, found: Comparison, number: int) -> dict[str, Any]:
    scores = found.sides[number]
    rows = zip(group.runs, group.side.courses, scores.every, scores.strata, strict=True)
    return {
        "n": scores.n,
        "runs": [
            {
                "run": run,
                "seed": group.members.configs[run].seed,
                "stratum": stratum,
                "score": score,
                "last_step": course.end,
                "copies": list(group.members.copies[run]),
            }
            for run, course, score, stratum in rows
        ],
    }


def _differing(a: Mapping[str, ConfigFile], b: Mapping[str, ConfigFile]) -> dict[str, dict[str, list[Any]]]:
    """Settings in which the groups are not alike, with the values in each."""
    found = {}
    for name in differing_settings([*a.values(), *b.values()]):
        first, second = (_values(configs, name) for configs in (a, b))
        if name != "seed" and first != second:
            found[name] = {"a": first, "b": second}
    return found


def _values(configs: Mapping[str, ConfigFile], name: str) -> list[Any]:
    values = {repr(value): value for value in (config.settings.get(name) for config in configs.values())}
    return [values[key] for key in sorted(values)]


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {name: value for name, value in asdict(estimate).items() if name != "n"}


def _reached(found: Reached) -> dict[str, Any]:
    times = {"steps": _estimate(found.steps), "seconds": _estimate(found.seconds)}
    return times | {"reached": found.runs, "n": found.steps.n, "ended_early": found.ended_early}


def _lines(result: dict[str, Any], found: Comparison, reached: Sequence[tuple[float, Reached, Reached]]) -> Iterator[str]:
    """The result for people."""
    better = ", lower is better" if found.metric.better == "lower" else ""
    yield f"{result['label']} ({result['unit']}{better}), {result['score']} value up to step {exact(found.step)}"
    for label in LABELS:
        side = result[label.lower()]
        yield f"{label}  {count(side['n'], 'independent run')}: {', '.join(run['run'] for run in side['runs'])}"
    for name, values in result["differing_settings"].items():
        yield f"   {name}: A {_listed(values['a'])}; B {_listed(values['b'])}"
    yield from result["sentences"]
    if reached:
        yield "sample efficiency, median with 95 % interval:"
    for target, *sides in reached:
        for label, one in zip(LABELS, sides, strict=True):
            times = f"{interval_text(one.steps, steps_words)}, {interval_text(one.seconds, duration)}; " if one.runs else ""
            yield f"   {digits(target):>12}  {label}  {times}reached by {reached_words(one)}"
    yield from (f"note: {sentence}" for sentence in result["warnings"])


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(str(value) for value in values)
