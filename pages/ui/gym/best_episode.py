"""The best recorded episode of a run that has ended, played over and over in the place of its picture, if it was simulated again."""

import base64
import math
from typing import Any

import streamlit as st

from pages.ui.gym.replay.parts import PARTS
from pages.ui.live_end import best_recorded
from pages.ui.pictures.images import mount_images
from pages.ui.run_data import RunRows
from pages.ui.shell.navigation import REPLAY
from trainer.errors import FormatError
from trainer.run_files.films import Film, film_path, open_film
from trainer.run_files.replays import link_name
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.about import About
from trainer.tasks.metric import Metric

MAX_SENT = 150  # pictures: a megabyte or two


def draw_best_episode(run: RunDirectory, rows: RunRows, about: About, metric: Metric) -> bool:
    """Draw it; returns whether its pictures are there. If only the episode is, a link simulates it again."""
    if REPLAY not in about.pages:
        return False
    chosen = best_recorded(PARTS, run, rows, metric)
    if chosen is None:
        return False
    film = _film_of(film_path(run, chosen.file, chosen.number))
    pictures = _pictures(film) if film is not None else []
    if film is not None and pictures:
        mount_images(_payload(chosen.key, film, pictures))
        st.caption("The best recorded episode, over and over.")
    label = "Open it in Replay" if pictures else "Play its best episode again"
    parameters = {"run": run.run_id, "evaluation": link_name(chosen.file), "episode": str(chosen.number + 1)}
    st.page_link("pages/3_Replay.py", label=label, icon=":material/movie:", query_params=parameters)
    return bool(pictures)


def _film_of(path: Any) -> Film | None:
    try:
        return open_film(path)
    except (FormatError, OSError):
        return None


def _stride(film: Film) -> int:
    return max(1, math.ceil(len(film.head.sizes) / MAX_SENT))


def _pictures(film: Film) -> list[dict[str, Any]]:
    """Some of its pictures, evenly spread, as the stream takes them; none if they are damaged or were just deleted."""
    head = film.head
    try:
        return [
            {"step": head.step_of(number), "jpeg": base64.b64encode(film.pictures(number, 1)[0]).decode(), "shown": head.shown}
            for number in range(0, len(head.sizes), _stride(film))
        ]
    except (FormatError, OSError, IndexError):
        return []


def _payload(key: str, film: Film, pictures: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "run": f"{key}:best",
        "batch": key,
        "moments": [[picture] for picture in pictures],
        "names": ["The best recorded episode"],
        "heat": False,
        "steers": False,
        "live": True,
        "loop": True,
        "interval_s": len(pictures) * _stride(film) / film.head.fps,
    }
