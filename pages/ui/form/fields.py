"""The fields of the form that starts a run, made from the settings of its task: no setting is written down twice."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.form.draft import CHOSEN, TYPED, Draft
from pages.ui.text import escaped
from trainer.config import RunSettings
from trainer.errors import SettingError
from trainer.numbers import digits
from trainer.seeds import parse_seeds
from trainer.settings import Setting, checked
from trainer.tasks.about import About

A_ROW = 3  # fields
SEED = "seed"
SEEDS_HELP = "Several make a run each: 1-5, or 1,4,9. They wait in the queue and are trained as cores are free."
OF_EVERY_RUN = frozenset(setting.group for setting in RunSettings.described())
"""Headings that come after those of the task's own."""


def as_text(value: Any) -> str:
    """A default as a person would type it: `2,000,000`, `0.001`, `64, 64`."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return digits(value) if isinstance(value, int | float) else str(value)


def mistakes_in(about: About, typed: Mapping[str, Any]) -> dict[str, str]:
    """Every mistake in the settings that were typed, by setting: a sentence that begins with its label."""
    mistakes = {}
    for setting in about.settings.described():
        try:
            _checked(setting, typed)
        except SettingError as error:
            what = f"must be {setting.allowed}; got “{str(typed[setting.name])[:40]}”."
            mistakes[setting.name] = f"{setting.label} {str(error).partition(' ')[2] if setting.name == SEED else what}"
    return mistakes or _mistake_of_all(about, typed)


def _mistake_of_all(about: About, typed: Mapping[str, Any]) -> dict[str, str]:
    """What the settings say of each other, at the one that the sentence begins with."""
    try:
        read_settings(about, typed)
    except SettingError as error:
        name, _, rest = str(error).partition(" ")
        labels = {setting.name: setting.label for setting in about.settings.described()}
        return {name: f"{labels[name]} {rest}"} if name in labels else {"": str(error)}
    return {}


def read_settings(about: About, typed: Mapping[str, Any]) -> RunSettings:
    """The settings that were typed; of several seeds with the first.

    Raises:
        SettingError: `mistakes_in` them names some.
    """
    return about.settings(**{setting.name: _checked(setting, typed) for setting in about.settings.described()})


def read_seeds(typed: Mapping[str, Any]) -> tuple[int, ...]:
    """The seeds that were typed.

    Raises:
        SettingError: `mistakes_in` them names some.
    """
    return parse_seeds(str(typed[SEED]))


def _checked(setting: Setting, typed: Mapping[str, Any]) -> Any:
    text = typed[setting.name]
    if setting.name == SEED:
        return read_seeds(typed)[0]
    return checked(setting, text.strip() if isinstance(text, str) else text)


def begins_with(settings: Sequence[Setting], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields of settings begin with: the values, else the defaults, as they are typed or chosen."""
    found = {setting.name: values.get(setting.name, setting.default) for setting in settings}
    texts = {name: str(value) if name == SEED else as_text(value) for name, value in found.items()}  # two seeds are written 1,000
    return {setting.name: found[setting.name] if setting.choices else texts[setting.name] for setting in settings}


def draw_settings(draft: Draft, settings: Sequence[Setting], mistakes: Mapping[str, str], own_values: Mapping[str, str]) -> None:
    """Ask for settings, the advanced ones in a closed part.

    Args:
        draft: what was typed.
        settings: those that mean something now.
        mistakes: those that are shown, by the name of a setting.
        own_values: what a setting without a value means, by its name.
    """
    _draw_fields(draft, [setting for setting in settings if not setting.advanced], mistakes, own_values)
    advanced = [setting for setting in settings if setting.advanced]
    with st.expander("Advanced settings", expanded=draft.opened, icon=":material/tune:"):
        for group in sorted(dict.fromkeys(setting.group for setting in advanced), key=OF_EVERY_RUN.__contains__):
            st.markdown(f"**{group}**")
            _draw_fields(draft, [setting for setting in advanced if setting.group == group], mistakes, own_values)


def _draw_fields(draft: Draft, settings: Sequence[Setting], mistakes: Mapping[str, str], own_values: Mapping[str, str]) -> None:
    for start in range(0, len(settings), A_ROW):
        for column, setting in zip(st.columns(A_ROW), settings[start : start + A_ROW], strict=False):
            with column:
                _draw_field(draft, setting, own_values.get(setting.name, ""))
                if setting.name in mistakes:
                    must = mistakes[setting.name].removeprefix(f"{setting.label} ").partition("; got")[0].rstrip(".")
                    st.caption(f":red[:material/error: {escaped(must[:1].upper() + must[1:], limit=200)}.]")


def _draw_field(draft: Draft, setting: Setting, own_value: str) -> None:
    described = f"{escaped(setting.help, limit=400)} {escaped(setting.allowed.capitalize(), limit=200)}."
    if setting.name == SEED:
        described = f"{escaped(setting.help, limit=400)} {SEEDS_HELP}"
    begin, key = draft.begin(setting.name), draft.key(setting.name)
    if setting.choices:
        named = {setting.default: f"{setting.default} ({own_value})"} if own_value else {}
        st.selectbox(
            setting.label, setting.choices, setting.choices.index(begin), lambda one: named.get(one, one), key, described, **CHOSEN
        )
        return
    placeholder = f"{own_value}, {setting.nothing}" if own_value else setting.nothing or None
    marked = {"live": True, "on_change": "rerun"} if draft.tries else {}  # a mark goes as soon as the value is right
    st.text_input(setting.label, begin, key=key, help=described, placeholder=placeholder, **TYPED | marked)
