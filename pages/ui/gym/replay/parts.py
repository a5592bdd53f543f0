"""The replay page of environments: a recorded episode is simulated again, and its pictures are played."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui.curves import thinned
from pages.ui.guard import fragment
from pages.ui.gym.replay.simulation import draw_simulation
from pages.ui.pictures.stream import part
from pages.ui.replay.export import Footage, draw_export
from pages.ui.replay.player import Curve, Player, mount_player
from pages.ui.replay.recordings import Chosen
from pages.ui.selection import config_of
from pages.ui.text import escaped
from trainer.errors import FormatError
from trainer.numbers import exact
from trainer.run_files.films import Film, film_path, open_film
from trainer.tasks.gym.files.replays import RecordedEpisode, Recording, read_recording

ELEMENT = "replay_images"
TIMES = {"¼×": 0.25, "½×": 0.5, "1×": 1.0, "2×": 2.0, "4×": 4.0, "8×": 8.0, "16×": 16.0, "100×": 100.0, "1,000×": 1_000.0}
MAX_POINTS = 800  # of the curve
BLOCK = 100  # pictures that are sent at once: a megabyte
EXPORTED_S, MOST_STEPS, FASTEST = 10, 100_000, 1_000
SMALL = 320  # pixels: a smaller picture is enlarged, by whole numbers, so that its pixels stay sharp


class GymReplay:
    """Recorded episodes of environments; see `ReplayParts`."""

    episode, place = "episode", "step"

    def read(self, path: Path) -> Recording:
        """Read a recording."""
        return read_recording(path)

    def labels(self, recording: Recording) -> list[str]:
        """What each episode is called in a list."""
        return [_label(episode, number) for number, episode in enumerate(recording.episodes, start=1)]

    def best(self, recording: Recording) -> int:
        """The episode of the highest reward."""
        return max(range(len(recording.episodes)), key=lambda number: recording.episodes[number].reward)

    def draw(self, chosen: Chosen[Recording]) -> None:
        """Draw its pictures, the facts and the export; before there are some, how far they are."""
        film = open_film(film_path(chosen.run, chosen.file, chosen.number))
        with st.container():  # always there, so that what follows keeps its place
            if film is None:
                draw_simulation(chosen, _module_of(chosen))
        if film is not None:
            _draw_verdict(chosen, film)
            if film.head.sizes:
                _draw_player(chosen, film)
            _draw_facts(chosen, film)
            if film.head.sizes:
                draw_export(chosen, _footage(film))


PARTS = GymReplay()


def _label(episode: RecordedEpisode, number: int) -> str:
    truncated = ", truncated" if episode.truncated else ""
    return f"Episode {number}: return {_figure(episode.reward)}, {exact(episode.length)} steps{truncated}"


def _figure(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1e9 else f"{value:.4g}"


def _module_of(chosen: Chosen[Recording]) -> str:
    """The module that `env` names, if it names one; see `draw_simulation`."""
    config = config_of(chosen.run)
    env = str(config.settings.get("env", "")) if config else ""
    return env.rpartition(":")[0]


def _draw_verdict(chosen: Chosen[Recording], film: Film) -> None:
    """Whether it came out as it was recorded."""
    episode, head = chosen.recording.episodes[chosen.number], film.head
    kept = len(chosen.recording.actions(chosen.number))
    if kept < episode.length:
        st.warning(
            f"Only the first {exact(kept)} of its {exact(episode.length)} steps are kept: it took more than its share of the disk space.",
            icon=":material/content_cut:",
        )
    elif (head.reward, head.steps) != (episode.reward, episode.length):
        recorded, simulated = _figures(episode.reward, head.reward)
        steps = f" after {exact(head.steps)} of {exact(episode.length)} steps" if head.steps != episode.length else ""
        st.warning(
            f"This environment does not repeat: recorded return {recorded}, simulated {simulated}{steps}. What is shown is another episode "
            "with the same actions.",
            icon=":material/shuffle:",
        )
    if not head.sizes:
        st.info(f"This environment cannot be drawn here. {escaped(head.problem, limit=300)}", icon=":material/hide_image:")
    elif head.problem:
        st.caption(f"What the learner sees is shown, there is no picture of the environment: {escaped(head.problem, limit=300)}")


def _figures(one: float, other: float) -> tuple[str, str]:
    """Both, in full where they would look alike."""
    short = _figure(one), _figure(other)
    return short if short[0] != short[1] else (repr(one), repr(other))


@fragment
def _draw_player(chosen: Chosen[Recording], film: Film) -> None:
    """The pictures and their controls; what they ask for makes only this part run again."""
    view = part("image.js"), part("image.css")
    mount_player(ELEMENT, player_of(chosen, film), view)


def player_of(chosen: Chosen[Recording], film: Film) -> Player:
    """What plays an episode."""
    head, episode = film.head, chosen.file.episode
    width, height = _open(film, 0).size
    return Player(
        key=f"{chosen.key}/{len(head.sizes)}",
        name=f"Episode {chosen.number + 1}" if episode is None else f"Training episode {exact(episode)}",
        place=PARTS.place,
        last=len(head.sizes) - 1,
        frames=lambda first, number, every: _frames(film, first, number, every),
        curve=_returns(film),
        speeds={words: times * head.fps for words, times in TIMES.items()},
        speed="1×",
        block=BLOCK,
        stride=head.stride,
        end=head.steps,
        looks={"width": width, "height": height},
    )


def _returns(film: Film) -> Curve | None:
    """The return so far at every picture."""
    returns = np.array(film.head.returns, dtype=np.float64)
    if len(returns) < 2:
        return None
    curve = thinned(np.arange(len(returns), dtype=np.float64), returns, MAX_POINTS)
    return Curve("Return so far", curve.x, curve.y)


def _frames(film: Film, first: int, number: int, every: int) -> list[Mapping[str, Any]]:
    head = film.head
    shown = range(first, min(first + number * every, len(head.sizes)), every)
    jpegs = _pictures(film, first, number) if every == 1 else [_pictures(film, picture, 1)[0] for picture in shown]
    return [
        {
            "step": head.step_of(picture),
            "jpeg": base64.b64encode(jpeg).decode(),
            "shown": head.shown,
            "words": f"return so far {_figure(head.returns[picture])}",
        }
        for picture, jpeg in zip(shown, jpegs, strict=True)
    ]


def _pictures(film: Film, first: int, number: int) -> list[bytes]:
    try:
        return film.pictures(first, number)
    except OSError:
        raise FormatError("The film of this episode was just deleted. Open the page again to simulate it once more.") from None


def _image(film: Film, picture: int) -> Image.Image:
    """A picture to export, as large as can be seen."""
    made = _open(film, picture)
    times = max(1, SMALL // max(made.size))
    return made.resize((made.width * times, made.height * times), Image.Resampling.NEAREST) if times > 1 else made


def _open(film: Film, picture: int) -> Image.Image:
    try:
        with Image.open(io.BytesIO(_pictures(film, picture, 1)[0])) as image:
            return image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        raise FormatError("A picture of this film is damaged.") from None


def _footage(film: Film) -> Footage:
    head = film.head
    per_second = min(max(1, round(head.fps * head.stride)), FASTEST)
    return Footage(
        episode=PARTS.episode,
        image=lambda picture: _image(film, picture),
        last=len(head.sizes) - 1,
        place=PARTS.place,
        first_number=max(1, min(per_second * EXPORTED_S, MOST_STEPS)),
        most=MOST_STEPS,
        per_second=per_second,
        fastest=FASTEST,
        stride=head.stride,
    )


def _draw_facts(chosen: Chosen[Recording], film: Film) -> None:
    recording, episode, head = chosen.recording, chosen.recording.episodes[chosen.number], film.head
    same = (head.reward, head.steps) == (episode.reward, episode.length)
    facts = [
        f"return {_figure(episode.reward)}{', simulated again and equal' if same else ''}",
        f"{exact(episode.length)} steps",
        f"seed {episode.seed}" if episode.seed is not None else "began where the environment's generator was",
        f"{'ended at' if chosen.file.episode is not None else 'policy of'} step {exact(recording.step)}",
    ]
    if head.stride > 1:
        facts.append(f"a picture every {exact(head.stride)} steps")
    st.caption(
        " · ".join(escaped(fact, limit=120) for fact in facts) + "  \nThe address of this page is a link to this step of this episode."
    )
