"""Models play while somebody looks: the pace, the same pieces, and the end."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.learning.tiny import finished_run, new_run, tiny_config, train
from tests.waiting import wait_until
from trainer.errors import ControlRoomError, SettingError
from trainer.learning.control_watcher import ControlEvents
from trainer.processes import PROJECT_DIR
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import find_model, keep_model
from trainer.run_files.tails import NewestRows
from trainer.tasks.tetris.commands import demos
from trainer.tasks.tetris.commands.demos import FAST_MOVES, Pacemaker, find_player, rules_for, run_demo
from trainer.tasks.tetris.commands.seats import Seat
from trainer.tasks.tetris.files.demos import PATIENCE_S, Demo, DemoControl, Moment, make_demo, moments_reader


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return make_demo(tmp_path / "runs", DemoControl(pieces_per_second=60, seed=4))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path_factory.mktemp("runs"))


@contextmanager
def playing(demo: Demo, *names: str, runs_dir: Path) -> Iterator[NewestRows[Moment]]:
    """The player in a thread of its own; it is stopped at the end."""
    thread = threading.Thread(target=run_demo, args=(demo, list(names), runs_dir))
    thread.start()
    try:
        yield moments_reader(demo)
    finally:
        if demo.files.control.exists():
            demo.ask(replace(demo.wanted(), run="stopped"))
        thread.join(30)
        assert not thread.is_alive()


def moments_until(reader: NewestRows[Moment], number: int) -> list[int]:
    wait_until(lambda: (rows := reader.refresh()) and rows[-1].number >= number, 30, f"moment {number}")
    return [moment.number for moment in reader.rows]


def test_two_players_get_the_same_pieces_and_every_moment_is_shown(demo: Demo) -> None:
    with playing(demo, "bcts", "dt20", runs_dir=demo.files.path.parent) as reader:
        numbers = moments_until(reader, 30)
        assert numbers == list(range(1, len(numbers) + 1))
        for moment in reader.rows:
            one, other = moment.boards
            assert (one["piece"], one["pieces"]) == (other["piece"], other["pieces"]) == (one["piece"], moment.number - 1)
            assert len(one["cells"]) == 200
        assert [moment.boards[0]["cells"] for moment in reader.rows] != [moment.boards[1]["cells"] for moment in reader.rows]
        status = demo.status()
        assert status is not None
        assert (status.state, status.players, status.board_height, status.seed) == ("playing", ["bcts", "dt20"], 20, 4)
    assert not demo.files.path.exists(), "nothing stays behind"


def test_a_game_that_goes_on_in_compiled_code_is_the_same_game() -> None:
    player = find_player("bcts", Path())
    seat, plain = (Seat(player, 4, height=10, randomizer="bag") for _ in range(2))
    for moves in (0, 25, 300):
        seat.play(moves)
        plain.play(moves)
        seat.hasten()
        assert {**seat.picture(), "ghost": None} == {**plain.picture(), "ghost": None}
    assert not seat.over


def test_the_first_board_needs_nothing_that_is_compiled(tmp_path: Path) -> None:
    demo = make_demo(tmp_path, DemoControl())
    words = (
        "import sys; from pathlib import Path; from trainer.tasks.tetris.commands.demos import Table, find_player; "
        "from trainer.tasks.tetris.commands.seats import CompiledGame; CompiledGame.run = lambda self: None; "
        "from trainer.tasks.tetris.files.demos import Demo; demo = Demo(Path(sys.argv[1])); "
        "table = Table(demo, [find_player('bcts', Path())]); table.begin(1); table.play(5); table.show(); "
        "sys.exit(' '.join({'numba', 'torch', 'streamlit', 'gymnasium'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", words, str(demo.files.path)], check=True, cwd=PROJECT_DIR, timeout=60)
    assert [moment.boards[0]["pieces"] for moment in moments_reader(demo).refresh()] == [0, 5]


def test_a_model_of_a_run_is_watched_against_a_published_player_on_its_board(demo: Demo, trained: RunDirectory) -> None:
    with playing(demo, trained.run_id, "bcts", runs_dir=trained.path.parent) as reader:
        moments_until(reader, 5)
        assert all(len(board["cells"]) == 100 for board in reader.rows[-1].boards)
        status = demo.status()
        assert status is not None
        assert status.players == [trained.run_id, "bcts"]


def test_pause_step_and_a_new_seed_are_obeyed(demo: Demo) -> None:
    with playing(demo, "bcts", runs_dir=demo.files.path.parent) as reader:
        moments_until(reader, 3)
        demo.ask(replace(demo.wanted(), run="paused"))
        wait_until(lambda: (status := demo.status()) and status.state == "paused", 20, "the pause")
        before = reader.refresh()[-1].number
        for steps in (1, 2, 3):
            demo.ask(replace(demo.wanted(), steps=steps))
            moments_until(reader, before + steps)
        assert reader.rows[-1].number == before + 3, "three single steps"
        demo.ask(replace(demo.wanted(), seed=99))
        moments_until(reader, before + 4)
        assert (reader.rows[-1].boards[0]["pieces"], reader.rows[-1].game) == (0, 1)
        wait_until(lambda: (status := demo.status()) and status.seed == 99, 20, "its word of the seed")


def test_as_fast_as_possible_shows_no_more_than_can_be_seen(demo: Demo) -> None:
    with playing(demo, "bcts", runs_dir=demo.files.path.parent) as reader:
        demo.ask(DemoControl(pieces_per_second=None, seed=4))
        wait_until(lambda: (rows := reader.refresh()) and rows[-1].boards[0]["pieces"] > 20_000, 60, "20,000 pieces")
        assert reader.rows[-1].number < reader.rows[-1].boards[0]["pieces"] / 20


def test_a_game_that_is_over_is_followed_by_another(tmp_path: Path, trained: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos, "NEXT_GAME_AFTER_S", 0.0)
    demo = make_demo(tmp_path, DemoControl(pieces_per_second=None, seed=4))
    with playing(demo, trained.run_id, runs_dir=trained.path.parent) as reader:
        wait_until(lambda: (rows := reader.refresh()) and rows[-1].game >= 3, 30, "the third game")
        assert reader.rows[-1].game >= 3


@pytest.mark.parametrize("name", ["no-such-run", "random", "."])
def test_who_cannot_play_is_told_in_a_sentence(demo: Demo, name: str) -> None:
    assert not run_demo(demo, [name], demo.files.path.parents[1])
    status = demo.status()
    assert status is not None
    assert status.state == "failed"
    assert status.error
    assert "no run" in status.error or "no best model" in status.error
    assert not demo.is_played


def test_two_models_of_different_boards_are_refused(trained: RunDirectory, tmp_path: Path) -> None:
    config = tiny_config(board_height=12, total_timesteps=400)
    other = new_run(tmp_path, config)
    train(other, config, ControlEvents())
    keep_model(find_model(other, None), other, "kept")
    assert find_player(f"{other.run_id}/kept", tmp_path).name == f"{other.run_id}/kept"
    one, two = find_player(str(trained.path), tmp_path), find_player(str(other.best), tmp_path)
    assert rules_for([find_player("bcts", tmp_path), one]) == (10, "uniform")
    with pytest.raises(SettingError, match="Two models side by side must be trained on the same board and pieces"):
        rules_for([one, find_player("bcts", tmp_path), two])


def test_a_damaged_model_is_told_in_a_sentence(trained: RunDirectory, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.zip").write_bytes(b"no zip")
    (folder / "metadata.json").write_bytes((trained.best / "metadata.json").read_bytes())
    with pytest.raises(ControlRoomError, match="SHA-256 differs"):
        find_player(str(folder), tmp_path)


def test_the_pace_is_kept_and_nothing_is_caught_up(demo: Demo) -> None:
    clock = Clock()
    demo.ask(DemoControl(pieces_per_second=10))
    pacemaker = Pacemaker(demo, clock)
    made = 0
    for _ in range(200):
        clock.now += 0.01
        made += pacemaker.moves_due()
    assert 19 <= made <= 21
    clock.now += 60
    assert [pacemaker.moves_due() for _ in range(3)] == [1, 0, 0], "a minute of sleep is not caught up"


def test_at_a_thousand_pieces_a_second_several_are_made_at_a_look_and_a_sleep_is_not_caught_up(demo: Demo) -> None:
    clock = Clock()
    demo.ask(DemoControl(pieces_per_second=1_000))
    pacemaker = Pacemaker(demo, clock)
    made = 0
    for _ in range(200):
        clock.now += 0.0123
        made += pacemaker.moves_due()
    assert made == pytest.approx(2_460, rel=0.01)
    clock.now += 60
    assert pacemaker.moves_due() < FAST_MOVES
    assert pacemaker.moves_due() <= 2, "not even a second of it"
    assert pacemaker.skips_boards
    demo.ask(DemoControl(run="paused", pieces_per_second=1_000, steps=1))
    pacemaker.look()
    assert (pacemaker.moves_due(), pacemaker.skips_boards) == (1, False), "every step is shown"


def test_steps_that_were_asked_for_before_the_pause_are_not_made_twice(demo: Demo) -> None:
    pacemaker = Pacemaker(demo, Clock())
    demo.ask(DemoControl(run="paused", steps=2))
    pacemaker.look()
    assert [pacemaker.moves_due() for _ in range(2)] == [2, 0]
    demo.ask(DemoControl(pieces_per_second=None, steps=5))
    pacemaker.look()
    assert pacemaker.moves_due() == FAST_MOVES
    demo.ask(DemoControl(run="paused", steps=5))
    pacemaker.look()
    assert pacemaker.moves_due() == 0


def test_a_damaged_control_file_changes_nothing(demo: Demo) -> None:
    pacemaker = Pacemaker(demo, Clock())
    wanted = pacemaker.control
    demo.files.control.write_bytes(b"{")
    pacemaker.look()
    assert pacemaker.control == wanted
    assert not pacemaker.ended


def test_it_ends_when_nobody_looks_any_more(demo: Demo) -> None:
    clock = Clock()
    pacemaker = Pacemaker(demo, clock)
    for look in range(5):
        clock.now += PATIENCE_S - 1
        os.utime(demo.files.control, (look, look))
        pacemaker.look()
        assert not pacemaker.ended
    clock.now += PATIENCE_S + 1
    pacemaker.look()
    assert pacemaker.ended


def test_a_paused_game_makes_no_more_moves_than_it_can_be_stopped_between(demo: Demo) -> None:
    demo.ask(DemoControl(run="paused"))
    pacemaker = Pacemaker(demo, Clock())
    demo.ask(DemoControl(run="paused", steps=2**53))
    pacemaker.look()
    assert [pacemaker.moves_due() for _ in range(3)] == [FAST_MOVES - 1] * 3
    demo.ask(DemoControl(run="paused", steps=3 * (FAST_MOVES - 1) + 2))
    pacemaker.control = demo.wanted()
    assert [pacemaker.moves_due() for _ in range(2)] == [2, 0]
