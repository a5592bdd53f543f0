"""What the form asks for, read: a study, or the mistakes at its fields. Nothing is drawn here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.form.asked import Asked
from pages.ui.form.fields import mistakes_in, read_settings
from pages.ui.sweeps.proposals import Proposal, now_of, offered_settings, proposal_of, vary_of
from trainer.errors import SettingError
from trainer.resources import usable_cores
from trainer.run_files.studies import MAX_TRIALS, Method, Pruner, Scale, Study, Vary
from trainer.seeds import parse_seeds
from trainer.settings import Setting
from trainer.sweeping.planning import (
    CONFIRM_SEEDS,
    DEFAULT_CONFIRM,
    DEFAULT_TRIALS,
    MAX_WORKERS,
    grid_size,
    plan_study,
)

STEPS, SEED = "total_timesteps", "seed"
_VERSION = "sweep_form_version"  # in the session: grows when what was typed is taken back
NAME, VARY, METHOD, TRIALS, SEEDS, METRIC = "name", "vary", "method", "trials", "seeds", "metric"
DECIDE, PRUNER, WORKERS, CONFIRM, CONFIRM_ON = (
    "decide",
    "pruner",
    "workers",
    "confirm",
    "confirm_seeds",
)
PARTS = ("scale", "low", "high", "values")  # fields of a setting that varies
LABELS = {
    NAME: "Name of the sweep", TRIALS: "Trials", SEEDS: "Seeds", WORKERS: "Runs at once", CONFIRM: "Best to confirm",
    CONFIRM_ON: "Unseen seeds",
}  # fmt: skip
NAMED = {
    SEEDS: SEEDS, "The seeds to confirm": CONFIRM_ON, CONFIRM_ON: CONFIRM_ON, CONFIRM: CONFIRM, "median": PRUNER, "wilcoxon": PRUNER,
    "hyperband": PRUNER,
}  # fmt: skip
"""How a sentence begins about what fields say of each other, and the field that it is marked at."""
NONE_OFFERED = "has no setting that a sweep could vary."
NO_VALUES = "Choose at least one setting that varies."


def forget_plan() -> None:
    """Begin anew with what the form proposes."""
    st.session_state[_VERSION] = _version() + 1


def _version() -> int:
    return int(st.session_state.get(_VERSION, 0))


def key_of(field: str) -> str:
    """The widget of a field of the sweep's own."""
    return f"sweep_{field}_{_version()}"


@dataclass(frozen=True, slots=True)
class Varied:
    """A setting that varies, with what its fields begin with.

    Attributes:
        scales: those that can be chosen now: a grid has no ranges.
    """

    setting: Setting
    proposal: Proposal
    scales: tuple[Scale, ...]
    token: str

    def key(self, part: str) -> str:
        """The widget of a part; another one where something else is proposed."""
        return f"sweep_{part}_{self.setting.name}_{self.token}"

    def value(self, part: str) -> Any:
        """What a field shows now."""
        begin = self.scales[0] if part == "scale" else getattr(self.proposal, part)
        value = st.session_state.get(self.key(part), begin)
        return self.scales[0] if part == "scale" and value not in self.scales else value

    def read(self) -> Vary:
        """What was typed.

        Raises:
            SettingError: it cannot be; the sentence begins with the setting's label.
        """
        return vary_of(self.setting, *(self.value(part) for part in PARTS))


@dataclass(frozen=True, slots=True)
class Plan:
    """What the form asks for now."""

    asked: Asked
    offered: tuple[Setting, ...]
    varied: tuple[Varied, ...]

    def begin(self, field: str) -> Any:
        """What a field of the sweep's own begins with."""
        begins: dict[str, Any] = {
            NAME: "", METHOD: "tpe", TRIALS: str(DEFAULT_TRIALS), SEEDS: "1-3", METRIC: self.asked.about.default_metric, DECIDE: "iqm",
            PRUNER: "", WORKERS: str(usable_cores()), CONFIRM: str(DEFAULT_CONFIRM), CONFIRM_ON: "",
        }  # fmt: skip
        return begins[field]

    def value(self, field: str) -> Any:
        """What a field of the sweep's own shows now."""
        value = st.session_state.get(key_of(field), self.begin(field))
        return self.begin(field) if field == METRIC and value not in self.asked.about.compared else value

    @property
    def method(self) -> Method:
        """How the trials' values are chosen."""
        chosen: Method = self.value(METHOD)
        return chosen

    @property
    def typed(self) -> dict[str, Any]:
        """The settings of a run.

        What varies is as the preset has it, and each trial's runs have seeds of their own.
        """
        return self.asked.typed | {one.setting.name: self.asked.draft.base[one.setting.name] for one in self.varied} | {SEED: "1"}

    def mistakes(self) -> dict[str, str]:
        """Why it cannot be started, by the widget that it is about.

        A sentence that begins with its label.
        """
        found = {
            (f"new_{name}" if name in self.asked.first.values else self.asked.draft.key(name)): sentence
            for name, sentence in {
                **(self.asked.first.mistakes or {}),
                **mistakes_in(self.asked.about, self.typed),
            }.items()
        }
        if not self.varied:
            found[key_of(VARY)] = NO_VALUES if self.offered else f"{self.asked.about.label} {NONE_OFFERED}"
        for one in self.varied:
            try:
                one.read()
            except SettingError as error:
                found[one.key("values" if one.value("scale") == "choices" else "low")] = str(error)
        found |= {key_of(field): sentence for field, sentence in self._own_mistakes().items()}
        return found or self._mistake_of_all()

    def _own_mistakes(self) -> dict[str, str]:
        limits = {TRIALS: (1, MAX_TRIALS), WORKERS: (1, MAX_WORKERS), CONFIRM: (0, MAX_TRIALS)}
        found = dict[str, str]()
        for field, (low, high) in limits.items():
            number = self.number(field)
            if not (field == TRIALS and self.method == "grid") and (number is None or not low <= number <= high):
                found[field] = f"{LABELS[field]} must be a whole number from {low} to {high:,}; got “{str(self.value(field))[:40]}”."
        for field in (SEEDS, CONFIRM_ON):
            try:
                self.seeds(field)
            except SettingError as error:
                found[field] = f"{LABELS[field]}{str(error).removeprefix('seed')}"
        return found

    def _mistake_of_all(self) -> dict[str, str]:
        """What the parts say of each other, at the field that the sentence names first."""
        try:
            self.study()
        except SettingError as error:
            said = str(error)
            begin, field = next(
                ((begin, field) for begin, field in NAMED.items() if said.startswith(begin)),
                ("", VARY),
            )
            label = LABELS.get(field, "") if begin == field else ""
            return {key_of(field): f"{label}{said.removeprefix(begin)}" if label else said}
        return {}

    def number(self, field: str) -> int | None:
        """A whole number that was typed; None if it is none."""
        text = str(self.value(field)).replace(",", "").replace("_", "").strip()
        return int(text) if text.isascii() and text.isdigit() else None

    def seeds(self, field: str) -> list[int]:
        """Seeds that were typed; none, if nothing was.

        Raises:
            SettingError: they cannot be.
        """
        text = str(self.value(field)).strip()
        return list(parse_seeds(text)) if text or field == SEEDS else []

    def study(self) -> Study:
        """What was asked for.

        Raises:
            SettingError: `mistakes` says what cannot be.
        """
        pruner: Pruner = self.value(PRUNER)
        trials = self.trials()
        return plan_study(
            self.asked.about, read_settings(self.asked.about, self.typed), [one.read() for one in self.varied],
            name=" ".join(str(self.value(NAME)).split()), method=self.method, trials=None if self.method == "grid" else self.number(TRIALS),
            seeds=self.seeds(SEEDS), metric=self.value(METRIC), decide=self.value(DECIDE), pruner=pruner,
            workers=self.number(WORKERS) or 1, confirm=min(self.number(CONFIRM) or 0, trials or 0), confirm_seeds=self.seeds(CONFIRM_ON),
        )  # fmt: skip

    def trials(self) -> int | None:
        """How many trials there will be; None if that cannot be told yet."""
        return self.grid_trials() if self.method == "grid" else self.number(TRIALS)

    def grid_trials(self) -> int | None:
        """How many trials the grid has; None if that cannot be told yet."""
        try:
            return grid_size([one.read() for one in self.varied]) if self.varied else None
        except SettingError:
            return None


def plan_of(asked: Asked) -> Plan:
    """What the form asks for now."""
    offered = tuple(offered_settings(asked.settings))
    by_name = {one.name: one for one in offered}
    begin = [offered[0].name] if offered else []
    chosen = [name for name in st.session_state.get(key_of(VARY), begin) if name in by_name]
    method = st.session_state.get(key_of(METHOD), "tpe")
    own: Mapping[str, str] = asked.first.own_values or {}
    return Plan(asked, offered, tuple(_varied(by_name[name], asked.typed, own, method) for name in chosen))


def _varied(setting: Setting, typed: Mapping[str, Any], own_values: Mapping[str, str], method: str) -> Varied:
    proposal = proposal_of(setting, now_of(setting, typed, own_values))
    scales: tuple[Scale, ...] = ("choices",) if method == "grid" else proposal.scales
    return Varied(setting, proposal, scales, f"{_version()}_{hash((proposal, scales)) % 10**9}")


def unseen_words(seeds: list[int]) -> str:
    """The seeds that the best are confirmed on, if none are named."""
    first = max(seeds) + 1
    return f"{first}-{first + max(CONFIRM_SEEDS, len(seeds)) - 1}"
