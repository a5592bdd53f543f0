"""What is said of a study.

What it searches, what it will cost, and the commands that do the same in a terminal.
"""

import shlex
from typing import Any

from pages.ui.sweeps.view import View
from pages.ui.text import plain
from trainer.config import RunSettings
from trainer.errors import SettingError
from trainer.numbers import compact, count, exact
from trainer.program import PROGRAM
from trainer.run_files.studies import Decide, Method, Pruner, Study, Trial
from trainer.tasks import DEFAULT_TASK, describe
from trainer.tasks.about import About

METHODS: dict[Method, str] = {"tpe": "TPE", "random": "Random", "grid": "Grid"}
METHOD_HELP: dict[Method, str] = {
    "tpe": "Learns from the trials so far which values do well, and tries more like them.",
    "random": "Draws every trial's values by chance: simple, and hard to beat with few trials.",
    "grid": "Tries every combination of the values.",
}
PRUNERS: dict[Pruner, str] = {
    "": "Off",
    "median": "Median of the other trials",
    "wilcoxon": "Wilcoxon over seeds",
    "hyperband": "Hyperband over steps",
}
DECISIONS: dict[Decide, str] = {"iqm": "IQM", "mean": "Mean"}
PURPOSE = (
    "A sweep trains one setting after another, each on the same seeds, finds the best, and then trains the best again on new seeds, "
    "so that you can trust the result."
)
EXAMPLE = (
    f"{PROGRAM} sweep start --env CartPole-v1 --algo ppo --vary learning_rate=log:1e-4:1e-2 --vary gamma=0.9,0.99 "
    "--trials 20 --seeds 1-3 --total-timesteps 20000"
)


def facts(view: View) -> str:
    """`PPO on CartPole-v1 · TPE · 20 trials on seeds 1, 2, 3 · 20,000 steps each · highest mean reward (IQM)`."""
    study = view.study
    steps = study.settings.get("total_timesteps")
    return " · ".join([
        trained(study),
        METHODS[study.method],
        f"{count(study.trials, 'trial')} on {'seed' if len(study.seeds) == 1 else 'seeds'} {seeds_words(study.seeds)}",
        *([f"{exact(steps)} steps each"] if isinstance(steps, int | float) else []),
        f"{'lowest' if view.sign < 0 else 'highest'} {view.metric.label.lower()} ({DECISIONS[study.decide]})",
        *([f"pruned by {study.pruner}"] if study.pruner else []),
        *([f"on {plain(study.on, 60)}"] if study.on else []),
        view.study_id,
    ])  # fmt: skip


def trained(study: Study) -> str:
    """What its runs train: `PPO on CartPole-v1`, `Tetris (10 × 20, uniform pieces)`."""
    about = describe(study.task)
    try:
        return about.call(about.settings.from_json(study.settings)) or about.problem_words(study.settings)
    except SettingError:  # settings of another version, or of a stranger
        return plain(about.label)


def seeds_words(seeds: list[int]) -> str:
    """`1–3`, `1, 4, 9`."""
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}–{seeds[-1]}"
    return ", ".join(map(str, seeds[:12])) + (", …" if len(seeds) > 12 else "")


def cost_words(trials: int, seeds: int, steps: int, again: int, new_seeds: int) -> str:
    """What a sweep will cost, before it is started.

    Args:
        trials: of the search.
        seeds: of each trial.
        steps: of each run.
        again: how many of the best are trained once more.
        new_seeds: on how many seeds.
    """
    runs = trials * seeds + again * new_seeds
    more = f" + {exact(again)} best × {count(new_seeds, 'new seed')}" if again and new_seeds else ""
    return (
        f"{count(trials, 'trial')} × {count(seeds, 'seed')}{more} = **{count(runs, 'run')}** of {exact(steps)} steps: "
        f"**{compact(runs * steps)} steps** in all."
    )


def command_of_trial(view: View, trial: Trial) -> str:
    """What trains one run with a trial's settings, on the first seed of the study.

    Empty if no command can say it.
    """
    study, about = view.study, view.about
    try:
        wanted = about.settings.from_json(study.settings | trial.params | {"seed": study.seeds[0]})
        found = [words for preset in about.presets if (words := _words_of(about, wanted, preset)) is not None]
    except (SettingError, IndexError):  # of another version, or of a stranger
        return ""
    return shlex.join([*shlex.split(PROGRAM), "train", *min(found, key=len)]) if found else ""


def _words_of(about: About, wanted: RunSettings, preset: str) -> list[str] | None:
    """The options that make these settings of a preset; None if none do."""
    values = {one.name: getattr(wanted, one.name) for one in about.settings.described()}
    base = {one.name: one.default for one in about.settings.described()} | dict(about.follow(values, preset)) | dict(about.presets[preset])
    changed = {name: value for name, value in values.items() if value != base[name]}
    if None in changed.values():  # nothing in a terminal takes a value back
        return None
    words = ["--task", about.name] if about.name != DEFAULT_TASK else []
    words += ["--preset", preset] if preset != about.default_preset else []
    for one in about.settings.described():
        if one.name in changed:
            value = setting_word(changed[one.name])
            words += [f"{one.flag}={value}"] if value.startswith("-") else [one.flag, value]
    return words


def setting_word(value: Any) -> str:
    """A value in a terminal: `64x64`, `0.001`."""
    return "x".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
