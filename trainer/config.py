"""Every setting of a run, in one place.

The command line, the form in the app and the table in the README are all made from `RunConfig`: a field's help, unit, range
and choices stand beside its default and nowhere else. What a person can change while a run is going on (pause, visual mode,
speed, board frequency) is not a setting of the run: it never changes what is learned and lives in `control.json`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, get_args, get_origin

from .errors import SettingError, shown
from .numbers import digits

Metric = Literal["eval_lines", "episode_lines", "episode_reward"]
Randomizer = Literal["uniform", "bag"]
Role = Literal["problem", "learning", "measuring", "recording"]
"""What a setting decides: the problem that is learned, how it is learned, how the result is measured and when a run ends, or only what
is recorded. Runs of different problems are never compared; runs that learn alike from one seed are one run."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a person needs to know about one field of `RunConfig`."""

    name: str
    kind: type
    """`int`, `float`, `str`, or `tuple` for a list of whole numbers."""
    default: Any
    label: str
    help: str
    group: str
    minimum: float
    maximum: float
    choices: tuple[str, ...]
    optional: bool
    advanced: bool
    role: Role

    @property
    def flag(self) -> str:
        """The option of the command line, `--total-timesteps`."""
        return "--" + self.name.replace("_", "-")

    @property
    def allowed(self) -> str:
        """The allowed values as words, `a whole number from 4 to 40`."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        what = {int: "a whole number", float: "a number", tuple: "1 to 4 whole numbers, each"}[self.kind]
        text = f"{what} from {digits(self.minimum)} to {digits(self.maximum)}"
        return f"{text}, or nothing" if self.optional else text


def _setting(
    default: Any,
    label: str,
    help: str,  # noqa: A002 - argparse's and Streamlit's word for it
    group: str,
    *,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    advanced: bool = True,
    role: Role = "learning",
) -> Any:  # as dataclasses.field, typed as the field's own type
    metadata = {"label": label, "help": help, "group": group, "minimum": at_least, "maximum": at_most, "advanced": advanced, "role": role}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """Every setting of a run. Constructing one checks every value.

    Raises:
        SettingError: a value is of the wrong type or outside its range; the text names the setting, the range and the value.
    """

    total_timesteps: int = _setting(
        1_000_000, "Total steps", "Environment steps (piece placements, over all games) until the run is finished.", "Run",
        at_least=1, at_most=10_000_000_000, advanced=False,
    )  # fmt: skip
    seed: int = _setting(
        1, "Seed", "Start of every random generator of the run. The same settings and seed learn exactly the same.", "Run",
        at_least=0, at_most=2**31 - 1, advanced=False,
    )  # fmt: skip
    target_lines: float | None = _setting(
        None, "Stop at (lines)", "Stop when the best metric reaches this many lines (or this reward); nothing: run to the end.", "Run",
        at_least=1, at_most=1e9, advanced=False, role="measuring",
    )  # fmt: skip
    checkpoint_every_s: float = _setting(
        120.0, "Checkpoint every (s)", "Seconds of training between two checkpoints, from which a run that was ended goes on exactly.",
        "Run", at_least=1.0, at_most=86_400.0, role="recording",
    )  # fmt: skip
    best_metric: Metric = _setting(
        "eval_lines", "Best model by",
        "eval_lines: mean lines of greedy games on fixed seeds. episode_lines, episode_reward: the best single training game.", "Run",
        role="recording",
    )  # fmt: skip
    board_height: int = _setting(
        20, "Board height", "Rows of the board; it is always 10 columns wide. 10 rows is much harder and its games are short.", "Game",
        at_least=4, at_most=40, advanced=False, role="problem",
    )  # fmt: skip
    randomizer: Randomizer = _setting(
        "uniform", "Pieces", "uniform: every piece drawn independently (the literature's rule). bag: shuffled bags of seven.", "Game",
        role="problem",
    )  # fmt: skip
    max_pieces: int = _setting(
        2_000, "Cut games after (pieces)", "Training games are cut after this many pieces, so that good players still see new games.",
        "Game", at_least=10, at_most=10_000_000,
    )  # fmt: skip
    practice_ceiling: int = _setting(
        10, "Practice ceiling (rows)",
        "Training games end above this row, if the board is that high: mistakes soon count, and a careful player is learned. "
        "Evaluation uses the whole board.",
        "Learning", at_least=4, at_most=40,
    )  # fmt: skip
    n_games: int = _setting(
        16, "Games at once", "Training games played in lock step; each of them makes one environment step per network call.", "Learning",
        at_least=1, at_most=1_024,
    )  # fmt: skip
    hidden_layers: tuple[int, ...] = _setting(
        (64, 64), "Hidden layers", "Units of each hidden layer of the value network that is applied to every placement.", "Learning",
        at_least=1, at_most=1_024,
    )  # fmt: skip
    learning_rate: float = _setting(
        1e-3, "Learning rate", "Step size of the Adam optimiser at the start.", "Learning", at_least=1e-7, at_most=1.0
    )
    learning_rate_final: float = _setting(
        1e-4, "Last learning rate", "What the learning rate falls to, in a straight line, until the last step.", "Learning",
        at_least=1e-7, at_most=1.0,
    )  # fmt: skip
    weight_averaging: float = _setting(
        0.9997, "Weight averaging",
        "Share of the old value that a gradient step leaves in the running average of the weights, which is what plays; 0: the newest.",
        "Learning", at_least=0.0, at_most=0.99999,
    )  # fmt: skip
    gamma: float = _setting(
        0.99, "Discount γ", "Weight of the next move's value: about 1 / (1 − γ) moves are looked ahead.", "Learning",
        at_least=0.0, at_most=0.9999,
    )  # fmt: skip
    batch_size: int = _setting(128, "Batch size", "Transitions per gradient step.", "Learning", at_least=1, at_most=65_536)
    gradient_steps: int = _setting(
        1, "Gradient steps", "Gradient steps after each move of all games at once.", "Learning", at_least=1, at_most=1_000
    )
    buffer_size: int = _setting(
        200_000, "Replay buffer", "Transitions kept for replay; one takes about 1.5 kB of memory.", "Learning",
        at_least=100, at_most=10_000_000,
    )  # fmt: skip
    learning_starts: int = _setting(
        1_000, "Learning starts (steps)", "Random steps before the first gradient step.", "Learning", at_least=0, at_most=10_000_000
    )
    target_update_interval: int = _setting(
        320, "Target update (steps)", "Environment steps between two updates of the target network.", "Learning",
        at_least=1, at_most=10_000_000,
    )  # fmt: skip
    tau: float = _setting(
        1.0, "Target mixing τ", "Share of the new weights in an update of the target network; 1 copies it.", "Learning",
        at_least=1e-4, at_most=1.0,
    )  # fmt: skip
    exploration_fraction: float = _setting(
        0.01, "Exploration fraction", "Share of the run's steps over which ε falls to its final value.", "Learning",
        at_least=0.0, at_most=1.0,
    )  # fmt: skip
    exploration_initial_eps: float = _setting(
        1.0, "First ε", "Share of random placements at the start.", "Learning", at_least=0.0, at_most=1.0
    )
    exploration_final_eps: float = _setting(
        0.05, "Final ε", "Share of random placements after exploration.", "Learning", at_least=0.0, at_most=1.0
    )
    log_every: int = _setting(
        2_000,
        "Metrics every (steps)",
        "Environment steps between two rows of metrics.",
        "Measuring",
        at_least=1,
        at_most=10_000_000,
        role="recording",
    )
    eval_every: int = _setting(
        20_000, "Evaluate every (steps)",
        "Environment steps between two evaluations, at the least; long evaluations move the next one further away.", "Measuring",
        at_least=100, at_most=1_000_000_000, role="recording",
    )  # fmt: skip
    eval_games: int = _setting(
        20,
        "Evaluation games",
        "Greedy games an evaluation, always on the same seeds.",
        "Measuring",
        at_least=1,
        at_most=1_000,
        role="measuring",
    )
    eval_max_pieces: int = _setting(
        10_000, "Evaluation cut (pieces)",
        "Evaluation games are cut after this many pieces; when over a quarter of them are, the number is doubled.", "Measuring",
        at_least=10, at_most=100_000_000, role="measuring",
    )  # fmt: skip

    replay_megabytes: int = _setting(
        64, "Recorded games (MB)",
        "Disk space for evaluation games and best training games, to be watched again; the oldest go first, the best stay.", "Measuring",
        at_least=1, at_most=100_000, role="recording",
    )  # fmt: skip

    def __post_init__(self) -> None:
        for setting in SETTINGS:
            object.__setattr__(self, setting.name, checked(setting, getattr(self, setting.name)))

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON types, in the order they are declared."""
        values = {setting.name: getattr(self, setting.name) for setting in SETTINGS}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The settings of a `config.json`.

        Raises:
            SettingError: an unknown setting, or a value outside its range.
        """
        unknown = sorted(set(values) - {setting.name for setting in SETTINGS})
        if unknown:
            raise SettingError(f"{', '.join(unknown)} is not a setting of a run; expected some of {', '.join(s.name for s in SETTINGS)}.")
        return cls(**values)


def _describe() -> tuple[Setting, ...]:
    described = []
    for one in fields(RunConfig):
        annotation: Any = one.type
        arguments = get_args(annotation)
        optional = type(None) in arguments
        literal = get_origin(annotation) is Literal
        kind = str if literal else tuple if get_origin(annotation) is tuple else arguments[0] if optional else annotation
        described.append(
            Setting(
                name=one.name,
                kind=kind,
                default=one.default,
                choices=tuple(arguments) if literal else (),
                optional=optional,
                **one.metadata,
            )
        )
    return tuple(described)


SETTINGS: tuple[Setting, ...] = _describe()
"""Every setting, in the order a person reads them."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "fast": {},
    "long": {"total_timesteps": 10_000_000},
    "10x10": {"board_height": 10, "total_timesteps": 2_000_000, "learning_rate_final": 1e-5, "eval_games": 100},
}
"""Settings that go well together, by name: how each preset differs from the defaults."""

DEFAULT_PRESET = "fast"
"""Differs in nothing."""


def fork_of(parent: RunConfig) -> dict[str, Any]:
    """The settings that a fork begins with: the parent's, but no random start, since the weights can play already."""
    settings = {setting.name: getattr(parent, setting.name) for setting in SETTINGS}
    return settings | {"exploration_initial_eps": parent.exploration_final_eps}


_BY_NAME = {setting.name: setting for setting in SETTINGS}


def setting_named(name: str) -> Setting:
    """The description of one setting."""
    return _BY_NAME[name]


def checked(setting: Setting, value: Any) -> Any:
    """The value as the setting's own type.

    Raises:
        SettingError: the value is of the wrong type or outside the range.
    """
    try:
        return _converted(setting, value)
    except (TypeError, ValueError, OverflowError):
        raise SettingError(f"{setting.name} must be {setting.allowed}; got {shown(value)}.") from None


def _converted(setting: Setting, value: Any) -> Any:
    if setting.optional and value in (None, ""):
        return None
    if setting.choices:
        if value not in setting.choices:
            raise ValueError
        return value
    if setting.kind is tuple:
        parts = value.replace("x", ",").split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= 4:
            raise ValueError
        return tuple(int(_in_range(setting, part, whole=True)) for part in parts)
    number = _in_range(setting, value, whole=setting.kind is int)
    return int(number) if setting.kind is int else float(number)


def _in_range(setting: Setting, value: Any, *, whole: bool) -> float:
    if isinstance(value, bool):
        raise TypeError
    number = float(value.replace("_", "").replace(",", "")) if isinstance(value, str) else value
    if not isinstance(number, int | float) or not math.isfinite(number) or (whole and number != int(number)):
        raise ValueError
    if not setting.minimum <= number <= setting.maximum:
        raise ValueError
    return number
