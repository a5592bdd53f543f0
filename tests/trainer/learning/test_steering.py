"""What Control Room does while a learner learns is one callback of stable-baselines3, made of others."""

from pathlib import Path

from stable_baselines3.common.callbacks import BaseCallback, CallbackList

from tests.trainer.learning.tiny import TETRIS, new_run, tiny_config
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.session import RunSession
from trainer.learning.steering import Steering
from trainer.learning.train import Training


def test_every_concern_is_a_callback_and_all_share_the_variables_of_the_loop(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=200)
    with RunSession(new_run(tmp_path, config), total_timesteps=200) as session:
        task = TETRIS.make_task(session, config)
        callback = Training(session, config, ControlEvents(), task, look=lambda: None).steering()
        task.model.learn(200, callback=callback)

    assert isinstance(callback, Steering)
    assert isinstance(callback, CallbackList)
    concerns = (*callback.callbacks, callback._obey, callback._evaluate, callback._checkpoints)
    assert all(isinstance(one, BaseCallback) for one in concerns)
    assert all(one.locals is callback.locals for one in callback.callbacks), "none is copied at every step"
    assert callback.callbacks[0].n_calls == 200 // config.n_envs


def test_a_stop_ends_training_before_the_next_transition_is_stored(tmp_path: Path) -> None:
    config = tiny_config(total_timesteps=400)
    events = ControlEvents()

    class StopAt(BaseCallback):
        def _on_step(self) -> bool:
            if self.num_timesteps == 200:
                events.request_stop()
            return True

    with RunSession(new_run(tmp_path, config), total_timesteps=400) as session:
        task = TETRIS.make_task(session, config)
        callback = Training(session, config, events, task, look=lambda: None).steering()
        callback.callbacks.append(StopAt())
        task.model.learn(400, callback=callback)

    buffer = task.model.replay_buffer  # type: ignore[attr-defined]
    assert session.step == 200
    assert session.status.num_timesteps == 200
    assert buffer.pos == 200 // config.n_envs, "the last step is of no rollout"
