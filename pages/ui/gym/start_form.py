"""What the form asks first of a run in an environment of Gymnasium: which one, with which options, and the algorithm that learns."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from pages.ui.form.task_parts import First
from pages.ui.guard import callback, fragment
from pages.ui.gym.known import Known, look, look_again
from pages.ui.text import escaped
from trainer.errors import SettingError
from trainer.tasks.gym.about import GROUP, OF_ALL, GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.catalogue import Environment
from trainer.tasks.gym.checks import options_of
from trainer.tasks.gym.presets import DEFAULTS, SOURCE, TUNED_PRESET, USUAL, tuned

NAMES = ("env", "env_kwargs", "algo")
ENV, OPTIONS, ALGO = (f"new_{name}" for name in NAMES)  # widgets
BEGIN = {one.name: one.default for one in GymSettings.described()}
BETWEEN = " · "  # the id of an environment and what is said of it
LOOK_S = 0.5
OBSERVATIONS = ("Box", "image", "Discrete", "MultiDiscrete", "MultiBinary", "Dict")  # that the algorithms can take
FIRST_EPS, LAST_EPS = "exploration_initial_eps", "exploration_final_eps"
FOR_NUMBERS = frozenset({"use_sde", "sde_sample_freq", "use_sde_at_warmup"})  # for actions that are numbers
ENV_HELP = (
    "Type to search among the environments that are registered here: a part of a name, or classic, Box2D, MuJoCo, Atari. "
    "One of your own is named module:Env-v0; an older version by its name."
)
OPTIONS_HELP = 'What the environment is made with, as JSON: {"is_slippery": false}.'


def chosen_first(fixed: Mapping[str, Any]) -> First:
    """What is chosen now."""
    env, options = _env(fixed), _options(fixed)
    known = look(env, options) if not _mistake_in(options) else Known(look(env, "").listed)
    algo = _algo(fixed, known.environment)
    values = {"env": env, "env_kwargs": options or None, "algo": algo}
    presets = (TUNED_PRESET, DEFAULTS) if tuned(env, algo) else (DEFAULTS,)
    return First(values, presets, _unused(algo, known.environment), _defaults(known, algo, fork=bool(fixed)), _mistakes(env, algo, known))


def draw_first(fixed: Mapping[str, Any], mistakes: Mapping[str, str]) -> None:
    """Ask for the environment, its options and the algorithm."""
    env, options = _env(fixed), _options(fixed)
    known = look(env, options) if not _mistake_in(options) else Known(look(env, "").listed)
    first, second, third = st.columns([5, 3, 3])
    with first:
        _draw_env(known, env, fixed)
    with second:
        _draw_algo(known, fixed, env)
    with third:
        st.text_input(
            "Environment's options", fixed.get("env_kwargs") or "", key=f"{OPTIONS}_fixed" if fixed else OPTIONS, help=OPTIONS_HELP,
            placeholder="none", disabled=bool(fixed), persist_state=None if fixed else "session",
        )  # fmt: skip
    said_below = known.environment is not None and known.environment.problem
    for name in NAMES:
        if name in mistakes and not said_below:
            st.caption(f":red[:material/error: {escaped(mistakes[name], limit=400)}]")
    if not fixed:
        _draw_what_is_known(known, env, options)


def draw_note(first: First, preset: str) -> None:
    """Say what learns where, and whose settings these are."""
    env, algo = first.values["env"], first.values["algo"]
    said = f"**{ALGORITHMS[algo].class_name}** learns **{escaped(env)}**"
    if preset == TUNED_PRESET:
        st.caption(f"{said} with the tuned settings of {SOURCE}.")
    elif preset == DEFAULTS:
        why = "" if tuned(env, algo) else "; no tuned ones are published for it"
        st.caption(f"{said} with the algorithm's own settings{why}.")


def forget() -> None:
    """Take back the options; what was chosen stays."""
    st.session_state.pop(OPTIONS, None)


def _env(fixed: Mapping[str, Any]) -> str:
    chosen = fixed.get("env") or st.session_state.get(ENV) or BEGIN["env"]
    return str(chosen).split(BETWEEN)[0].strip()


def _options(fixed: Mapping[str, Any]) -> str:
    return str((fixed.get("env_kwargs") if fixed else st.session_state.get(OPTIONS)) or "").strip()


def _algo(fixed: Mapping[str, Any], environment: Environment | None) -> str:
    """As chosen, as long as it can take the environment's actions."""
    chosen = str(fixed.get("algo") or st.session_state.get(ALGO) or BEGIN["algo"])
    fitting = _fitting(environment)
    return chosen if fixed or chosen in fitting or not fitting else fitting[0]


def _fitting(environment: Environment | None) -> list[str]:
    """The algorithms that can take its actions; every one as long as these are not known."""
    if environment is None or not environment.actions:
        return list(ALGORITHMS)
    return [name for name, one in ALGORITHMS.items() if environment.actions in one.spaces and (environment.masks or not one.masks)]


def _unused(algo: str, environment: Environment | None) -> frozenset[str]:
    """The hyperparameters that the algorithm does not have, or not with such actions."""
    settings = frozenset(one.name for one in GymSettings.described() if one.group == GROUP)
    discrete = environment is not None and environment.actions not in ("", "Box")
    return settings - ALGORITHMS[algo].hyperparameters - {*OF_ALL} | (FOR_NUMBERS if discrete else frozenset())


def _defaults(known: Known, algo: str, *, fork: bool) -> Mapping[str, str]:
    """What the algorithm's hyperparameters are if nobody says anything; a fork explores as its parent did at the end."""
    defaults = known.listed.catalogue.defaults.get(algo, {}) if known.listed.catalogue is not None else {}
    return {**defaults, FIRST_EPS: defaults[LAST_EPS]} if fork and LAST_EPS in defaults else defaults


def _mistake_in(options: str) -> bool:
    with suppress(SettingError):
        return options_of(options) is None
    return True


def _mistakes(env: str, algo: str, known: Known) -> dict[str, str]:
    """Why a run could not even begin."""
    found = known.environment
    if found is None:
        return {}
    if found.problem:
        return {"env": f"{found.problem}{f' Install them, then look again: {found.needs}' if found.needs else ''}"}
    if found.observations not in OBSERVATIONS:
        return {"env": f"{env} has observations of {found.observations}, which none of the algorithms can take."}
    if algo not in _fitting(found):
        return {"algo": f"{env} has actions of {found.actions}, which none of the algorithms can take."}
    return {}


def _draw_env(known: Known, env: str, fixed: Mapping[str, Any]) -> None:
    labels = _labels(known, env)
    if fixed:
        st.selectbox("Environment", [env], key=f"{ENV}_fixed_{env}", disabled=True, help="A fork goes on in the same environment.")
        return
    st.session_state[ENV] = labels[env]  # which is another text once the list is there
    st.selectbox(
        "Environment", list(labels.values()), key=ENV, help=ENV_HELP, accept_new_options=True,
        filter_mode="contains", persist_state="session", on_change=callback(_complete), args=(labels,),
    )  # fmt: skip


def _complete(labels: Mapping[str, str]) -> None:
    """Take the first environment that holds what was typed, as the list shows it: Enter alone would add a part of a name."""
    typed = str(st.session_state.get(ENV) or "").strip()
    if typed in labels.values() or typed in labels or ":" in typed:
        return
    found = [label for label in labels.values() if typed.lower() in label.lower()]
    if found and not _is_listed(typed):
        st.session_state[ENV] = found[0]


def _is_listed(name: str) -> bool:
    """Whether there is exactly this environment: an older version is not in the list that is shown."""
    catalogue = look(name, "").listed.catalogue
    return catalogue is not None and catalogue.find(name) is not None


def _labels(known: Known, env: str) -> dict[str, str]:
    """Every environment that is offered, by its id, the usual ones first; the chosen one is always among them."""
    if known.listed.catalogue is None:
        return {name: name for name in dict.fromkeys((*USUAL, env))}
    listed = [one for one in known.listed.catalogue.environments if not one.old or one.id == env]
    labels = {one.id: f"{one.id}{BETWEEN}{_said_of(one)}" for one in listed}
    return labels if env in labels else {env: env, **labels}


def _said_of(one: Environment) -> str:
    return f"{one.family}{BETWEEN}not installed" if one.needs else one.family


def _draw_algo(known: Known, fixed: Mapping[str, Any], env: str) -> None:
    algo = _algo(fixed, known.environment)
    choices: Sequence[str] = [algo] if fixed else _fitting(known.environment) or list(ALGORITHMS)
    st.selectbox(
        "Algorithm", choices, choices.index(algo), key=f"{ALGO}_fixed_{algo}" if fixed else ALGO, disabled=bool(fixed),
        format_func=lambda name: f"{ALGORITHMS[name].class_name}{f'{BETWEEN}tuned' if tuned(env, name) else ''}",
        help="What learns: of stable-baselines3 or sb3-contrib. Only those that can take the environment's actions are offered.",
        persist_state=None if fixed else "session",
    )  # fmt: skip


def _draw_what_is_known(known: Known, env: str, options: str) -> None:
    """A line that is always there: the spaces, or what is being done to find them."""
    found = known.environment
    if known.working:
        fragment(_wait_for_more, LOOK_S)(env, options)
    elif known.problem:
        _draw_problem(f"It could not be told what is here: {escaped(known.problem, limit=300)}", env, options)
    elif found is not None and found.problem:
        _draw_problem(f"{escaped(found.problem, limit=400)}{' To install them:' if found.needs else ''}", env, options)
        if found.needs:
            st.code(found.needs, language="bash")
    elif found is not None:
        st.caption(_spaces(found))


def _draw_problem(words: str, env: str, options: str) -> None:
    said, again = st.columns([4, 1], vertical_alignment="center")
    said.caption(f":orange[:material/warning:] {words}")
    again.button("Look again", key="look_again", width="stretch", on_click=callback(look_again), args=(env, options))


def _wait_for_more(env: str, options: str) -> None:
    if not look(env, options).working:
        st.rerun()
    st.caption(":material/hourglass_top: Looking what is installed here… You can already start; every algorithm is offered meanwhile.")


def _spaces(found: Environment) -> str:
    said = f"Actions: {found.actions}{BETWEEN}observations: {found.observations}."
    others = [one.class_name for one in ALGORITHMS.values() if found.actions not in one.spaces]
    masking = [one.class_name for one in ALGORITHMS.values() if one.masks and not found.masks and found.actions in one.spaces]
    left_out = [*others, *(f"{name} (needs action masks)" for name in masking)]
    return f"{said} Not offered, for want of such actions: {', '.join(left_out)}." if left_out else said
