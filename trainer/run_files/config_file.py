"""`config.json`: what a run is. Written once by who creates the run, before the trainer starts.

| field | meaning |
|---|---|
| `name` | what the user typed; only ever displayed |
| `created_at` | UTC time |
| `seed` | the run's seed (also among the settings); null of an imported run that does not say |
| `task` | what it trains |
| `settings` | every setting, by name: those that every run has, and those of its task |
| `versions` | of Python and of the libraries that decide what is learned |
| `study` | the sweep and the trial that it belongs to, `{"id", "trial"}`; only of a run that a sweep has made |
| `parent` | the run id and the model that this run's first weights are from, `{"run", "model", "step"}`, or null |
"""

import functools
import platform
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..errors import FormatError, reason, shown
from .fields import from_fields, require_plain_values
from .files import now_text, parse_document, read_document, replace_document
from .opening import Stamp, stamp
from .run_directory import MAX_CACHED, MAX_NAME_CHARACTERS, RunDirectory

RECORDED_PACKAGES = ("torch", "stable-baselines3", "gymnasium", "numpy", "numba")


@functools.cache
def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that decide what is learned; read from disk once, it must not be changed."""
    from importlib.metadata import version  # noqa: PLC0415 - only who makes a run or a model asks

    return {"python": platform.python_version()} | {package: version(package) for package in RECORDED_PACKAGES}


@dataclass(frozen=True, slots=True)
class Parent:
    """Where the first weights of a forked run are from."""

    run: str
    """The parent's run id."""
    model: Literal["best", "checkpoint", "bundle"]
    """Which model of it; `bundle`: the run was not forked here but imported."""
    step: int
    """Environment steps that the model had been trained for."""


@dataclass(frozen=True, slots=True)
class StudyTrial:
    """The trial of a sweep."""

    id: str
    """The study's."""
    trial: int
    """Its number there; of a confirmation its own, not that of the trial it repeats."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The content of `config.json`."""

    name: str
    seed: int | None
    """None: nobody knows it, of a run that another program has logged."""
    task: str
    settings: dict[str, Any]
    parent: Parent | None = None
    created_at: str = field(default_factory=now_text)
    versions: dict[str, str] = field(default_factory=library_versions)
    study: StudyTrial | None = None


def write_config(run: RunDirectory, config: ConfigFile) -> None:
    """Write `config.json`; a name is cut to 200 characters and loses control characters."""
    name = "".join(character for character in config.name if character.isprintable())[:MAX_NAME_CHARACTERS].strip()
    document = asdict(config) | {"name": name or run.run_id}
    if config.study is None:
        del document["study"]
    replace_document(run.config, document)


def read_config(run: RunDirectory) -> ConfigFile:
    """Read `config.json`; one that has not changed is not read again, so that nobody may change what this returns.

    Raises:
        FileNotFoundError: the run has none (it was deleted).
        FormatError: it is damaged or of an unknown version.
    """
    seen = stamp(run.config)
    return _read_once(run, seen) if seen is not None else _read(run)


@functools.lru_cache(MAX_CACHED)
def _read_once(run: RunDirectory, _seen: Stamp) -> ConfigFile:
    return _read(run)


def _read(run: RunDirectory) -> ConfigFile:
    try:
        return _config(read_document(run.config))
    except FileNotFoundError:
        raise
    except OSError as error:
        problem = f"config.json cannot be read ({reason(error)})"
    except FormatError as error:
        problem = str(error).rstrip(".")
    raise FormatError(f"{problem}; the run {run.run_id} cannot be shown.")


def parse_config(content: bytes) -> ConfigFile:
    """The config in the bytes of a `config.json`.

    Raises:
        FormatError: it is damaged or of an unknown version.
    """
    return _config(parse_document(content, "config.json"))


def _config(document: dict[str, Any]) -> ConfigFile:
    fields = [name for name in ConfigFile.__dataclass_fields__ if name != "study" or name in document]
    try:
        config = from_fields(ConfigFile, {"study": None} | {name: document[name] for name in fields})
        require_plain_values("settings", config.settings)
    except KeyError as missing:
        raise FormatError(f"config.json must hold {shown(missing.args[0])}.") from None
    except FormatError as error:
        raise FormatError(f"In config.json, {error}.") from None
    return config
