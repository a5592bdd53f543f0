"""Pictures of environments, as JPEG."""

import base64
import io
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...run_files.files import time_text
from ...run_files.pictures import PICTURE, ImageRow, Shown

QUALITY = 75


def image_row(picture: NDArray[np.uint8], step: int, episode: int, when: datetime | None = None, *, shown: Shown = PICTURE) -> ImageRow:
    """The row of a picture.

    Args:
        picture: (height, width, 3) red, green and blue.
        step: environment steps.
        episode: training episodes that have ended.
        when: it was taken; None: now.
        shown: what is seen in it.
    """
    content = base64.b64encode(jpeg(picture)).decode()
    return ImageRow(step, time_text(when or datetime.now(UTC)), episode, content, shown)


def jpeg(picture: NDArray[np.uint8], quality: int = QUALITY) -> bytes:
    """The content of a JPEG file of a picture (height, width, 3); the quality is that of libjpeg, up to 95."""
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()
