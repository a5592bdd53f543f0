"""The documents of `replays/` of an environment: as documented, small, and refused in a sentence when they are damaged."""

import zlib
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError
from trainer.tasks.gym.files.replays import RecordedEpisode, Recording, make_recording, read_recording

SEEDED = RecordedEpisode(10_000, None, None, 12.5, 2, False, np.array([[0.5, -1.0], [0.25, 2.0]], np.float32).tobytes())
GOES_ON = RecordedEpisode(None, (2**127 + 1, 3, 1, 255), {"low": -0.1}, -3.0, 9, True, np.array([[1.0, 0.0]], np.float32).tobytes())
RECORDING = Recording(step=400, dtype="float32", shape=(2,), episodes=(SEEDED, GOES_ON))
GOLDEN = b"""{
  "version": 4,
  "step": 400,
  "dtype": "float32",
  "shape": [
    2
  ],
  "episodes": [
    {
      "seed": 10000,
      "generator": null,
      "options": null,
      "reward": 12.5,
      "length": 2,
      "truncated": false,
      "kept": 2
    },
    {
      "seed": null,
      "generator": [
        "80000000000000000000000000000001",
        "3",
        "1",
        "ff"
      ],
      "options": {
        "low": -0.1
      },
      "reward": -3.0,
      "length": 9,
      "truncated": true,
      "kept": 1
    }
  ],
  "actions": "eJxjYGCwZ2Bo2A/EdgwMDA5AGshnYAAAK5MDPA=="
}
"""


def test_episodes_are_written_as_documented() -> None:
    document, golden = orjson.loads(RECORDING.to_json()), orjson.loads(GOLDEN)
    for one in (document, golden):  # zlib's releases compress differently
        one["actions"] = zlib.decompress(b64decode(one["actions"]))
    assert document == golden
    assert list(document) == list(golden)


def test_episodes_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "recording.json"
    for content in (GOLDEN, RECORDING.to_json()):
        path.write_bytes(content)
        assert read_recording(path) == RECORDING
    assert RECORDING.score == 4.75
    assert RECORDING.actions(0).tolist() == [[0.5, -1.0], [0.25, 2.0]]


@pytest.mark.parametrize("order", ["<", ">"])
def test_actions_are_kept_whole_and_in_one_byte_order(order: Literal["<", ">"]) -> None:
    dtype = np.dtype(np.int64).newbyteorder(order)
    episode = replace(SEEDED, actions=np.array([3, 1, 2], dtype).tobytes() + b"\0\0")
    recording = make_recording(5, dtype, (), [episode])
    assert recording.actions(0).tolist() == [3, 1, 2]
    assert recording.dtype == "int64"


def test_a_thousand_steps_of_few_actions_take_few_bytes() -> None:
    actions = np.random.default_rng(1).integers(0, 4, 1_000)
    recording = make_recording(5, actions.dtype, (), [replace(SEEDED, actions=actions.tobytes(), length=1_000)])
    assert len(recording.to_json()) < 1_100


def bad_documents() -> list[dict[str, Any]]:
    """What a stranger may write."""
    document = orjson.loads(GOLDEN)
    episode = document["episodes"][0]
    bomb = b64encode(zlib.compress(bytes(10_000_000))).decode()
    episodes = [
        [], 1, [1], [episode], [episode | {"kept": 10**12, "length": 10**12}], [episode | {"kept": -5}], [episode | {"kept": 3}],
        [episode | {"seed": -1}], [episode | {"seed": 1.5}], [episode | {"reward": None}], [episode | {"options": [1]}],
        [episode | {"options": {"text": "x" * 20_000}}],
        *([episode | {"kept": 3, "length": 3, "generator": one}] for one in (
            ["1"] * 3, ["1"] * 5, ["-1", "1", "1", "1"], ["g", "1", "1", "1"], ["1" * 33, "1", "1", "1"], ["1", "1", "2", "1"], [1] * 4,
        )),
    ]  # fmt: skip
    changes = [
        {"actions": 5}, {"actions": "é"}, {"actions": "AAAA"}, {"actions": None}, {"actions": bomb}, {"step": 1.5}, {"version": 5},
        {"dtype": "object"}, {"dtype": "O"}, {"dtype": "float128"}, {"dtype": 3}, {"shape": [0]}, {"shape": [-2]}, {"shape": 2},
        {"shape": [10**9]}, {"shape": [1_000] * 4}, {"shape": [1] * 5}, {"shape": ["2"]}, *({"episodes": one} for one in episodes),
    ]  # fmt: skip
    return [document | change for change in changes]


def test_what_a_stranger_has_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recording.json"
    for content in (*every_prefix(GOLDEN.rstrip()), *map(orjson.dumps, bad_documents())):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"recording\.json"):
            read_recording(path)
