"""Pictures of a run that are images."""

from collections.abc import Mapping
from typing import Any

from pages.ui.pictures.stream import mount_stream, part, stream_data, take_new
from pages.ui.run_data import NewFrames
from trainer.run_files.pictures import ImageRow, images_reader
from trainer.run_files.run_directory import RunDirectory


def show_images(run: RunDirectory, *, live: bool, interval_s: float | None) -> NewFrames[ImageRow]:
    """Draw the images and move this tab's cursor on; returns what was new."""
    new = take_new(run, images_reader, interval_s)
    data = stream_data(run.run_id, new, _frame, live=live, interval_s=interval_s)
    mount_images(data)
    return new


def mount_images(data: Mapping[str, Any]) -> None:
    """Show a stream of images in an element that stays in place."""
    mount_stream("images", "control_room.images", (part("image.js"), part("image.css")), data, height="content")


def _frame(row: ImageRow) -> dict[str, Any]:
    return {"step": row.step, "jpeg": row.jpeg, "shown": row.shown}
