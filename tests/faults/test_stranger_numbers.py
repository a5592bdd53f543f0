"""The fault: numbers that no trainer has written, in whatever reaches compiled code, which checks no bounds."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch as th

from tests.trainer.learning.tiny import new_run, tiny_config, train
from tests.trainer.tasks.tetris.learner.test_resuming import stop_at
from trainer.errors import FormatError
from trainer.learning.callbacks.evaluate import Evaluate
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.evaluation import BackgroundEvaluator
from trainer.learning.process import run_trainer
from trainer.learning.session import RunSession
from trainer.learning.train import EVALUATING_FILE, STATE_FILE, Training
from trainer.run_files.checkpoints import Checkpoint, latest_checkpoint, save_checkpoint
from trainer.run_files.models import MODEL_FILE
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks import find_task
from trainer.tasks.tetris.about import TetrisSettings
from trainer.tasks.tetris.game import kernels
from trainer.tasks.tetris.learner.model import make_model
from trainer.tasks.tetris.learner.resuming import restore_weights
from trainer.tasks.tetris.learner.saved_state import GAMES_FILE, KINDS
from trainer.tasks.tetris.learner.training import TetrisTraining

CONFIG = tiny_config(buffer_size=300, randomizer="bag", practice_ceiling=8)
LARGEST = {np.dtype("i8"): 2**63 - 1, np.dtype("i2"): 2**15 - 1, np.dtype("u1"): 255, np.dtype("u4"): 2**32 - 1}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run that was stopped while a network was being evaluated."""
    made = new_run(tmp_path_factory.mktemp("runs"), CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BackgroundEvaluator, "take", lambda _: None)  # no result comes
        train(made, CONFIG, stop_at(patch, 700))
    return made


@pytest.fixture
def checkpoint(run: RunDirectory) -> Checkpoint:
    """Its checkpoint."""
    found, _ = latest_checkpoint(run)
    assert found is not None
    assert EVALUATING_FILE in found.contents
    return found


def _restore(checkpoint: Checkpoint, config: TetrisSettings = CONFIG) -> None:
    """Bring a whole training to the checkpoint, as a trainer does that resumes."""
    with TemporaryDirectory() as folder, RunSession(new_run(Path(folder), config), total_timesteps=1) as session:
        training = Training(session, config, ControlEvents(), TetrisTraining(session, config), look=lambda: None)
        try:
            training.restore(checkpoint)
        finally:
            training._evaluate.close()


def _arrays(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(checkpoint.contents[GAMES_FILE])) as packed:
        return {name: packed[name] for name in packed.files}


def _with_arrays(checkpoint: Checkpoint, **changes: np.ndarray | None) -> Checkpoint:
    arrays: dict[str, Any] = {name: array for name, array in (_arrays(checkpoint) | changes).items() if array is not None}
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return replace(checkpoint, contents=checkpoint.contents | {GAMES_FILE: packed.getvalue()})


def _with_state(checkpoint: Checkpoint, place: str, value: Any) -> Checkpoint:
    state = json.loads(checkpoint.contents[STATE_FILE])
    *above, last = place.split("/")
    holder = state
    for key in above:
        holder = holder[key]
    assert last in holder
    holder[last] = value
    return replace(checkpoint, contents=checkpoint.contents | {STATE_FILE: json.dumps(state).encode()})


def _changed(array: np.ndarray, place: Any, value: Any) -> np.ndarray:
    changed = array.copy()
    changed[place] = value
    return changed


def _first(array: np.ndarray, value: Any) -> np.ndarray:
    return _changed(array, (0,) * array.ndim, value)


DAMAGE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "below its range": lambda array: _first(array, -1 if array.dtype.kind == "i" else 0),
    "far below its range": lambda array: _first(array, np.iinfo(array.dtype).min),
    "above its range": lambda array: _first(array, LARGEST[array.dtype]),
    "NaN": lambda array: _first(array.astype(np.float64), np.nan),
    "another kind": lambda array: array.astype(np.int32),
    "the other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "text": lambda array: array.astype("U1"),
    "one less": lambda array: array[:-1],
    "one more": lambda array: np.concatenate([array, array[:1]]),
    "another dimension": lambda array: array[None],
    "nothing": lambda array: array[:0],
    "a single number": lambda array: array.ravel()[0],
}
ALL_VALUES = {  # every number of these is one that a trainer can have written, there and alone: nothing follows from it
    ("numpy_key", "below its range"), ("numpy_key", "far below its range"), ("numpy_key", "above its range"),
    ("torch", "below its range"), ("torch", "far below its range"), ("torch", "above its range"),
}  # fmt: skip


def _damaged_arrays() -> Iterator[tuple[str, str]]:
    for name, kind in KINDS.items():
        for damage in DAMAGE:
            unsigned = kind.kind == "u" and damage in ("below its range", "far below its range")
            same = kind.itemsize == 1 and damage == "the other byte order"
            if not unsigned and not same and (name, damage) not in ALL_VALUES:
                yield name, damage


@pytest.mark.parametrize(("name", "damage"), [*_damaged_arrays()])
def test_an_array_of_a_checkpoint_that_holds_what_no_trainer_writes_is_refused(checkpoint: Checkpoint, name: str, damage: str) -> None:
    damaged = np.asarray(DAMAGE[damage](_arrays(checkpoint)[name]))
    with pytest.raises(FormatError, match=r"^The checkpoint of step 700 does not fit this run: [^\n]+\.$") as refused:
        _restore(_with_arrays(checkpoint, **{name: damaged}))
    assert GAMES_FILE in str(refused.value) or "come out differently" in str(refused.value) or name == "torch"


def test_a_checkpoint_without_one_of_its_arrays_is_refused(checkpoint: Checkpoint) -> None:
    for name in KINDS:
        with pytest.raises(FormatError, match=f"games.npz: {name}|games.npz: .*{name}"):
            _restore(_with_arrays(checkpoint, **{name: None}))
    _restore(checkpoint)


def _wrong_fields() -> Iterator[tuple[str, int, Any, str]]:
    for column in (0, 9):
        for value in (-1, 1 << 8, 2**63 - 1, -(2**63)):
            yield f"column {column}", column, value, f"games: column {column} of the board must be from 0 to 255; got {value} in slot 2"
    bounds = {
        "the piece": (kernels.PIECE, 0, 6), "the bag": (kernels.BAG, 0, 127), "the lines": (kernels.LINES, 0, 2**53 - 1),
        "the pieces placed": (kernels.PLACED, 0, 2**53 - 1), "the seed": (kernels.SEED, 0, 2**53 - 1),
        "the number of placements": (kernels.N_PLACEMENTS, 1, 34), "the number of the game": (kernels.NUMBER, 0, 2**53 - 1),
    }  # fmt: skip
    for called, (field, low, high) in bounds.items():
        for value in (low - 1, high + 1, 2**63 - 1, -(2**63)):
            yield called, field, value, f"games: {called} must be from {low} to {high}; got {value} in slot 2"


@pytest.mark.parametrize(("field", "value", "said"), [(field, value, said) for _, field, value, said in _wrong_fields()])
def test_a_field_of_a_game_that_is_out_of_its_range_is_refused_by_name(checkpoint: Checkpoint, field: int, value: int, said: str) -> None:
    games = _changed(_arrays(checkpoint)["then_games"], (2, field), value)
    with pytest.raises(FormatError) as refused:
        _restore(_with_arrays(checkpoint, then_games=games))
    assert str(refused.value) == f"The checkpoint of step 700 does not fit this run: {GAMES_FILE}: {said}."


def test_of_pieces_that_are_dealt_without_a_bag_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(CONFIG, randomizer="uniform")
    made = new_run(tmp_path, config)
    train(made, config, stop_at(monkeypatch, 300))
    found, _ = latest_checkpoint(made)
    assert found is not None
    _restore(found, config)
    games = _changed(_arrays(found)["then_games"], (2, kernels.BAG), 5)
    with pytest.raises(FormatError, match="games: the bag must be from -1 to -1; got 5 in slot 2"):
        _restore(_with_arrays(found, then_games=games), config)


def test_a_board_with_a_full_row_is_refused(checkpoint: Checkpoint) -> None:
    games = _arrays(checkpoint)["then_games"]
    games[1, :10] |= 0b11110000
    with pytest.raises(FormatError, match=r"games\.npz: games: no row of a board can be full between two moves; one is in slot 1"):
        _restore(_with_arrays(checkpoint, then_games=games))


def test_placements_observations_and_colours_are_those_of_the_board(checkpoint: Checkpoint) -> None:
    arrays = _arrays(checkpoint)
    changes = [
        ("placements", (3, 0), 189), ("placements", (0, 1), 0), ("observations", (2, 373), 1), ("observations", (0, 0), -1),
        ("colours", (7, 0), 1), ("colours", (0, 0), 8),
    ]  # fmt: skip
    for name, place, value in changes:
        damaged = _with_arrays(checkpoint, **{f"then_{name}": _changed(arrays[f"then_{name}"], place, value)})
        with pytest.raises(FormatError, match=f"{GAMES_FILE}: {name} must be "):
            _restore(damaged)


@pytest.mark.parametrize("value", [34, 255])
def test_a_move_that_is_none_is_refused(checkpoint: Checkpoint, value: int) -> None:
    moves = _changed(_arrays(checkpoint)["moves"], (5, 1), value)
    with pytest.raises(FormatError, match=f"games.npz: moves must be numbers from 0 to 33, of 4 games; got .* up to {value}"):
        _restore(_with_arrays(checkpoint, moves=moves))


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("task/first_row", (-1, 10**9, 2**70, 1.5, None, "x", float("nan"))),
        ("task/sampling_position", (-1, 625, 2**31, 2**70, 1.5, None, float("nan"))),
        ("task/counters/num_timesteps", (-4, 704, 2**62, 2**70, 700.5, True, float("nan"))),
        ("task/counters/exploration_rate", (-0.1, 1.1, float("nan"), float("inf"), "x", None)),
        ("task/counters/_n_updates", (-1, 2**70, 0.5)),
        ("task/counters/_n_calls", (-1, 2**70, 0.5)),
        ("task/counters/_episode_num", (-1, 2**70, 0.5)),
        ("task/counters/_current_progress_remaining", (1.5, float("nan"), float("-inf"), "x")),
        ("task/counters", (None, [], {})),
        ("task/then/seed", (-1, 2**53, 2**70, 1.5, None, float("nan"))),
        ("task/then/games_played", (-1, 2**70, 1.5, None)),
        ("task/now/seed", (-1, 2, 2**53, "7", None)),
        ("task/now/games_played", (-1, 1.5, None)),
        ("task/exploring", (None, {}, {"bit_generator": "MT19937"}, 7)),
        ("task/exploring/state/state", (-1, 2**128, 1.5, "x", None)),
        ("task/exploring/has_uint32", (-1, 2, 2**40, "x", None)),
        ("task/exploring/uinteger", (-1, 2**32, "x")),
        ("task/diagnostics", (None, {"loss": "x"}, {"loss": [0.0, 1]})),
        ("task/counts", ([0] * 23, [0] * 25, [-1] * 24, [2**63] * 24, [0.5] * 24, None)),
        ("metrics/rows", (-1, 2**70, "x")),
        ("episodes/recent", (None, [7], [{}], [{"step": 1, "episode": -5}])),
        ("task/best_lines", (-1, 2**70, None)),
        ("session/wall_seconds", (-1, 1e300, float("nan"), None)),
        ("session/best", (7, {}, {"metric": "x"})),
        ("task/max_pieces", (0, -1, 2**63, 1.5, None, float("nan"))),
        ("evaluations/next_step", (-1, 2**63, None)),
        ("evaluations/last_step", (-2, 2**63, True, None)),
        ("evaluations/job", (7, {}, {"step": 400})),
        ("evaluations/job/step", (-1, 2**63, 2**70, 1.5, None)),
        ("task/expected_pieces", (-1, 2**63, 1.5, None)),
        ("metrics/logged", (None, 7, {"train/loss": "x"}, [1])),
    ],
)
def test_a_number_of_a_checkpoint_that_is_out_of_its_range_is_refused(checkpoint: Checkpoint, place: str, values: tuple[Any, ...]) -> None:
    for value in values:
        with pytest.raises(FormatError, match=r"^The checkpoint of step 700 does not fit this run: "):
            _restore(_with_state(checkpoint, place, value))


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{", b"[" * 100_000, b'{"task": 7}', b"\xff"])
def test_what_is_no_state_is_refused(checkpoint: Checkpoint, content: bytes) -> None:
    with pytest.raises(FormatError, match=r"does not fit this run: state\.json: "):
        _restore(replace(checkpoint, contents=checkpoint.contents | {STATE_FILE: content}))


def test_a_checkpoint_of_another_step_than_its_manifest_says_is_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(FormatError, match="must be of one step; got 704, 700, 700"):
        _restore(replace(checkpoint, step=704))


OPTIMISERS: dict[str, Callable[[dict[str, th.Tensor]], dict[str, Any]]] = {
    "one number": lambda memory: memory | {"exp_avg": th.zeros(1), "exp_avg_sq": th.zeros(1)},
    "none": lambda memory: memory | {"exp_avg": th.zeros(0)},
    "turned round": lambda memory: memory | {"exp_avg": memory["exp_avg"].T.contiguous()},
    "one number shown often": lambda memory: memory | {"exp_avg_sq": th.zeros(10**4)[-1:].expand(memory["exp_avg"].shape)},
    "many steps": lambda memory: memory | {"step": th.zeros(5)},
    "no second moment": lambda memory: {name: value for name, value in memory.items() if name != "exp_avg_sq"},
    "more": lambda memory: memory | {"max_exp_avg_sq": memory["exp_avg"]},
}


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_an_optimiser_whose_memory_does_not_fit_its_weights_is_refused(checkpoint: Checkpoint, kind: str) -> None:
    model = make_model(CONFIG)
    restore_weights(model, checkpoint.contents[MODEL_FILE])
    optimiser = model.policy.optimizer
    weights = optimiser.param_groups[0]["params"][0]
    assert weights.ndim == 2
    optimiser.state[weights] = OPTIMISERS[kind](optimiser.state[weights])
    damaged = replace(checkpoint, contents=checkpoint.contents | {MODEL_FILE: model.to_bytes()})
    with pytest.raises(FormatError, match=r"does not fit this run: .*(optimiser|a tensor in)"):
        _restore(damaged)


def test_how_the_optimiser_works_is_not_taken_from_a_file(checkpoint: Checkpoint) -> None:
    model = make_model(CONFIG)
    restore_weights(model, checkpoint.contents[MODEL_FILE])
    ours = dict(model.policy.optimizer.param_groups[0])
    model.policy.optimizer.param_groups[0] |= {"betas": (float("nan"), 2.0), "fused": False, "amsgrad": True, "weight_decay": 1e9}
    strange = model.to_bytes()
    restored = make_model(CONFIG)
    restore_weights(restored, strange)
    group = restored.policy.optimizer.param_groups[0]
    assert {name: value for name, value in group.items() if name != "params"} == {k: v for k, v in ours.items() if k != "params"}
    model.policy.optimizer.param_groups[0]["lr"] = float("nan")
    with pytest.raises(FormatError, match="learning rate of the optimiser must be from 0 to 1; got 'nan'"):
        restore_weights(restored, model.to_bytes())


def test_a_network_that_was_being_evaluated_must_fit_the_game(checkpoint: Checkpoint) -> None:
    evaluating = make_model(CONFIG)
    with th.no_grad():
        layer = evaluating.policy.q_net_average.q_net[2]
        layer.weight = th.nn.Parameter(th.zeros(1, 9))
    state = json.loads(checkpoint.contents[STATE_FILE])["evaluations"]
    evaluate = object.__new__(Evaluate)
    evaluate._task = object.__new__(TetrisTraining)
    evaluate._task._max_pieces = 200
    with pytest.raises(FormatError, match=r"evaluating\.zip of the checkpoint does not fit the game: layer 2 must have weight \(1, 8\)"):
        evaluate.load_state(state, evaluating.to_bytes())


def test_a_run_with_a_stranger_s_numbers_fails_in_a_sentence(checkpoint: Checkpoint, tmp_path: Path) -> None:
    made = new_run(tmp_path, CONFIG)
    games = _changed(_arrays(checkpoint)["then_games"], (2, kernels.PIECE), 99)
    save_checkpoint(made, _with_arrays(checkpoint, then_games=games))
    assert not run_trainer(made, find_task, control_seq=9)
    said = [json.loads(line)["message"] for line in made.events.read_bytes().splitlines()]
    assert any(
        sentence.endswith("games.npz: games: the piece must be from 0 to 6; got 99 in slot 2.") and "step 700" in sentence
        for sentence in said
    )
