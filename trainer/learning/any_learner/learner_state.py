"""Everything a learner needs to go on exactly, as the files of a checkpoint, and back.

| file | holds |
|---|---|
| `model.zip` | networks and optimisers, as stable-baselines3 saves them, and averages (see `normalization`); its pickled part is not read |
| `learner.pickle` | a `LearnerState`, signed (see `own_pickles`): counters, generators, buffers and environments |

To be saved and restored at the start of a rollout, where the buffer of an on-policy learner is empty and that of an off-policy one is
whole.
"""

import copy
import io
import math
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import numpy as np
import torch as th
from sb3_contrib.ars.policies import ARSPolicy
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.distributions import StateDependentNoiseDistribution
from stable_baselines3.common.noise import ActionNoise
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.save_util import recursive_getattr
from stable_baselines3.common.vec_env import unwrap_vec_normalize

from ...errors import FormatError, reason
from ..plain_weights import load_weights
from .environment_state import EnvironmentKeeper, SavedEnvs
from .generators import Generators
from .normalization import add_statistics
from .own_pickles import Unpickler, sign, verify
from .replay_rows import SavedRows, put_rows_back, save_rows

MODEL_FILE, STATE_FILE, POLICY = "model.zip", "learner.pickle", "policy"
COUNTERS = (
    *("num_timesteps", "_episode_num", "_n_updates", "_n_calls", "exploration_rate", "_current_progress_remaining"),
    *("_last_obs", "_last_episode_starts", "_last_original_obs", "_last_lstm_states", "ep_info_buffer", "ep_success_buffer"),
    *("weights", "old_count"),
)
"""What a learner remembers besides its networks, as far as it has it (found by experiment with thirteen algorithms)."""

ADAPTED, VARIABLES = "log_ent_coef", "pytorch_variables.pth"
EXPLORATION = ("exploration_mat", "exploration_matrices")
"""Of gSDE: drawn right before a rollout starts."""


@dataclass(frozen=True, slots=True)
class LearnerState:
    """What a learner needs beside its networks."""

    counters: dict[str, Any]
    replay: SavedRows | None
    noise: dict[str, Any] | None
    """The attributes of the noise that is added to actions: `learn` holds the object while it is put back."""
    exploration: dict[str, th.Tensor] | None
    """Of gSDE."""
    environments: SavedEnvs
    action_space: Any
    """The state of its generator, which exploration draws from."""
    generators: Generators


def save_learner(model: BaseAlgorithm, keeper: EnvironmentKeeper, max_replay_bytes: float = math.inf) -> dict[str, bytes]:
    """The files of a checkpoint. To be called at the start of a rollout.

    Args:
        model: the learner.
        keeper: of its environments.
        max_replay_bytes: of a larger replay buffer only the newest rows are saved.

    Raises:
        OSError: there is no place for the key that signs them.
    """
    buffer, noise, explores = replay_buffer_of(model), _noise_of(model), _exploration_of(model)
    state = LearnerState(
        counters={name: getattr(model, name) for name in COUNTERS if hasattr(model, name)},
        replay=None if buffer is None else save_rows(buffer, max_replay_bytes),
        noise=None if noise is None else vars(noise),
        exploration=None if explores is None else {name: getattr(explores, name).detach() for name in EXPLORATION},
        environments=keeper.save(),
        action_space=model.action_space.np_random.bit_generator.state,
        generators=Generators.now(),
    )
    return {MODEL_FILE: model_bytes(model), STATE_FILE: sign(cloudpickle.dumps(state, protocol=pickle.HIGHEST_PROTOCOL))}


def model_bytes(model: BaseAlgorithm) -> bytes:
    """The content of a `model.zip`."""
    saved = io.BytesIO()
    model.save(saved)
    add_statistics(saved, model.env)
    return saved.getvalue()


def read_state(files: Mapping[str, bytes]) -> LearnerState:
    """The state in the files of a checkpoint.

    Raises:
        FormatError: it is missing, or was not saved by this user on this machine.
    """
    content = verify(required(files, STATE_FILE), STATE_FILE)
    state: LearnerState = Unpickler(io.BytesIO(content)).load()
    return state


def put_back(model: BaseAlgorithm, content: bytes, state: LearnerState, keeper: EnvironmentKeeper) -> bool:
    """Bring a learner, made from the same settings, and its environments to where `save_learner` was called.

    Args:
        model: the learner, at the start of a rollout: `learn` itself begins some things anew before.
        content: of the checkpoint's `model.zip`.
        state: from `read_state`; it becomes the learner's own.
        keeper: of its environments.

    Returns:
        Whether the environments are where they were; else their episodes begin anew.

    Raises:
        FormatError: the weights do not fit.
    """
    load_all(model, content)
    for name, value in state.counters.items():
        setattr(model, name, value)
    for part, restored in ((_noise_of(model), state.noise), (_exploration_of(model), state.exploration)):
        if part is not None and restored is not None:
            vars(part).update(restored)
    buffer = replay_buffer_of(model)
    if buffer is not None and state.replay is not None:
        put_rows_back(buffer, state.replay)
    assert model.env is not None  # noqa: S101 - for the type checker; a learner that trains has some
    exact = keeper.put_back(state.environments)
    model._vec_normalize_env = unwrap_vec_normalize(model.env)  # noqa: SLF001 - the one inside has changed
    if not exact:
        model.env.seed((model.seed or 0) + model.num_timesteps)  # other episodes than at the start of the run, each time the same
        model._last_obs = model.env.reset()  # type: ignore[assignment]  # noqa: SLF001 - episodes begin anew
        model._last_episode_starts = np.ones(model.n_envs, bool)  # noqa: SLF001
    model.action_space.np_random.bit_generator.state = state.action_space
    state.generators.put_back()
    return exact


def replay_buffer_of(model: BaseAlgorithm) -> ReplayBuffer | None:
    """The replay buffer of a learner that has one."""
    return getattr(model, "replay_buffer", None)


def _noise_of(model: BaseAlgorithm) -> ActionNoise | None:
    return getattr(model, "action_noise", None)


def _exploration_of(model: BaseAlgorithm) -> StateDependentNoiseDistribution | None:
    explores = getattr(getattr(model, "actor", None) or model.policy, "action_dist", None)
    return explores if isinstance(explores, StateDependentNoiseDistribution) else None


def load_policy(policy: BasePolicy, content: bytes) -> None:
    """Load the networks of a policy from the bytes of a `model.zip`; its pickled part is not touched.

    Raises:
        FormatError: it is damaged, or does not fit.
    """
    with _in_words():
        policy.load_state_dict(load_weights(content, f"{POLICY}.pth")[f"{POLICY}.pth"])


def load_entropy_coefficient(model: BaseAlgorithm, content: bytes) -> None:
    """Load the entropy coefficient that another learner has adapted, if both adapt theirs: with a new one a fork would act at random first.

    Raises:
        FormatError: the file is damaged.
    """
    own = getattr(model, ADAPTED, None)
    if own is not None:
        with _in_words():
            found = (load_weights(content, VARIABLES).get(VARIABLES) or {}).get(ADAPTED)
            if found is not None:
                own.data.copy_(found)


def copy_of(policy: BasePolicy) -> BasePolicy:
    """Another policy of the same kind, with weights of its own; no generator is drawn from."""
    if isinstance(policy, ARSPolicy):  # it does not tell all that it was made with
        made: BasePolicy = copy.deepcopy(policy)
    else:
        with th.random.fork_rng():  # its weights are drawn before they are loaded
            made = type(policy)(**policy._get_constructor_parameters())  # noqa: SLF001 - as its own `save` and `load` do
        made.load_state_dict(policy.state_dict())
    made.set_training_mode(mode=False)
    return made


def load_all(model: BaseAlgorithm, content: bytes) -> None:
    """Load networks and optimisers from the bytes of a `model.zip`; its pickled part is not touched.

    Raises:
        FormatError: it is damaged, or does not fit.
    """
    with _in_words():
        saved = {name.removesuffix(".pth"): value for name, value in load_weights(content).items()}
        variables = saved.pop("pytorch_variables", None) or {}
        model.set_parameters(saved, exact_match=True, device=model.device)
        for name, value in variables.items():
            recursive_getattr(model, name).data.copy_(value)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except pickle.UnpicklingError:
        raise FormatError(f"The weights in {MODEL_FILE} must be plain tensors; these hold code, which is not run.") from None
    except (KeyError, ValueError, RuntimeError, AttributeError) as error:
        raise FormatError(f"{MODEL_FILE} must fit the settings ({reason(error)})") from None


def required(files: Mapping[str, bytes], name: str) -> bytes:
    """A file of a checkpoint.

    Raises:
        FormatError: it is not there.
    """
    try:
        return files[name]
    except KeyError:
        raise FormatError(f"the checkpoint must hold {name}") from None
