"""Greedy evaluation: what it reports, and that it yields to pause and stop."""

from pathlib import Path

import numpy as np
import pytest
import torch as th

from tests.trainer.learning.tiny import finished_run, tiny_config
from trainer.errors import FormatError, ModelNotFoundError, SettingError
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.commands.report import evaluate_model
from trainer.tasks.tetris.game.features import FEATURE_SCALES
from trainer.tasks.tetris.game.published import WEIGHTS
from trainer.tasks.tetris.learner.evaluation import (
    CHOOSING_SEEDS,
    REPORTING_SEEDS,
    GameRules,
    Layers,
    evaluate,
    seeds_of_set,
)
from trainer.tasks.tetris.learner.model import make_model
from trainer.tasks.tetris.learner.saved_model import network_of, read_network

RULES = GameRules(board_height=10, randomizer="uniform", max_pieces=500)


def good_player() -> Layers:
    """A published linear player as a network of one layer."""
    weights = np.array([*WEIGHTS["bcts"], 0, 0]) * FEATURE_SCALES
    weights[0] /= 2  # landing height is doubled
    return [(weights[np.newaxis].astype(np.float32), np.zeros(1, np.float32))]


def go_on() -> bool:
    """Never give up."""
    return True


def test_an_evaluation_reports_every_game_in_the_order_of_its_seeds() -> None:
    seeds = seeds_of_set(CHOOSING_SEEDS, 6)
    together = evaluate(good_player(), FEATURE_SCALES, seeds, RULES, go_on)
    alone = [evaluate(good_player(), FEATURE_SCALES, [seed], RULES, go_on) for seed in seeds]

    assert together is not None
    assert together.lines.tolist() == [one.lines[0] for one in alone if one is not None]
    assert together.truncated.tolist() == (together.pieces == 500).tolist()
    assert together.truncated.any()
    assert together.ci95 is not None
    assert together.ci95[0] <= together.mean_lines <= together.ci95[1]
    assert [game.seed for game in together.games] == seeds
    assert [game.lines for game in together.games] == together.lines.tolist()
    assert [len(game.moves) for game in together.games] == [game.pieces for game in together.games] == together.pieces.tolist()
    assert [game.truncated for game in together.games] == together.truncated.tolist()


def test_an_evaluation_of_one_game_has_no_interval() -> None:
    alone = evaluate(good_player(), FEATURE_SCALES, [7], GameRules(10, "uniform", 50), lambda: True)
    assert alone is not None
    assert alone.ci95 is None


def test_the_games_that_choose_and_the_games_that_report_share_no_seed() -> None:
    choosing = set(seeds_of_set(CHOOSING_SEEDS, 1_000))
    reporting = [set(seeds_of_set(REPORTING_SEEDS + seed, 1_000)) for seed in range(5)]

    assert len(choosing) == 1_000
    assert all(choosing.isdisjoint(seeds) for seeds in reporting)
    assert reporting[0].isdisjoint(reporting[1])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path_factory.mktemp("runs"))


def test_a_saved_network_is_read_without_running_anything(trained: RunDirectory) -> None:
    network = read_network(trained.best)

    assert (network.board_height, network.randomizer) == (10, "uniform")
    assert [weight.shape for weight, _ in network.layers] == [(8, 11), (1, 8)]


def test_a_report_says_what_is_asked_for(trained: RunDirectory) -> None:
    report = evaluate_model(trained.best, games=5, seed=1, max_pieces=40)

    assert report["episodes"] == 5
    assert 0 <= report["truncated_episodes"] <= 5
    assert report["steps_per_second"] > 0


@pytest.mark.parametrize(("name", "value"), [("games", 0), ("seed", -1), ("max_pieces", -1)])
def test_impossible_numbers_are_refused(trained: RunDirectory, name: str, value: int) -> None:
    arguments = {"games": 5, "seed": 1, "max_pieces": 10} | {name: value}
    with pytest.raises(SettingError, match=r"must be a whole number from"):
        evaluate_model(trained.best, **arguments)  # type: ignore[arg-type]  # trust is no number


def test_damaged_models_are_refused_in_a_sentence(trained: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"There is no model\.zip in"):
        read_network(tmp_path)
    (tmp_path / "model.zip").write_bytes(b"not a zip")
    with pytest.raises(ModelNotFoundError, match=r"There is no metadata.json in"):
        read_network(tmp_path)
    (tmp_path / "metadata.json").write_bytes((trained.best / "metadata.json").read_bytes())
    with pytest.raises(FormatError, match="its SHA-256 differs"):
        read_network(tmp_path)


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("board_height", (3, 41, 2**40, 10.5, "10", True, None, float("nan"))),
        ("randomizer", ("dice", 7, None, ["bag"])),
    ],
)
def test_a_model_of_a_game_that_there_is_not_is_refused_in_a_sentence(
    trained: RunDirectory, place: str, values: tuple[object, ...]
) -> None:
    content = (trained.best / "model.zip").read_bytes()
    for value in values:
        metadata = {"settings": {"board_height": 10, "randomizer": "uniform"} | {place: value}, "step": 7}
        with pytest.raises(FormatError, match=r"^model\.zip cannot be read as a model: (height|randomizer) must be "):
            network_of(content, metadata, "model.zip")


@pytest.mark.parametrize("step", [-1, 2**70, float("nan"), "x", None])
def test_a_model_of_a_step_that_there_is_not_is_refused_in_a_sentence(trained: RunDirectory, step: object) -> None:
    metadata = {"settings": {"board_height": 10, "randomizer": "uniform"}, "step": step}
    with pytest.raises(FormatError, match=r"^model\.zip cannot be read as a model: "):
        network_of((trained.best / "model.zip").read_bytes(), metadata, "model.zip")


@pytest.mark.parametrize(
    ("weights", "shape"),
    [("q_net.2.weight", (1, 9)), ("q_net.2.weight", (8,)), ("q_net.0.bias", (7,)), ("q_net.0.bias", ()), ("q_net.2.bias", ())],
)
def test_a_model_whose_layers_do_not_follow_each_other_is_refused(weights: str, shape: tuple[int, ...]) -> None:
    model = make_model(tiny_config())
    *_, layer, name = weights.split(".")
    setattr(model.policy.q_net_average.q_net[int(layer)], name, th.nn.Parameter(th.zeros(shape)))
    metadata = {"settings": {"board_height": 10, "randomizer": "uniform"}, "step": 7}
    with pytest.raises(FormatError, match=r"^model\.zip does not fit the game: layer [12] must have weight "):
        network_of(model.to_bytes(), metadata, "model.zip")
