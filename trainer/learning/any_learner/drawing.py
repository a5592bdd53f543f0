"""What an environment looks like, drawn by itself and without a trace.

An environment keeps windows, surfaces and fonts among its own attributes, where no pickle takes them, and
with a `render_mode` some draw at every step. So all that `render` has left in it is taken out again and
kept here until the next picture: between two pictures it is as if it had never been drawn.
"""

import copy
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

PICTURES = "rgb_array"
MAX_SIDE = 640  # pixels: more than a page shows of it
RENDERER = "mujoco_renderer"  # in which environments of MuJoCo keep what they draw with
SHADOW_SIZE, SAMPLES = 1_024, 0  # of MuJoCo: a picture takes a quarter of the time where no graphics card draws
STANDING = -1  # a camera of MuJoCo that follows nothing
PLAIN = (bool, int, float, complex, str, bytes, tuple, np.generic, np.ndarray)
SEEN_BY_PEOPLE = ("DISPLAY", "WAYLAND_DISPLAY")


class Drawing:
    """Draws an environment, and keeps what that is done with."""

    def __init__(self) -> None:
        self._env: Any = None
        self._tools: dict[str, Any] = {}

    def draw(self, env: Any) -> NDArray[np.uint8] | None:
        """The environment as it is now (height, width, 3), at most `MAX_SIDE` wide and high; None if it has no pictures.

        Args:
            env: the innermost one. Its attributes and its generator stay what they are.

        Raises:
            ValueError: what it has drawn is no picture.
            Exception: whatever its `render` raises.
        """
        metadata = getattr(env, "metadata", None)  # somebody else's code: there may be anything
        if not isinstance(metadata, dict) or PICTURES not in (metadata.get("render_modes") or ()):
            return None
        if env is not self._env:
            self._env, self._tools = env, {}
            _prepare()
        with self._tools_in(env):
            drawn = env.render()
        return None if drawn is None else _pixels(drawn)

    @contextmanager
    def _tools_in(self, env: Any) -> Iterator[None]:
        attributes = vars(env)
        before, generator = dict(attributes), attributes.get("_np_random")
        state = None if generator is None else copy.deepcopy(generator.bit_generator.state)
        attributes.update(self._tools, render_mode=PICTURES)
        if RENDERER in before and RENDERER not in self._tools:
            attributes[RENDERER] = _own_renderer(env)
        try:
            with _quickly_drawn(env):
                yield
        finally:
            left = {name: value for name, value in attributes.items() if name != "render_mode"}
            self._tools = {name: value for name, value in left.items() if _is_tool(before.get(name), value)}
            attributes.clear()
            attributes.update(before)
            if generator is not None:
                generator.bit_generator.state = state


def _is_tool(before: Any, value: Any) -> bool:
    """Whether an attribute was made to draw with; a number that was there before is a part of the environment."""
    return value is not before and (before is None or not isinstance(value, PLAIN))


def _prepare() -> None:
    """Where nobody has a screen, nothing may look for one."""
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in SEEN_BY_PEOPLE):
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        os.environ.setdefault("MUJOCO_GL", "egl")


def _own_renderer(env: Any) -> Any:
    own = copy.copy(vars(env)[RENDERER])
    own._viewers, own.viewer = {}, None  # noqa: SLF001 - it has no other way to begin anew
    if own.camera_id == STANDING and not (own.default_cam_config or {}).get("trackbodyid"):
        mujoco = sys.modules["mujoco"]
        own.camera_id = mujoco.mj_name2id(env.model, mujoco.mjtObj.mjOBJ_CAMERA, "track")  # what runs away stays in the picture
    return own


@contextmanager
def _quickly_drawn(env: Any) -> Iterator[None]:
    """The first picture decides how MuJoCo draws all of them."""
    quality = env.model.vis.quality if RENDERER in vars(env) else None
    if quality is None:
        yield
        return
    before = quality.shadowsize, quality.offsamples
    quality.shadowsize, quality.offsamples = SHADOW_SIZE, SAMPLES
    try:
        yield
    finally:
        quality.shadowsize, quality.offsamples = before


def _pixels(drawn: Any) -> NDArray[np.uint8]:
    picture = np.asarray(drawn)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (3, 4) or 0 in picture.shape:
        raise ValueError(f"it must draw (height, width, 3) of uint8; got {picture.shape} of {picture.dtype}")
    every = math.ceil(max(picture.shape[:2]) / MAX_SIDE)
    return np.array(picture[::every, ::every, :3])
