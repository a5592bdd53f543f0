"""One environment, made by its id; whatever is wrong with the id, its module, its options or its packages is said in one sentence."""

import difflib
import importlib.util
import inspect
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec, load_env_creator
from gymnasium.error import DependencyNotInstalled, DeprecatedEnv, UnregisteredEnv
from gymnasium.error import Error as GymnasiumError

from ...errors import EnvironmentFaultError, SettingError, described, reason
from ...learning.any_learner.masks import MASKS
from ...learning.environment_faults import explained
from .about import GymSettings
from .algorithms import ALGORITHMS
from .checks import options_of
from .new_world import begin_in_new_worlds

EXTRAS = {name: name.replace("_", "-") for name in ("box2d", "mujoco", "classic_control", "toy_text")} | dict.fromkeys(
    ("tabular", "phys2d"), "jax"
)
"""Of Gymnasium, by the folder of `gymnasium.envs` whose environments need it."""
MUJOCO = "mujoco"
ATARI = "ALE", "ale_py"
"""The namespace of the Atari games, and the package that brings them."""
NOT_OPTIONS = ("render_mode", "id")
OF_EVERY_ENV = ("max_episode_steps", "disable_env_checker")  # what `gymnasium.make` itself takes


def make_env(name: str, options: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    """Make an environment.

    Args:
        name: its id, `CartPole-v1`, or `module:Env-v0`.
        options: its own.

    Raises:
        SettingError: there is none of this id, it does not take its options, or a package is missing; the text names the command that
            installs it.
        EnvironmentFaultError: its own code fails.
    """
    with _in_words(name):
        _register(name)
        _require_options(name, options)
        env = gymnasium.make(name, **{"disable_env_checker": True, **options})  # see `soundness`, which tells the person
    begin_in_new_worlds(env)
    return env


def registered(config: GymSettings) -> gymnasium.Env[Any, Any]:
    """The environment of a run, without any wrapper of ours.

    Raises:
        SettingError, EnvironmentFaultError: see `make_env`.
    """
    options = options_of(config.env_kwargs)
    if config.atari == "on" and config.env.startswith(f"{ATARI[0]}/"):
        options = {"frameskip": 1, **options}  # else it skips frames itself
    return make_env(config.env, options)


def require_fitting(name: str, algo: str, actions: gymnasium.Space[Any], *, masked: bool) -> None:
    """Refuse an algorithm that cannot take the actions of an environment.

    Args:
        name: of the environment.
        algo: of the algorithm.
        actions: of the environment.
        masked: whether the environment says which of them are allowed.

    Raises:
        SettingError: the text names those that can.
    """
    space = type(actions).__name__
    if space not in ALGORITHMS[algo].spaces:
        fitting = ", ".join(known for known, one in ALGORITHMS.items() if space in one.spaces and (masked or not one.masks))
        others = f"these can: {fitting}." if fitting else "none of ours can."
        raise SettingError(f"{name} has actions of {space}, which {algo} cannot take; {others}")
    if ALGORITHMS[algo].masks and not masked:
        raise SettingError(f"{name} must have a method {MASKS} for {algo}; ppo learns without one.")


def require_opencv() -> None:
    """Refuse the preprocessing of Atari games where its package is missing.

    Raises:
        SettingError: it is; the text names the command that installs it.
    """
    if importlib.util.find_spec("cv2") is None:
        raise SettingError("atari needs OpenCV, which is not installed. Install it: python -m pip install opencv-python-headless")


def install_command(extra: str) -> str:
    """What installs the packages of some environments."""
    return f'python -m pip install "gymnasium[{extra}]"'


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except (SettingError, EnvironmentFaultError):
        raise
    except (DependencyNotInstalled, ImportError) as error:
        raise _missing(name, error) from error
    except GymnasiumError as error:
        if isinstance(error, UnregisteredEnv) and _needs_atari(name) and importlib.util.find_spec(ATARI[1]) is None:
            raise SettingError(_needs(name, "atari")) from None
        if isinstance(error, UnregisteredEnv | DeprecatedEnv) or type(error) is GymnasiumError:
            raise SettingError(_unknown(name, error)) from None
        raise _fault(name, error) from error
    except (Exception, SystemExit) as error:
        raise _fault(name, error) from error


def _fault(name: str, error: BaseException) -> BaseException:
    """What an environment's own code did wrong as it was made."""
    fault = explained(error)
    return EnvironmentFaultError(f"{name} cannot be made: {described(error)}.") if fault is error else fault


def _register(name: str) -> None:
    """Import what registers it: the module that its id names, or the Atari games."""
    module, colon, registered = name.partition(":")
    if not colon:
        if name not in gymnasium.registry:
            with suppress(ModuleNotFoundError):
                importlib.import_module(ATARI[1])
        elif MUJOCO in str(gymnasium.registry[name].entry_point):
            with suppress(ImportError):  # else it writes a log file of its own into the working directory
                importlib.import_module(MUJOCO).set_mju_user_warning(warnings.warn)
        return
    if ":" in registered or not all(part.isidentifier() for part in module.split(".")):
        raise SettingError(f"env must be an id such as CartPole-v1, or module:Env-v0 for one of your own; got {name[:60]}.")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)  # as a script that lies there would find it; last, so that it hides nothing
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            raise SettingError(
                f"{name} must begin with a module that can be imported; there is no {error.name} here. "
                "Install its package, or add its folder to PYTHONPATH."
            ) from None
        raise
    except (Exception, SystemExit) as error:
        where = _line_in(error, module)
        raise EnvironmentFaultError(f"The module {module} of {name} cannot be imported: {described(error)}{where}.") from error


def _line_in(error: BaseException, module: str) -> str:
    """The innermost line of a module in a traceback, in words; nothing if there is none."""
    traceback, found = error.__traceback__, ""
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__") == module:
            found = f" ({module.rpartition('.')[2]}.py, line {traceback.tb_lineno})"
        traceback = traceback.tb_next
    return found


def _require_options(name: str, options: Mapping[str, Any]) -> None:
    spec = _spec(name)
    if spec is None:
        return
    creator = spec.entry_point if callable(spec.entry_point) else load_env_creator(str(spec.entry_point))
    for word in NOT_OPTIONS:
        if word in options:
            raise SettingError(f"env_kwargs must not have {word}: pictures are taken when somebody looks.")
    try:
        parameters = inspect.signature(creator).parameters.values()
    except (TypeError, ValueError):  # compiled code
        return
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return
    takes = [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) and one.name not in NOT_OPTIONS]
    for word in options:
        if word not in takes and word not in OF_EVERY_ENV:
            near = difflib.get_close_matches(word, takes, 3) or takes
            known = f"it takes {', '.join(near)}" if near else "it takes none"
            raise SettingError(f"env_kwargs must be options that {name} takes; got {word[:60]}: {known}.")


def _missing(name: str, error: Exception) -> SettingError:
    extra = "atari" if _needs_atari(name) else _extra_of(name)
    if extra and isinstance(error, DependencyNotInstalled | ModuleNotFoundError):
        return SettingError(_needs(name, extra))
    package = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError) and package:
        root = str(package).partition(".")[0]
        return SettingError(f"{name} needs the package {root}, which is not installed. Install it: python -m pip install {root}")
    return SettingError(f"{name} needs what is not installed here: {reason(error)}.")


def _needs(name: str, extra: str) -> str:
    return f"{name} needs packages that are not installed. Install them: {install_command(extra)}"


def _needs_atari(name: str) -> bool:
    namespace, package = ATARI
    spec = _spec(name)
    return name.partition("/")[0] == namespace or (spec is not None and str(spec.entry_point).startswith(package))


def _extra_of(name: str) -> str:
    """The extra of Gymnasium that an environment needs; nothing if it is not one of Gymnasium's own."""
    spec = _spec(name)
    folders = str(spec.entry_point).partition(":")[0].split(".") if spec is not None else []
    return EXTRAS.get(folders[2], "") if folders[:2] == ["gymnasium", "envs"] and len(folders) > 2 else ""


def _spec(name: str) -> EnvSpec | None:
    return gymnasium.registry.get(name.partition(":")[2] or name)


def _unknown(name: str, error: GymnasiumError) -> str:
    near = difflib.get_close_matches(name.partition(":")[2] or name, gymnasium.registry, 3)
    known = f"; near it are {', '.join(near)}" if near else ""
    return f"{name} must be an environment that is registered here ({reason(error)}){known}."
