"""Everything a run needs to go on exactly, as the files of a checkpoint, and back.

| file | holds |
|---|---|
| `model.zip` | networks and optimiser, as stable-baselines3 saves them; only the weights are read back, never the pickled part |
| `games.npz` | the games now, their past (see `move_history`), and the generators' arrays; no pickles (see `saved_state`) |
| `state.json` | counters and generators (see `saved_state`), beside what each part of the training remembers |
"""

import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

import numpy as np
import torch as th

from ....errors import FormatError, SettingError, reason, shown
from ....learning.plain_weights import load_weights
from ....run_files.checkpoints import Checkpoint, unfit
from ....run_files.fields import from_fields
from ....run_files.models import MODEL_FILE
from .dqn import AfterstateDQN
from .move_history import MoveHistory, Past
from .saved_state import BATCH_ARRAYS, BATCH_NUMBERS, GAMES_FILE, Counters, TetrisState, read_arrays
from .vec_env import TetrisVecEnv

T = TypeVar("T")
COUNTERS = tuple(one.name for one in fields(Counters))


def save_learner(model: AfterstateDQN, history: MoveHistory) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of a checkpoint but for `state.json`, and what that holds of the learner and its games, as JSON types.

    To be called at the start of a rollout.
    """
    past, batch = history.past(), games_of(model).batch.state_dict()
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002 - the replay buffer draws from the global generator
    arrays = {f"now_{name}": batch[name] for name in BATCH_ARRAYS} | {f"then_{name}": past.state[name] for name in BATCH_ARRAYS}
    packed = io.BytesIO()
    np.savez(packed, moves=past.moves, numpy_key=numpy_state["state"]["key"], torch=th.get_rng_state().numpy(), **arrays)
    state = {
        "counters": {name: getattr(model, name) for name in COUNTERS},
        "diagnostics": model.diagnostics_state(),
        "now": {name: batch[name] for name in BATCH_NUMBERS},
        "then": {name: past.state[name] for name in BATCH_NUMBERS},
        "first_row": past.first_row,
        "exploring": model.action_space.np_random.bit_generator.state,
        "sampling_position": numpy_state["state"]["pos"],
    }
    return {MODEL_FILE: model.to_bytes(), GAMES_FILE: packed.getvalue()}, state


def restore_learner(model: AfterstateDQN, history: MoveHistory, checkpoint: Checkpoint, state: Mapping[str, Any]) -> TetrisState:
    """Bring a fresh learner, made from the same settings, to where the checkpoint was taken.

    Args:
        model: the learner.
        history: of its games, still empty.
        checkpoint: where to go on from.
        state: the task's part of its `state.json`.

    Returns:
        The state, checked.

    Raises:
        FormatError: the checkpoint does not fit the settings, or this version plays the games differently.
    """
    try:
        saved = from_fields(TetrisState, dict(state))
        _restore(model, history, checkpoint, asdict(saved))
    except (FormatError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, OSError) as error:
        raise unfit(checkpoint, error) from error
    return saved


def restore_weights(model: AfterstateDQN, content: bytes) -> None:
    """Networks and optimiser from the bytes of a `model.zip`; its pickled part is not touched.

    Raises:
        FormatError: the weights are not plain tensors, or of other sizes than they say.
    """
    optimiser = model.policy.optimizer
    ours = [{name: value for name, value in group.items() if name not in ("params", "lr")} for group in optimiser.param_groups]
    try:
        load_weights(content)  # stable-baselines3 checks neither sizes nor shapes before it loads
        model.set_parameters(io.BytesIO(content), device=model.device)  # type: ignore[arg-type]  # a path or a file
    except pickle.UnpicklingError:
        raise FormatError("The weights of a model must be plain tensors; these hold code, which is not run.") from None
    for group, settings in zip(optimiser.param_groups, ours, strict=True):
        group.update(settings)  # how it works is this version's, not the file's
    _require_fitting(optimiser)


def _require_fitting(optimiser: th.optim.Optimizer) -> None:
    """Refuse an optimiser whose memory is not of its weights' shapes: torch's compiled step does not look.

    Raises:
        FormatError: it is not.
    """
    for group in optimiser.param_groups:
        if not isinstance(group["lr"], float) or not 0 <= group["lr"] <= 1:
            raise FormatError(f"the learning rate of the optimiser must be from 0 to 1; got {shown(group['lr'])}")
        for weights in group["params"]:
            memory = optimiser.state.get(weights, {})
            expected = {"step": th.zeros(()), "exp_avg": weights, "exp_avg_sq": weights} if memory else {}
            if memory.keys() != expected.keys():
                raise FormatError(f"the optimiser must remember {', '.join(expected)} of each weight")
            for name, like in expected.items():
                if not _is_like(memory[name], like):
                    raise FormatError(f"{name} of the optimiser must be of the shape {tuple(like.shape)}, in float32")


def _is_like(value: Any, like: th.Tensor) -> bool:
    """Whether a value is a tensor of the shape of another one, number after number in memory."""
    return isinstance(value, th.Tensor) and value.shape == like.shape and value.dtype == th.float32 and value.is_contiguous()


def _restore(model: AfterstateDQN, history: MoveHistory, checkpoint: Checkpoint, learner: dict[str, Any]) -> None:
    games = games_of(model).batch
    arrays = _named(GAMES_FILE, lambda: read_arrays(checkpoint, games.n_envs))
    now, then = ({name: arrays[f"{when}_{name}"] for name in BATCH_ARRAYS} | learner[when] for when in ("now", "then"))
    past = Past(learner["first_row"], then, arrays["moves"])
    _require_same_step(checkpoint.step, learner["counters"]["num_timesteps"], (past.first_row + len(past.moves)) * games.n_envs)
    _named(GAMES_FILE, lambda: games.load_state_dict(then))
    history.load(past)
    _fill_replay_buffer(model, past)
    _require_same_games(games.state_dict(), now)
    restore_weights(model, checkpoint.contents[MODEL_FILE])
    for name in COUNTERS:
        setattr(model, name, learner["counters"][name])
    model.load_diagnostics_state(learner["diagnostics"])
    model.action_space.np_random.bit_generator.state = learner["exploring"]
    np.random.set_state({"bit_generator": "MT19937", "state": {"key": arrays["numpy_key"], "pos": learner["sampling_position"]}})  # noqa: NPY002 - see above
    th.set_rng_state(th.from_numpy(arrays["torch"].copy()))


def _named(file: str, read: Callable[[], T]) -> T:
    """What `read` returns; what it refuses is refused with the name of the file.

    Raises:
        FormatError: whatever `read` raised.
    """
    try:
        return read()
    except (FormatError, SettingError, KeyError, ValueError) as error:
        raise FormatError(f"{file}: {reason(error)}") from error


def _require_same_step(*steps: int) -> None:
    """The step that a checkpoint is of, by its manifest, its counters and its moves."""
    if len(set(steps)) > 1:
        of_each = ", ".join(f"{step:,}" for step in steps)
        raise FormatError(f"manifest.json, the counters of state.json and the moves of {GAMES_FILE} must be of one step; got {of_each}")


def _fill_replay_buffer(model: AfterstateDQN, past: Past) -> None:
    """Play the past again from where the games are, as stable-baselines3's loop did."""
    buffer, games = model.replay_buffer, games_of(model)
    assert buffer is not None  # noqa: S101 - for the type checker; made in _setup_model
    model._last_obs = games.batch.observations.copy()  # noqa: SLF001 - as the loop leaves it after a move
    rows = past.first_row + len(past.moves)
    first_kept = max(past.first_row, rows - buffer.buffer_size)
    buffer.pos = first_kept % buffer.buffer_size
    buffer.full = False
    for row, moves in enumerate(past.moves.astype(np.int64), start=past.first_row):
        observations, rewards, dones, infos = games.step(moves)
        if row < first_kept:
            model._last_obs = np.asarray(observations)  # noqa: SLF001 - see above
        else:
            model._store_transition(buffer, moves, observations, rewards, dones, infos)  # noqa: SLF001
    buffer.full = rows >= buffer.buffer_size


def _require_same_games(played: dict[str, Any], expected: dict[str, Any]) -> None:
    different = [name for name in (*BATCH_ARRAYS, *BATCH_NUMBERS) if not np.array_equal(played[name], expected[name])]
    if different:
        raise ValueError(f"played again, the games come out differently ({', '.join(different)})")


def games_of(model: AfterstateDQN) -> TetrisVecEnv:
    """The training games of a learner."""
    games = model.get_env()
    assert isinstance(games, TetrisVecEnv)  # noqa: S101 - for the type checker
    return games
