"""A run that was stopped or killed goes on exactly: the same weights, the same rows, as if nothing had happened."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.learning.tiny import new_run, rows, tiny_config, train, weights_sha256, without_clock
from trainer.errors import FormatError
from trainer.learning.callbacks import record_training
from trainer.learning.callbacks.save_checkpoints import SaveCheckpoints
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.process import run_trainer
from trainer.learning.session import RunSession
from trainer.learning.steering import Steering
from trainer.learning.train import STATE_FILE, Training, read_state
from trainer.run_files.checkpoints import latest_checkpoint, list_checkpoints
from trainer.run_files.files import now_ms
from trainer.run_files.models import read_best
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks import find_task
from trainer.tasks.tetris.about import TetrisSettings
from trainer.tasks.tetris.learner import training
from trainer.tasks.tetris.learner.dqn import AfterstateDQN
from trainer.tasks.tetris.learner.model import make_model
from trainer.tasks.tetris.learner.move_history import MoveHistory
from trainer.tasks.tetris.learner.resuming import restore_learner
from trainer.tasks.tetris.learner.training import TetrisTraining


def measured(run: RunDirectory) -> dict[str, list[dict[str, Any]]]:
    """Every row of every log of measurements, but for what comes from the clock."""
    logs = (run.metrics, run.episodes, run.evaluations)
    return {log.name: without_clock(log) for log in logs}


def undisturbed_run(folder: Path, config: TetrisSettings) -> RunDirectory:
    run = new_run(folder, config)
    assert train(run, config, ControlEvents()).status.state == "finished"
    return run


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> ControlEvents:
    """Events that stop the training at the start of a rollout, when it has come to a step."""
    events = ControlEvents()
    on_rollout_start = Steering._on_rollout_start

    def stopping(callback: Steering) -> None:
        if callback.model.num_timesteps >= step:
            events.request_stop()
        on_rollout_start(callback)

    monkeypatch.setattr(Steering, "_on_rollout_start", stopping)
    return events


def recorded(run: RunDirectory) -> dict[str, bytes]:
    """Every document of recorded games."""
    return {file.path.name: file.path.read_bytes() for file in list_recordings(run)}


def assert_same_end(run: RunDirectory, undisturbed: RunDirectory) -> None:
    assert weights_sha256(run) == weights_sha256(undisturbed)
    assert measured(run) == measured(undisturbed)
    assert recorded(run) == recorded(undisturbed)
    best, expected = read_best(run), read_best(undisturbed)
    assert best is not None
    assert expected is not None
    assert (best.value, best.step, best.episode) == (expected.value, expected.step, expected.episode)


@pytest.mark.long
@pytest.mark.parametrize("step", [0, 4, 96, 400, 700, 1_196])
@pytest.mark.parametrize("metric", ["eval_lines", "episode_lines"])
def test_a_stopped_run_goes_on_exactly(tmp_path: Path, step: int, metric: str) -> None:
    config = tiny_config(best_metric=metric, buffer_size=300)  # the buffer has gone round
    undisturbed = undisturbed_run(tmp_path / "undisturbed", config)
    run = new_run(tmp_path, config)
    with pytest.MonkeyPatch.context() as patch:
        assert train(run, config, stop_at(patch, step)).status.state == "stopped"
    stopped_at = read_status(run)
    assert stopped_at is not None
    assert stopped_at.num_timesteps == step

    session = train(run, config, ControlEvents())

    assert session.status.state == "finished"
    assert_same_end(run, undisturbed)
    assert sum(row["kind"] == "started" for row in rows(run.events)) == 2


def test_time_goes_on_from_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config()
    run = new_run(tmp_path, config)
    with monkeypatch.context() as patch:
        before = train(run, config, stop_at(patch, 800)).status

    after = train(run, config, ControlEvents()).status

    assert after.active_seconds > before.active_seconds
    times = [row["active_seconds"] for row in rows(run.metrics)]
    assert times == sorted(times)


def test_rows_tell_when_they_were_written_whatever_time_the_trainer_was_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, three_days_ms = tiny_config(), 3 * 86_400_000
    run = new_run(tmp_path, config)
    began = now_ms()
    with monkeypatch.context() as patch:
        train(run, config, stop_at(patch, 700))

    def later() -> int:
        return now_ms() + three_days_ms

    for module in (record_training, training):
        monkeypatch.setattr(module, "now_ms", later)

    train(run, config, ControlEvents())

    for log in (run.metrics, run.episodes, run.evaluations):
        written = [row["at"] for row in rows(log)]
        assert written == sorted(written)
        assert began <= written[0] <= now_ms(), log.name
        assert began + three_days_ms <= written[-1] <= later(), f"{log.name}: the three days are in it"
    assert rows(run.metrics)[-1]["wall_seconds"] < 3_600, "the time of training is another thing"


def _history(model: AfterstateDQN) -> MoveHistory:
    assert model.replay_buffer is not None
    return MoveHistory(model.replay_buffer.actions)


def test_the_replay_buffer_is_filled_again_to_the_last_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config(buffer_size=300)
    run = new_run(tmp_path, config)
    events = stop_at(monkeypatch, 900)
    with RunSession(run, total_timesteps=config.total_timesteps) as session:
        task = TetrisTraining(session, config)
        Training(session, config, events, task, look=lambda: None).train()
    checkpoint, _ = latest_checkpoint(run)
    assert checkpoint is not None

    model = make_model(config)
    restore_learner(model, _history(model), checkpoint, read_state(checkpoint)["task"])

    expected, filled = task.model.replay_buffer, model.replay_buffer
    assert expected is not None
    assert filled is not None
    assert (filled.pos, filled.full) == (expected.pos, True)
    for name in ("observations", "next_observations", "actions", "rewards", "dones", "timeouts"):
        assert np.array_equal(getattr(filled, name), getattr(expected, name)), name


def test_the_history_forgets_what_the_buffer_has_forgotten() -> None:
    actions = np.zeros((80, 2, 1), np.int64)
    history = MoveHistory(actions)
    for row in range(1_000):
        if row >= history.next_state_row:
            history.keep_state({"games": np.full((2, 1), row)})
        actions[row % 80, 0] = row % 34
        history.read(row + 1)
        past = history.past()
        assert past.state["games"][0, 0] == past.first_row
        assert past.first_row + len(past.moves) == history.next_row == row + 1
        assert len(past.moves) >= min(row + 1, 80)
        assert len(past.moves) <= 80 + 2 * 10
        assert past.moves[-1].tolist() == [row % 34, 0]


@pytest.mark.parametrize("rows", [1, 2, 7, 80])
def test_the_history_reads_every_move_out_of_a_buffer_that_goes_round(rows: int) -> None:
    actions = np.zeros((rows, 2, 1), np.int64)
    history = MoveHistory(actions)
    for row in range(300):
        if row >= history.next_state_row:
            history.read(row)
            history.keep_state({"games": np.full((2, 1), row)})
        actions[row % rows, :, 0] = [row % 34, 33 - row % 34]

    history.read(300)
    history.read(300)  # nothing new

    past = history.past()
    assert past.first_row + len(past.moves) == history.next_row == 300
    assert len(past.moves) >= rows
    expected = [[row % 34, 33 - row % 34] for row in range(past.first_row, 300)]
    assert past.moves.tolist() == expected


def test_a_history_that_is_loaded_again_and_again_keeps_every_move_since_its_first_state() -> None:
    actions, state = np.ones((10, 2, 1), np.int64), {"games": np.zeros((2, 1))}
    history = MoveHistory(actions)
    history.keep_state(state)
    for row in range(95):
        actions[row % 10, 0] = row
        history.read(row + 1)
        if row % 9 == 0:  # each time before ten moves are made, so that the first state stays
            past = history.past()
            history = MoveHistory(actions)
            history.load(past)
            history.keep_state(state)
    assert history.next_row == 95
    assert history.past().first_row == 0
    assert history.past().moves[:, 0].tolist() == list(range(95))
    assert history.moves_of(0, 10) == bytes(range(85, 95))


@pytest.mark.long
def test_a_damaged_checkpoint_is_passed_over_for_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config()
    undisturbed = undisturbed_run(tmp_path / "undisturbed", config)
    run = new_run(tmp_path, config)
    for step in (300, 700):
        with monkeypatch.context() as patch:
            train(run, config, stop_at(patch, step))
    newest = list_checkpoints(run)[0] / STATE_FILE
    newest.write_bytes(newest.read_bytes()[:-40])

    assert run_trainer(run, find_task, control_seq=9)

    warnings = [row["message"] for row in rows(run.events) if row["kind"] == "warning"]
    assert warnings == [
        "The checkpoint step-700 is damaged: state.json is not the file that was written. It is passed over for an older one."
    ]
    assert "Training goes on from the checkpoint of step 300" in [row["message"] for row in rows(run.events)]
    assert_same_end(run, undisturbed)


def test_a_checkpoint_of_other_settings_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(tmp_path, tiny_config())
    train(run, tiny_config(), stop_at(monkeypatch, 500))
    checkpoint, _ = latest_checkpoint(run)
    assert checkpoint is not None
    for change in ({"n_envs": 8}, {"board_height": 12}, {"net_arch": (9,)}, {"practice_ceiling": 5}):
        model = make_model(tiny_config(**change))
        with pytest.raises(FormatError, match="The checkpoint of step 500 does not fit this run"):
            restore_learner(model, _history(model), checkpoint, read_state(checkpoint)["task"])


def test_checkpoints_come_by_the_clock_and_on_a_full_disk_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    config = tiny_config(total_timesteps=400)
    run = new_run(tmp_path, config)
    monkeypatch.setattr(SaveCheckpoints, "_on_rollout_start", SaveCheckpoints.save)
    monkeypatch.setattr("trainer.learning.callbacks.save_checkpoints.save_checkpoint", no_room)

    assert train(run, config, ControlEvents()).status.state == "finished"

    warnings = {row["message"] for row in rows(run.events) if row["kind"] == "warning"}
    assert warnings == {"The checkpoint could not be saved: No space left on device. The one before it stays."}
    assert len(rows(run.metrics)) == 2
