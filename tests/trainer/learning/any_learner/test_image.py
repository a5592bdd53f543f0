"""A picture is a JPEG of its size."""

import base64
import io
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from trainer.learning.any_learner.image import image_row


def test_a_picture_keeps_its_size_and_about_its_colours() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, 30:] = (200, 100, 0)
    row = image_row(picture, 25, 3, datetime(2026, 11, 23, 15, 4, 5, 123_000, UTC))
    assert (row.step, row.episode, row.at) == (25, 3, "2026-11-23T15:04:05.123Z")
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(row.jpeg))))
    assert shown.shape == (40, 60, 3)
    assert np.abs(shown[5:-5, 40:].astype(int) - (200, 100, 0)).max() < 12
