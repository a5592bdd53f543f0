"""Everything a run needs to go on exactly, as the files of a checkpoint, and back.

| file | holds |
|---|---|
| `model.zip` | networks and optimiser, as stable-baselines3 saves them; only the weights are read back, never the pickled part |
| `games.npz` | the games now, their past (see `move_history`), and the generators' arrays; no pickles |
| `state.json` | counters, generators, and what each part of the training remembers |
| `evaluating.zip` | the network that was being evaluated, if one was; it is evaluated again |
"""

import io
import json
import pickle
from typing import Any

import numpy as np
import torch as th

from trainer.errors import FormatError, reason
from trainer.learning.dqn import AfterstateDQN
from trainer.learning.move_history import MoveHistory, Past
from trainer.learning.plain_weights import load_weights
from trainer.learning.vec_env import TetrisVecEnv
from trainer.run_files.archives import require_plain_arrays
from trainer.run_files.checkpoints import Checkpoint
from trainer.run_files.limits import MAX_CHECKPOINT_BYTES
from trainer.run_files.models import MODEL_FILE

GAMES_FILE = "games.npz"
STATE_FILE = "state.json"
EVALUATING_FILE = "evaluating.zip"
BATCH_ARRAYS = ("games", "placements", "colours", "observations")
BATCH_NUMBERS = ("seed", "games_played")
COUNTERS = ("num_timesteps", "exploration_rate", "_n_updates", "_n_calls", "_episode_num", "_current_progress_remaining")


def learner_files(model: AfterstateDQN, history: MoveHistory, state: dict[str, Any]) -> dict[str, bytes]:
    """The files of a checkpoint, taken between two moves.

    Args:
        model: the learner.
        history: the past of its games.
        state: what else is to be kept, as JSON types.
    """
    past, batch = history.past(), games_of(model).batch.state_dict()
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002 - the replay buffer draws from the global generator
    arrays = {f"now_{name}": batch[name] for name in BATCH_ARRAYS} | {f"then_{name}": past.state[name] for name in BATCH_ARRAYS}
    packed = io.BytesIO()
    np.savez(packed, moves=past.moves, numpy_key=numpy_state["state"]["key"], torch=th.get_rng_state().numpy(), **arrays)
    learner = {
        "counters": {name: getattr(model, name) for name in COUNTERS},
        "diagnostics": model.diagnostics_state(),
        "now": {name: batch[name] for name in BATCH_NUMBERS},
        "then": {name: past.state[name] for name in BATCH_NUMBERS},
        "first_row": past.first_row,
        "exploring": model.action_space.np_random.bit_generator.state,
        "sampling_position": numpy_state["state"]["pos"],
    }
    # Python's own json: the state of a generator is a number of 128 bits.
    return {
        MODEL_FILE: model.to_bytes(),
        GAMES_FILE: packed.getvalue(),
        STATE_FILE: json.dumps({"learner": learner, **state}, indent=2).encode() + b"\n",
    }


def read_state(checkpoint: Checkpoint) -> dict[str, Any]:
    """The content of `state.json`."""
    state: dict[str, Any] = json.loads(checkpoint.contents[STATE_FILE])
    return state


def restore_learner(model: AfterstateDQN, history: MoveHistory, checkpoint: Checkpoint) -> None:
    """Bring a fresh learner, made from the same settings, to where the checkpoint was taken.

    Raises:
        FormatError: the checkpoint does not fit the settings, or this version plays the games differently.
    """
    try:
        _restore(model, history, checkpoint)
    except (FormatError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, OSError) as error:
        raise FormatError(f"The checkpoint of step {checkpoint.step:,} does not fit this run: {reason(error)}.") from error


def restore_weights(model: AfterstateDQN, content: bytes) -> None:
    """Networks and optimiser from the bytes of a `model.zip`; its pickled part is not touched.

    Raises:
        FormatError: the weights are not plain tensors, or of other sizes than they say.
    """
    try:
        load_weights(content)  # stable-baselines3 checks neither sizes nor shapes before it loads
        model.set_parameters(io.BytesIO(content), device=model.device)  # type: ignore[arg-type]  # a path or a file
    except pickle.UnpicklingError:
        raise FormatError("The weights of a model must be plain tensors; these hold code, which is not run.") from None


def _restore(model: AfterstateDQN, history: MoveHistory, checkpoint: Checkpoint) -> None:
    learner = read_state(checkpoint)["learner"]
    require_plain_arrays(checkpoint.contents[GAMES_FILE], MAX_CHECKPOINT_BYTES)
    with np.load(io.BytesIO(checkpoint.contents[GAMES_FILE]), allow_pickle=False) as arrays:
        now, then = ({name: arrays[f"{when}_{name}"] for name in BATCH_ARRAYS} | learner[when] for when in ("now", "then"))
        past = Past(learner["first_row"], then, arrays["moves"])
        numpy_key, torch_state = arrays["numpy_key"], arrays["torch"]
    history.load(past)
    _fill_replay_buffer(model, past)
    _require_same_games(games_of(model).batch.state_dict(), now)
    restore_weights(model, checkpoint.contents[MODEL_FILE])
    for name in COUNTERS:
        setattr(model, name, learner["counters"][name])
    model.load_diagnostics_state(learner["diagnostics"])
    model.action_space.np_random.bit_generator.state = learner["exploring"]
    np.random.set_state({"bit_generator": "MT19937", "state": {"key": numpy_key, "pos": learner["sampling_position"]}})  # noqa: NPY002 - see above
    th.set_rng_state(th.from_numpy(torch_state.copy()))


def _fill_replay_buffer(model: AfterstateDQN, past: Past) -> None:
    """Play the past again, as stable-baselines3's loop did."""
    buffer, games = model.replay_buffer, games_of(model)
    assert buffer is not None  # noqa: S101 - for the type checker; made in _setup_model
    games.batch.load_state_dict(past.state)
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
