"""The cards of the models page. A model file is read only when its download button is pressed."""

import functools
from dataclasses import dataclass

import streamlit as st

from pages.ui.selection import listed, name_of
from pages.ui.text import ago, compact, duration, escaped, exact, interval
from trainer.errors import ControlRoomError, ModelNotFoundError
from trainer.run_files.models import BestMetadata, best_model_path, read_best
from trainer.run_files.run_directory import RunDirectory

SHOWN_RUNS = 50
METRIC_WORDS = {"eval_lines": "lines per greedy game", "episode_lines": "lines in one game", "episode_reward": "reward in one game"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """The best models there are, and the runs without one with the reason."""

    models: list[tuple[RunDirectory, BestMetadata]]
    without: list[tuple[RunDirectory, str]]


def read_shelf(runs: tuple[RunDirectory, ...]) -> Shelf:
    """Look at every run's `best/metadata.json`; a damaged one is a reason, not an end."""
    shelf = Shelf([], [])
    for run in runs:
        try:
            metadata = read_best(run)
        except ControlRoomError as error:
            shelf.without.append((run, str(error)))
            continue
        if metadata is not None:
            shelf.models.append((run, metadata))
        else:
            shelf.without.append(
                (run, "no best model yet; it gets one with its first evaluation" if run.path.is_dir() else "it was deleted")
            )
    return shelf


def model_bytes(run: RunDirectory) -> bytes:
    """The model file, read now.

    Raises:
        ModelNotFoundError: the run or its model is gone.
    """
    if not run.path.is_dir():
        raise ModelNotFoundError(f"The run {run.run_id} was deleted from disk, and its model with it.")
    try:
        return best_model_path(run).read_bytes()
    except OSError as error:
        raise ModelNotFoundError(f"The model of {run.run_id} cannot be read ({error.strerror}); is the run still there?") from None


def size_text(run: RunDirectory) -> str:
    """The size of the model file."""
    try:
        size = best_model_path(run).stat().st_size
    except (OSError, ModelNotFoundError):
        return "–"
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size / 1_000:.0f} kB"


def snippet(run: RunDirectory) -> str:
    """How to load the model and play with it."""
    return (
        "from trainer.learning.dqn import AfterstateDQN\n\n"
        f'model = AfterstateDQN.load("{run.run_id}-best-model.zip")\n\n'
        "# how good is it? 100 games on seeds that did not choose it:\n"
        f"#   python -m trainer evaluate {run.run_id}"
    )


def draw_models(runs: tuple[RunDirectory, ...]) -> None:
    """Draw a card for every best model, then the runs that have none."""
    runs = tuple(listed(runs))
    shelf = read_shelf(runs[:SHOWN_RUNS])
    if not shelf.models:
        st.info("No run has a best model yet. The first evaluation of a run saves one.", icon=":material/hourglass_empty:")
    for run, metadata in shelf.models:
        _draw_card(run, metadata)
    if shelf.without:
        with st.expander(f"Runs without a model ({len(shelf.without)})", icon=":material/inventory_2:"):
            st.markdown("  \n".join(f"{escaped(name_of(run))} :gray[· {escaped(why, limit=200)}]" for run, why in shelf.without))
    if len(runs) > SHOWN_RUNS:
        st.caption(f"The newest {SHOWN_RUNS} of {len(runs)} runs are shown.")


def _draw_card(run: RunDirectory, metadata: BestMetadata) -> None:
    with st.container(border=True):
        name, value, action = st.columns([4, 3, 2], vertical_alignment="center")
        name.markdown(f"**{escaped(name_of(run))}**  \n:gray[{escaped(run.run_id)} · saved {ago(metadata.saved_at)}]")
        value.markdown(
            f"**{compact(metadata.value)}** {METRIC_WORDS.get(metadata.metric, escaped(metadata.metric))}  \n:gray[{_certainty(metadata)}]"
        )
        with action:
            st.download_button(
                "Download",
                data=functools.partial(model_bytes, run),
                file_name=f"{run.run_id}-best-model.zip",
                mime="application/zip",
                key=f"download:{run.run_id}",
                icon=":material/download:",
                on_click="ignore",
                width="stretch",
                help=f"model.zip, {size_text(run)}; read when you press",
            )
        with st.expander("Details and how to use it", icon=":material/info:"):
            _draw_details(run, metadata)


def _certainty(metadata: BestMetadata) -> str:
    if metadata.ci95 is None:
        return f"game {exact(metadata.episode)} of training"
    return f"{interval(*metadata.ci95)} · {exact(metadata.games)} games"


def _draw_details(run: RunDirectory, metadata: BestMetadata) -> None:
    facts = {
        "Step": exact(metadata.step),
        "Training games": exact(metadata.episode),
        "Active time": duration(metadata.active_seconds),
        "Mean reward": compact(metadata.reward),
        "Seed": str(metadata.seed),
        "Size": size_text(run),
        "Versions": ", ".join(f"{name} {version}" for name, version in metadata.versions.items()),
        "SHA-256": metadata.sha256,
    }
    st.markdown("  \n".join(f":gray[{label}] {escaped(text, limit=200)}" for label, text in facts.items()))
    st.code(snippet(run), language="python")
    st.caption("A model file holds code: load only those that your own trainer has written.")
