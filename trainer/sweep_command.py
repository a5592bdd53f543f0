"""The command that searches for a good setting: `python -m trainer sweep start | status | stop | resume`."""

import argparse
import time
from collections.abc import Sequence
from typing import Any, get_args

from . import seeds
from .argument_types import unicode_text, whole_number
from .engines.finding import require_engine
from .errors import SettingError, visible
from .model_commands import AddCommand, print_json
from .numbers import count
from .program import PROGRAM
from .resources import usable_cores
from .run_files.files import now_text
from .run_files.studies import Decide, Method, Pruner, Study, Trial, read_trials
from .run_files.study_directory import list_studies, open_study
from .sweeping.starting import SweepProbe, probe_sweep, resume_sweep, start_sweep, stop_sweep
from .tasks import find_about, find_task
from .train_commands import add_settings, settings_in

STOP_PATIENCE_S = 120.0
STOP_INTERVAL_S = 0.1
NO_PRUNER = "none"
PRUNERS = (NO_PRUNER, *filter(None, get_args(Pruner)))


def add_sweep_command(command: AddCommand, shared: Any) -> None:
    """Add the command.

    Args:
        command: adds one.
        shared: the parent of those that are not about one run.
    """
    summary = "Search for a good setting: train many, all on the same seeds, and confirm the best on seeds that the search never saw."
    actions = command("sweep", _list, summary, shared).add_subparsers(required=True, metavar="ACTION")

    def action(name: str, what: Any, summary: str) -> Any:
        added = actions.add_parser(name, help=summary, description=summary, parents=[shared])
        added.set_defaults(command=what)
        return added

    action("start", _start, "Start a sweep; a process of its own goes on with it.").late = _add_start
    status = action("status", _status, "How a sweep is, or which sweeps there are.")
    status.add_argument("study", nargs="?", metavar="SWEEP", help="its id; without one all are listed, newest first")
    status.add_argument("--json", action="store_true", help="print JSON")
    for name, what, text in (
        ("stop", _stop, "Stop a sweep: its runs save a checkpoint, and `resume` goes on with them."),
        ("resume", _resume, "Go on with a sweep that was stopped or interrupted, exactly where it was."),
        ("run", _run, "Be the process of a sweep; the other commands and the app start it by themselves."),
    ):
        action(name, what, text).add_argument("study", metavar="SWEEP", help="its id or its folder")


def _add_start(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    from .sweeping.planning import DEFAULT_CONFIRM, DEFAULT_TRIALS, PRUNING_MAY_MISLEAD  # noqa: PLC0415 - the others need no numbers

    varied = [f"--{name.partition('=')[0].replace('_', '-')}" for name in _varied(words)]  # they, too, tell which task is meant
    search = parser.add_argument_group("Search")
    search.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="SETTING=VALUES",
        help="a setting that the trials differ in: learning_rate=log:1e-4:1e-2, gamma=0.9:0.999, gamma=0.9,0.99, net_arch=64x64,256x256;"
        " once for each",
    )
    search.add_argument("--method", choices=get_args(Method), default="tpe", help="how values are chosen (default: %(default)s)")
    search.add_argument("--trials", type=whole_number(0), metavar="N", help=f"how many (default: {DEFAULT_TRIALS}; of a grid all)")
    search.add_argument("--seeds", type=_seeds, default=(1, 2, 3), metavar="N", help="of every trial: 1-3 or 1,4,9 (default: 1-3)")
    search.add_argument("--metric", default="", help="what is compared, by its short name (default: what people compare first)")
    search.add_argument(
        "--decide", choices=get_args(Decide), default="iqm", help="what is made of the seeds' numbers (default: %(default)s)"
    )
    search.add_argument("--prune", choices=PRUNERS, default=NO_PRUNER, help=f"end trials early (default: none). {PRUNING_MAY_MISLEAD}")
    search.add_argument(
        "--confirm", type=whole_number(0), metavar="N",
        help=f"the N best are trained again on seeds that the search never saw (default: {DEFAULT_CONFIRM}); 0: none",
    )  # fmt: skip
    search.add_argument("--confirm-seeds", type=_seeds, default=(), metavar="N", help="those seeds (default: five after the others)")
    search.add_argument("--sampler-seed", type=whole_number(0), default=1, metavar="N", help="of the search itself (default: 1)")
    search.add_argument("--workers", type=whole_number(0), metavar="N", help="runs at once (default: the cores there are)")
    search.add_argument("--on", default="", metavar="ENGINE", help="where they are trained (default: on this machine)")
    search.add_argument("--name", type=unicode_text, default="", help="what to call the sweep; only displayed")
    search.add_argument("--json", action="store_true", help='print {"study": its id}')
    add_settings(parser, [*words, *varied], without=("seed",))


def _varied(words: Sequence[str]) -> list[str]:
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument("--vary", action="append", default=[], nargs="?", const="")
    return [str(one) for one in finder.parse_known_args(list(words))[0].vary]


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return seeds.parse_seeds(text)
    except SettingError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _start(options: argparse.Namespace) -> int:
    from .sweeping.planning import plan_study  # noqa: PLC0415 - see above
    from .sweeping.ranges import parse_vary  # noqa: PLC0415 - see above

    about, settings = find_about(options.task), settings_in(options)
    vary = [parse_vary(about, text) for text in options.vary]
    require_engine(options.on)
    study = plan_study(
        about,
        settings,
        vary,
        name=options.name,
        method=options.method,
        trials=options.trials,
        seeds=options.seeds,
        metric=options.metric,
        decide=options.decide,
        pruner="" if options.prune == NO_PRUNER else options.prune,
        workers=usable_cores() if options.workers is None else options.workers,
        on=options.on,
        confirm=options.confirm,
        confirm_seeds=options.confirm_seeds,
        sampler_seed=options.sampler_seed,
    )
    find_task(study.task).check_settings(settings)
    directory = start_sweep(options.runs_dir, study)
    if options.json:
        print_json({"study": directory.study_id})
    else:
        runs = study.trials * len(study.seeds)
        print(
            f"{directory.study_id}: {count(study.trials, 'trial')}, {count(runs, 'run')}; see: {PROGRAM} sweep status {directory.study_id}"
        )
    return 0


def _status(options: argparse.Namespace) -> int:
    if options.study is None:
        return _list(options)
    probed = probe_sweep(open_study(options.runs_dir, options.study))
    damaged = [probed.problem] if probed.problem else []
    trials = read_trials(probed.directory, damaged)
    if options.json:
        print_json(_as_json(probed, trials, damaged))
    else:
        _print_status(probed, trials, damaged)
    return 0


def _list(options: argparse.Namespace) -> int:
    probed = [probe_sweep(one) for one in list_studies(options.runs_dir)]
    if options.json:
        print_json([{"study": one.directory.study_id, "name": one.study.name if one.study else None, "state": one.state} for one in probed])
        return 0
    if not probed:
        print(f"no sweeps in {options.runs_dir}; start one with: {PROGRAM} sweep start --vary …")
    for one in probed:
        print(f"{one.directory.study_id:<38} {one.state:<12} {visible(one.study.name) if one.study else one.problem}")
    return 0


def _as_json(probed: SweepProbe, trials: Sequence[Trial], damaged: Sequence[str]) -> dict[str, Any]:
    progress, study = probed.progress, probed.study
    by_number = {one.number: one for one in trials}
    best = by_number.get(progress.best) if progress is not None and progress.best is not None else None
    confirmed = [
        {
            "trial": one.trial,
            "params": by_number[one.trial].params if one.trial in by_number else {},
            "search": {"score": one.search_score, "low": one.search_low, "high": one.search_high},
            "unseen": {"score": one.score, "low": one.low, "high": one.high},
            "optimism": one.optimism,
            "runs": list(by_number[one.again].runs.values()) if one.again in by_number else [],
        }
        for one in (progress.confirmed if progress is not None else [])
    ]
    return {
        "study": probed.directory.study_id,
        "name": study.name if study else None,
        "state": probed.state,
        "pid": probed.pid,
        "error": progress.error if progress else "",
        "problems": list(damaged),
        "planned": study.trials if study else None,
        "trials": [_trial_as_json(one) for one in trials if one.phase == "search"],
        "confirmations": [_trial_as_json(one) for one in trials if one.phase == "confirm"],
        "best": _trial_as_json(best) if best else None,
        "confirmed": confirmed,
        "importance": progress.importance if progress else {},
    }


def _trial_as_json(trial: Trial) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: getattr(trial, name) for name in ("number", "state", "params", "score", "low", "high", "error", "values")
    }
    return shown | {"runs": list(trial.runs.values()), "of": trial.of}


def _print_status(probed: SweepProbe, trials: Sequence[Trial], damaged: Sequence[str]) -> None:
    study, progress = probed.study, probed.progress
    done = sum(one.settled for one in trials if one.phase == "search")
    of = f"{done} of {study.trials} trials" if study else f"{done} trials"
    print(f"{probed.directory.study_id} is {probed.state}: {of}{f', process {probed.pid}' if probed.pid else ''}")
    for sentence in filter(None, [progress.error if progress else "", *damaged]):
        print(visible(sentence))
    if study is None:
        return
    for one in trials:
        number = f"{one.number}" if one.of is None else f"{one.of} again"
        params = ", ".join(f"{name} {_value_text(value)}" for name, value in one.params.items())
        print(f"{number:>9}  {one.state:<9} {_interval(one.score, one.low, one.high):<34} {visible(params)} {visible(one.error)}".rstrip())
    _print_findings(probed, study)


def _print_findings(probed: SweepProbe, study: Study) -> None:
    progress = probed.progress
    if progress is None or progress.best is None:
        return
    for one in progress.confirmed:
        searched = _interval(one.search_score, one.search_low, one.search_high)
        print(f"trial {one.trial}: {searched} in the search, {_interval(one.score, one.low, one.high)} on unseen seeds; ", end="")
        print(f"the search was {_number(abs(one.optimism))} too {'optimistic' if one.optimism >= 0 else 'pessimistic'}")
    told = ", ".join(f"{name} {share:.0%}" for name, share in progress.importance.items())
    print(f"best: trial {progress.best} by {study.metric}{f'; what matters: {told}' if told else ''}")


def _interval(score: float | None, low: float | None, high: float | None) -> str:
    if score is None:
        return ""
    return _number(score) if low is None or high is None else f"{_number(score)} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _value_text(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, list) else f"{value:.4g}" if isinstance(value, float) else str(value)


def _stop(options: argparse.Namespace) -> int:
    directory = open_study(options.runs_dir, options.study)
    stop_sweep(directory, by="cli")
    until = time.monotonic() + STOP_PATIENCE_S
    while (probed := probe_sweep(directory)).state not in ("stopped", "finished", "failed", "gone") and time.monotonic() < until:
        time.sleep(STOP_INTERVAL_S)
    print(f"{directory.study_id} is {probed.state}")
    return 0


def _resume(options: argparse.Namespace) -> int:
    directory = open_study(options.runs_dir, options.study)
    resume_sweep(directory, by="cli")
    print(f"{directory.study_id} goes on; see: {PROGRAM} sweep status {directory.study_id}")
    return 0


def _run(options: argparse.Namespace) -> int:
    from .sweeping.process import run_sweep  # noqa: PLC0415 - only this process searches

    return 0 if run_sweep(open_study(options.runs_dir, options.study), say=_say) else 1


def _say(sentence: str) -> None:
    print(f"{now_text()} {visible(sentence)}", flush=True)
