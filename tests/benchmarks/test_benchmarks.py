"""The benchmarks run and print numbers, with a tiny budget. How fast anything is, is no matter of pass or fail."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import orjson
import pytest

from tests.benchmarks import __main__ as every_benchmark
from tests.benchmarks import analytics, control, engine, env, importing, learners, learning, page_refresh, players, relays, study, sweeps
from tests.benchmarks.measuring import Figure, rate, report
from trainer.tasks.tetris.about import TetrisSettings
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.features import N_FEATURES
from trainer.tasks.tetris.game.greedy import GreedyGames
from trainer.tasks.tetris.game.players import play
from trainer.train_commands import settings_of

FEW = "--rows 1000 --runs 12 --rows-each 300 --many 5 --peer-rows 50 --refreshes 2 --redraws 2 --curves 3 --curve-rows 50 --repeats 1"
TWICE = ("--repeats", "2")
TINY: list[tuple[Callable[[list[str]], None], list[str], int]] = [
    (engine.main, ["--pieces", "400", *TWICE], 3),
    (env.main, ["--placements", "200", "--peer-placements", "2", *TWICE], 5),
    (page_refresh.main, ["--rows", "100", *TWICE], 3),
    (importing.main, ["--scalars", "1000", *TWICE], 3),
    (relays.main, ["--runs", "4", "--nodes", "2", "--seconds", "2", "--commands", "3"], 11),
    (analytics.main, FEW.split(), 20),
    (sweeps.main, ["--share", "0", "--landscapes", "1"], 14),
]
WAITED_FOR = [
    "page_switches --runs 2 --rounds 1 --live-seconds 1",
    "first_look --repeats 1",
    "bundling --repeats 1 --tetris-steps 3000 --cartpole-steps 3000",
]
NAMES = ["engine", "env", "page_refresh", "importing", "analytics", "sweeps"]


@pytest.fixture(autouse=True)
def no_leftovers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's benchmark sets the runs folder and quiets the log; both are put back."""
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", "")
    monkeypatch.setattr("logging.disable", lambda level: None)  # noqa: ARG005 - its name is part of the signature


@pytest.mark.long
@pytest.mark.parametrize(
    ("main", "budget", "least_figures"), TINY, ids=["engine", "env", "page_refresh", "importing", "relays", "analytics", "sweeps"]
)
def test_a_benchmark_prints_a_table_and_writes_the_same_numbers(
    main: Callable[[list[str]], None], budget: list[str], least_figures: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    main([*budget, "--json", str(file)])

    printed, document = capsys.readouterr().out, orjson.loads(file.read_bytes())
    assert len(document["figures"]) >= least_figures
    for figure in document["figures"]:
        assert 0 < figure["least"] <= figure["median"] <= figure["most"]
        assert f"  {figure['what']} " in printed
        assert figure["unit"] in printed


@pytest.mark.long
@pytest.mark.parametrize("command", WAITED_FOR, ids=["page_switches", "first_look", "bundling"])
def test_what_a_person_waits_for_is_measured_in_a_browser_of_its_own(command: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    name, *options = command.split()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}", *options, "--json", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds = [figure for figure in orjson.loads(file.read_bytes())["figures"] if figure["unit"] in ("s", "ms")]
    assert seconds
    assert all(figure["least"] > 0 for figure in seconds)


def test_players_are_measured_and_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(players, "FIGURES", tmp_path / "references.json")
    monkeypatch.setattr(players, "BOARDS", {10: (2, 0), 6: (3, 40)})

    players.main(["--write"])

    stored = orjson.loads((tmp_path / "references.json").read_bytes())["players"]
    assert [(one["player"], one["board_height"], one["episodes"]) for one in stored[::5]] == [("random", 10, 2), ("random", 6, 3)]
    assert all(one["max_pieces"] == 40 and one["truncated_episodes"] <= 3 for one in stored[5:])
    assert "bcts on 10×10" in capsys.readouterr().out


@pytest.mark.long
def test_learning_is_measured_on_a_real_trainer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--total-timesteps", "1500", "--eval-every", "300", "--eval-max-pieces", "50", "--max-pieces", "50", "--log-every", "500"]

    learning.main(["--minutes", "0.001", "5", "--seeds", "2", "--games", "2", "--json", str(tmp_path / "figures.json"), "--", *options])

    figures = {figure["what"]: figure for figure in orjson.loads((tmp_path / "figures.json").read_bytes())["figures"]}
    assert set(figures) == {"after 5 min", "training", "memory"}, "after 0.06 seconds no trainer has a model"
    assert figures["after 5 min"]["repetitions"] == 2
    assert 0.1 < figures["memory"]["median"] < 3
    assert "--total-timesteps 1500" in capsys.readouterr().out


@pytest.mark.long
def test_what_steering_costs_other_learners_is_measured_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(learners, "STEERED", learners.STEERED[:1])

    learners.main(["--repeats", "1", "--share", "0.05", "--commands", "0", "--json", str(tmp_path / "figures.json")])

    figures = {figure["what"]: figure["median"] for figure in orjson.loads((tmp_path / "figures.json").read_bytes())["figures"]}
    assert {"PPO CartPole: bare learn", "PPO CartPole: headless ÷ bare", "PPO CartPole: with pictures ÷ bare"} <= set(figures)
    assert all(value > 0 for value in figures.values())
    assert "PPO CartPole: headless ÷ bare" in capsys.readouterr().out


@pytest.mark.long
def test_a_row_of_the_study_is_a_function_of_its_command(tmp_path: Path) -> None:
    options = ["--board-height", "6", "--learning-starts", "100", "--n-envs", "4", "--buffer-size", "1000"]
    file = tmp_path / "row.json"
    study.main(["--steps", "400", "--seeds", "2", "--games", "3", "--json", str(file), "--", *options])
    (row,) = orjson.loads(file.read_bytes())["figures"]

    def lines(*without: str) -> list[float]:  # in this process; the command has one for each seed
        configs = (settings_of([*options, "--seed", seed]) for seed in "12")
        return sorted(study.mean_lines(study.Trial(cast("TetrisSettings", config), (400,), 3, without)) for config in configs)

    assert (row["repetitions"], row["what"]) == (2, "after 400 steps")
    assert row["median"] > 0
    assert [row["least"], row["most"]] == lines()
    assert lines("holes", "max_height") != [row["least"], row["most"]]


@pytest.mark.long
def test_what_steering_costs_is_measured_on_real_processes(tmp_path: Path) -> None:
    budget = ["--steps", "4500", "--warm-up", "1500", "--repeats", "1", "--commands", "5", "--clicks", "2", "--paused-s", "1"]
    control.main([*budget, "--json", str(tmp_path / "figures.json")])

    figures = {figure["what"]: figure["median"] for figure in orjson.loads((tmp_path / "figures.json").read_bytes())["figures"]}
    assert figures["headless ÷ bare"] == pytest.approx(100 * figures["trainer, headless"] / figures["bare DQN.learn"])
    for what in (
        "obeyed while evaluating, {} of 5",
        "obeyed at 1 step/s, {} of 5",
        "obeyed in a checkpoint, {} of 1",
        "click shown as done, {} of 2",
    ):
        assert 0 < figures[what.format("p50")] <= figures[what.format("p95")]
    assert 0 <= figures["paused trainer"] < 100
    assert figures["append of a metrics row, p99"] > 0


def test_a_trainer_that_fails_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match=r"seed 1 ended with exit code 2: .*gamma must be"):
        learning.main(["--minutes", "1", "--seeds", "1", "--", "--gamma", "7"])


def test_without_the_peer_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "tetris_gymnasium.envs", None)

    (ours,) = env.measure_single_games(10, 1, 1)

    assert ours.median > 0
    assert "pip install -c constraints.txt -e '.[bench]'" in capsys.readouterr().out


def test_the_peer_is_measured_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tetris_gymnasium", "tetris_gymnasium.wrappers"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    offered: dict[str, dict[str, Any]] = {"envs": {"Tetris": PretendPeer}}
    offered["wrappers.grouped"] = {"GroupedActionsObservations": lambda game, _wrappers: game}
    offered["wrappers.observation"] = {"FeatureVectorObservation": lambda game: game}
    for name, content in offered.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, f"tetris_gymnasium.{name}", module)

    ours, theirs, ratio = env.measure_single_games(100, 20, 2)

    assert theirs.median > 0
    assert ratio.values == [ours.values[0] / theirs.values[0], ours.values[1] / theirs.values[1]]


class PretendPeer:
    """Behaves as the peer does: only every other placement is legal, and games are short."""

    def __init__(self, *, render_mode: str | None) -> None:
        assert render_mode is None
        self.moves = 0

    def reset(self, *, seed: int | None = None) -> tuple[None, dict[str, Any]]:
        """Begin a game."""
        assert seed in {None, 0}
        self.moves = 0
        return None, {"action_mask": np.tile([1, 0], 20)}

    def step(self, action: int) -> tuple[None, float, bool, bool, dict[str, Any]]:
        """Only what the peer would take."""
        assert action % 2 == 0
        assert self.moves < 5, "the game is over"
        self.moves += 1
        return None, 0.0, self.moves == 5, False, {"action_mask": np.tile([1, 0], 20)}


def test_everything_is_measured_one_after_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(every_benchmark, "QUICK", {"one": called.append, "two": called.append})

    every_benchmark.main([])
    every_benchmark.main(["--json", str(tmp_path / "new")])

    assert called == [[], [], ["--json", str(tmp_path / "new" / "one.json")], ["--json", str(tmp_path / "new" / "two.json")]]


def test_the_first_repetition_warms_up_and_is_not_counted() -> None:
    amounts = iter([1, 10, 10, 10])
    figure = rate("work", "pieces/s", lambda: next(amounts), 3)

    assert len(figure.values) == 3
    assert list(amounts) == []


def test_a_table_shows_median_least_and_most(capsys: pytest.CaptureFixture[str]) -> None:
    report("Title", [Figure("fast", "moves/s", [30_000, 10_000, 20_000]), Figure("slow", "ms", [0.25, 1.25, 0.75])], None)

    _, _, fast, slow = capsys.readouterr().out.splitlines()
    assert fast.split() == ["fast", "20,000", "10,000", "30,000", "moves/s"]
    assert slow.split() == ["slow", "0.75", "0.25", "1.25", "ms"]


def test_the_network_that_is_measured_plays_bcts() -> None:
    games = GreedyGames(engine.network_that_plays_bcts(), np.ones(N_FEATURES, dtype=np.float32), [1, 2], height=10, max_pieces=300)
    games.play_slice(600)

    theirs = play("bcts", [1, 2], height=10, max_pieces=300)
    assert games.pieces.tolist() == theirs.pieces.tolist() == [300, 300]
    assert abs(games.lines - theirs.lines).max() <= 4  # moves of equal value are told apart by rounding


def test_the_moves_of_a_batch_are_those_of_bcts() -> None:
    actions = env.bcts_actions(2, 500)
    batch = TetrisBatch(2)
    lines = np.sum([batch.step(row).lines for row in actions], axis=0)

    assert actions.shape == (500, 2)
    assert batch.games_played == 0
    assert (lines > 190).all()  # 500 pieces of four cells fill 200 rows of ten
