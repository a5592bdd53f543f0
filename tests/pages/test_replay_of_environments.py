"""Watching a recorded episode of an environment again: it is simulated in the background, and its film is played."""

import base64
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence
from streamlit.testing.v1 import AppTest

from pages.ui.gym.replay import simulation
from pages.ui.gym.replay.parts import BLOCK, PARTS, player_of
from pages.ui.replay.export import MADE
from pages.ui.replay.player import payload
from pages.ui.replay.recordings import Chosen, choose
from tests.pages.conftest import PLAY, REPLAY, everything_said, labelled, opened, read_out
from tests.pages.fake_runs import new_run, set_status
from trainer.creating import create_run
from trainer.errors import FormatError
from trainer.jobs import Job
from trainer.run_files.films import Film, FilmHead, film_path, write_film
from trainer.run_files.jobs import JobRequest, Progress
from trainer.run_files.opening import replace_bytes
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.files.replays import RecordedEpisode, Recording, make_recording, replays_writer

STEPS = 250


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The commands of the processes that the page has started; none is really started."""
    asked: list[Sequence[str]] = []
    monkeypatch.setattr(simulation, "start_job", lambda _folder, _request, arguments: asked.append(arguments))
    return asked


def recorded(runs_dir: Path, env: str = "LunarLander-v3") -> RunDirectory:
    """A finished run with a recorded evaluation of two episodes, and a training episode before it."""
    run = create_run(GymSettings(env=env), name="Lander", runs_dir=runs_dir)
    set_status(run, state="finished", process=ProcessIdentity.own())
    actions = np.zeros(STEPS, np.int64)
    episodes = [RecordedEpisode(10_000 + number, None, None, 50.0 + number, STEPS, False, actions.tobytes()) for number in range(2)]
    writer = replays_writer(run, 10**9)
    writer.write(make_recording(500, actions.dtype, (), [replace(episodes[0], seed=None, generator=(1, 3, 0, 0))]), episode=9)
    writer.write(make_recording(1_000, actions.dtype, (), episodes))
    return run


def chosen_of(run: RunDirectory, evaluation: str | None = None, episode: str | None = None) -> Chosen[Recording]:
    """What a link names."""
    chosen = choose(PARTS, run, evaluation, episode)
    assert chosen is not None
    return chosen


def with_film(chosen: Chosen[Recording], stride: int = 1, **changes: Any) -> Film:
    """Give it a film; each picture has another grey."""
    pictures = []
    for number in range(-(-STEPS // stride) + 1):
        encoded = io.BytesIO()
        Image.new("L", (60, 41), number * 25 % 256).save(encoded, "JPEG")
        pictures.append(encoded.getvalue())
    returns, sizes = tuple(float(number) for number in range(len(pictures))), tuple(map(len, pictures))
    reward = chosen.recording.episodes[chosen.number].reward
    head = replace(FilmHead(50.0 / stride, stride, STEPS, reward, "picture", "", returns, sizes), **changes)
    path = film_path(chosen.run, chosen.file, chosen.number)
    write_film(path, head, pictures if head.sizes else [])
    return Film(path)


def job_of(chosen: Chosen[Recording], state: Any, doing: str = "") -> Job:
    """A simulation of an episode that is in some state."""
    progress = Progress("working", doing, 30, STEPS, ProcessIdentity.own())
    return Job(Path("job"), JobRequest("film", "an episode", [chosen.key]), progress, state)


def shown_with(app: AppTest, monkeypatch: pytest.MonkeyPatch, job: Job | None) -> str:
    """What the page says while a simulation is so."""
    monkeypatch.setattr(simulation, "look", lambda *_: job)
    said = read_out(everything_said(opened(app, REPLAY)))
    assert not app.exception
    return said


def test_an_episode_is_simulated_when_somebody_looks_and_its_film_is_shown(app: AppTest, runs_dir: Path, asked: list[Any]) -> None:
    run = recorded(runs_dir)
    opened(app, REPLAY)
    assert app.query_params["evaluation"] == "1000"
    assert app.query_params["episode"] == "2", "the best one"
    assert asked == [["film", str(run.path), "1000", "2"]]
    assert labelled(app.selectbox, "Recording").options == ["Evaluation at step 1,000", "Training episode 9, step 500"]
    assert labelled(app.selectbox, "Episode").options == ["Episode 1: return 50, 250 steps", "Episode 2: return 51, 250 steps"]
    with_film(chosen_of(run))
    said = everything_said(app.run())
    assert "return 51, simulated again and equal · 250 steps · seed 10001 · policy of step 1,000" in read_out(said)
    assert len(asked) == 1
    assert not app.warning
    labelled(app.selectbox, "Recording").set_value("episode-9").run()
    assert asked[1] == ["film", str(run.path), "episode-9", "1"]


def test_what_goes_on_and_what_went_wrong_is_said(app: AppTest, runs_dir: Path, asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = chosen_of(recorded(runs_dir))
    shown_with(app, monkeypatch, job_of(chosen, "working"))
    assert labelled(app.button, "Cancel")
    assert "needs a package" in shown_with(app, monkeypatch, job_of(chosen, "failed", "Box2D needs a package."))
    assert labelled(app.button, "Try again")
    assert "died unexpectedly" in shown_with(app, monkeypatch, job_of(chosen, "lost"))
    assert "dropped to make room" in shown_with(app, monkeypatch, job_of(chosen, "done"))
    shown_with(app, monkeypatch, job_of(chosen, "cancelled"))
    assert asked == [], "not before somebody asks"
    labelled(app.button, "Simulate").click().run()
    assert len(asked) == 1


def test_another_episode_that_is_being_simulated_gives_way_once(
    app: AppTest, runs_dir: Path, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, cancelled = recorded(runs_dir), list[Job]()
    monkeypatch.setattr(simulation, "cancel_job", cancelled.append)
    other = job_of(chosen_of(run, "1000", "1"), "working")
    for _ in range(3):
        shown_with(app, monkeypatch, other)
    assert (len(cancelled), asked) == (1, [])


def test_code_of_somebody_s_own_is_run_only_when_a_person_asks_for_it(app: AppTest, runs_dir: Path, asked: list[Any]) -> None:
    recorded(runs_dir, "somebodys_module:Env-v0")
    assert "made by the module somebodys_module, which is run" in read_out(everything_said(opened(app, REPLAY)))
    assert asked == []
    labelled(app.button, "Simulate").click().run()
    assert len(asked) == 1


def test_an_environment_that_does_not_repeat_is_said(app: AppTest, runs_dir: Path) -> None:
    run = recorded(runs_dir)
    with_film(chosen_of(run), reward=42.25, steps=200)
    opened(app, REPLAY)
    (warning,) = app.warning
    assert "does not repeat: recorded return 51, simulated 42.25 after 200 of 250 steps." in read_out(warning.value)
    assert "and equal" not in everything_said(app)


def test_returns_that_look_alike_are_told_apart(app: AppTest, runs_dir: Path) -> None:
    run = recorded(runs_dir)
    with_film(chosen_of(run), reward=51.000001)
    opened(app, REPLAY)
    assert "recorded return 51.0, simulated 51.000001." in read_out(app.warning[0].value)


def test_where_nothing_can_be_drawn_the_return_is_shown(app: AppTest, runs_dir: Path) -> None:
    run = recorded(runs_dir)
    with_film(chosen_of(run), sizes=(), returns=(), problem="It has no pictures of itself.")
    said = read_out(everything_said(opened(app, REPLAY)))
    assert "cannot be drawn here. It has no pictures of itself." in said
    assert "return 51, simulated again and equal" in said
    assert not app.expander, "nothing to export"


def test_the_pictures_are_sent_as_they_are_asked_for(runs_dir: Path) -> None:
    chosen = chosen_of(recorded(runs_dir))
    film = with_film(chosen, stride=2)
    player = player_of(chosen, film)
    first = payload(player, None, start=STEPS - 11)
    assert (first["start"], first["last"], first["end"], list(first["blocks"])) == (119, 125, 250, ["1"])
    frames = payload(player, {"episode": player.key, "ask": 5, "what": "block", "at": 0}, start=0)["blocks"]["0"]
    assert len(frames) == BLOCK
    assert (frames[7]["step"], frames[7]["words"]) == (14, "return so far 7")
    assert base64.b64decode(frames[7]["jpeg"]) == film.pictures(7, 1)[0]
    assert dict(first["speeds"])["1×"] == 25.0
    film._path.unlink()
    with pytest.raises(FormatError, match="was just deleted"):
        payload(player, None, start=0)


def test_a_film_is_exported(app: AppTest, runs_dir: Path) -> None:
    run = recorded(runs_dir)
    with_film(chosen_of(run))
    opened(app, REPLAY)
    labelled(app.number_input, "Steps").set_value(9)
    for kind, begins in (("gif", b"GIF89a"), ("mp4", b"")):
        labelled(app.selectbox, "Format").set_value(kind)
        labelled(app.button, "Render").click().run()
        assert not app.exception
        assert not app.error
        made = app.session_state[MADE][1]
        assert made["content"].startswith(begins)
        assert made["name"] == f"{run.run_id}-1000-episode-2-step-0.{kind}"
    labelled(app.selectbox, "Format").set_value("gif")
    labelled(app.button, "Render").click().run()
    with Image.open(io.BytesIO(app.session_state[MADE][1]["content"])) as image:
        assert image.size == (300, 205), "enlarged"
        assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(image)) == 5 * 40, "every second one of fifty a second"


def test_a_damaged_picture_is_said(app: AppTest, runs_dir: Path) -> None:
    run = recorded(runs_dir)
    film = with_film(chosen_of(run))
    content = film._path.read_bytes()
    start = content.index(b"\n") + 1
    replace_bytes(film._path, content[: start + 4] + bytes(len(content) - start - 4))
    assert "is damaged" in everything_said(opened(app, REPLAY))
    assert not app.exception


def test_pages_that_do_not_apply_to_a_run_are_not_linked_and_offer_no_model_of_it(app: AppTest, runs_dir: Path) -> None:
    def linked() -> set[str]:
        return {str(link.proto.label) for link in app.get("page_link")}

    run = recorded(runs_dir)
    opened(app, REPLAY)
    assert {"Live", "Analytics", "Models", "Replay"} <= linked()
    assert not {"Watch", "Play"} & linked()
    opened(app, PLAY)
    assert run.run_id not in labelled(app.selectbox, "Against").options
    assert not [option for option in labelled(app.selectbox, "Against").options if "Lander" in option]
    app.query_params["run"] = new_run(runs_dir, "A player").run_id
    opened(app, "streamlit_app.py")
    assert {"Watch", "Play"} <= linked()
