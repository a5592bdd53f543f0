"""`replays/`: what is recorded comes back, is small, stays within its bound, and is refused in a sentence when it is damaged."""

import random
import zlib
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError
from trainer.tasks.tetris.files.replays import RecordedGame, Recording, read_recording

LAYERS = ((np.array([[1.5, -2.0]], np.float32), np.array([0.25], np.float32)),)
GAMES = (RecordedGame(seed=7, lines=2, pieces=9, truncated=False, moves=bytes([0, 1, 33, 2, 1])), RecordedGame(8, 0, 1, True, b"\x05"))
RECORDING = Recording(engine=1, step=400, board_height=20, ceiling=10, randomizer="bag", games=GAMES, layers=LAYERS)
GOLDEN = b"""{
  "version": 4,
  "engine": 1,
  "step": 400,
  "board_height": 20,
  "ceiling": 10,
  "randomizer": "bag",
  "games": [
    {
      "seed": 7,
      "lines": 2,
      "pieces": 9,
      "truncated": false,
      "kept": 5
    },
    {
      "seed": 8,
      "lines": 0,
      "pieces": 1,
      "truncated": true,
      "kept": 1
    }
  ],
  "moves": "eJxjYFRkYmQFAACcACs=",
  "layers": [
    {
      "outputs": 1,
      "inputs": 2,
      "weights": "AADAPwAAAMA=",
      "biases": "AACAPg=="
    }
  ]
}
"""


def recording(step: int, lines: int = 10, moves: int = 3_000) -> Recording:
    """An evaluation of one game whose moves hardly compress."""
    played = random.Random(step).randbytes(moves).translate(bytes(number % 34 for number in range(256)))
    return replace(RECORDING, step=step, games=(RecordedGame(step, lines, moves, False, played),), layers=None)


def test_a_recording_is_written_as_documented() -> None:
    document, golden = orjson.loads(RECORDING.to_json()), orjson.loads(GOLDEN)
    for one in (document, golden):  # zlib's releases compress differently
        one["moves"] = zlib.decompress(b64decode(one["moves"]))
    assert document == golden
    assert list(document) == list(golden)


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "replay.json"
    for content in (GOLDEN, RECORDING.to_json()):
        path.write_bytes(content)
        read = read_recording(path)
        assert read == RECORDING
        assert read.layers is not None
        assert [(weights.tolist(), biases.tolist()) for weights, biases in read.layers] == [([[1.5, -2.0]], [0.25])]
    assert read.score == 1
    assert read.only(1).games == GAMES[1:]


def test_a_long_game_takes_less_than_one_byte_a_piece_whatever_is_played(tmp_path: Path) -> None:
    moves = bytes(random.Random(1).choices(range(34), k=1_500_000))
    game = RecordedGame(1, 600_000, len(moves), False, moves)
    written = replace(RECORDING, games=(game,), layers=None).to_json()
    assert len(written) < 0.9 * len(moves)
    (tmp_path / "replay.json").write_bytes(written)
    assert read_recording(tmp_path / "replay.json").games == (game,)


def test_a_short_game_takes_little_more_than_its_moves() -> None:
    games = tuple(RecordedGame(2**53 - seed, 20, 60, True, bytes(random.Random(seed).choices(range(34), k=60))) for seed in range(1_000))
    assert len(replace(RECORDING, games=games, layers=None).to_json()) < 1_000 * (60 + 125)


def test_a_damaged_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "replay.json"
    document = orjson.loads(GOLDEN)
    game, layer = document["games"][0], document["layers"][0]
    bomb = b64encode(zlib.compress(bytes(10_000_000))).decode()
    bad = [
        {"moves": 5}, {"moves": "é"}, {"moves": "AAAA"}, {"moves": None}, {"moves": bomb}, {"engine": "1"}, {"step": 1.5}, {"version": 5},
        {"games": []}, {"games": 1}, {"games": [1]}, {"games": [game]}, {"games": [game | {"kept": 10**12}]},
        {"games": [game | {"kept": -5}]},
        {"games": [game | {"kept": 6, "pieces": 5}]}, {"layers": [layer | {"inputs": 3}]}, {"layers": [layer | {"biases": ""}]},
        {"layers": 3},
        {"layers": [layer | {"outputs": 2}]}, {"layers": [layer | {"weights": "AAA="}]},
    ]  # fmt: skip
    for content in (*every_prefix(GOLDEN.rstrip()), *(orjson.dumps(document | change) for change in bad)):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"replay\.json"):
            read_recording(path)
    with pytest.raises(FileNotFoundError):
        read_recording(tmp_path / "gone.json")


def test_a_flipped_bit_in_the_moves_is_noticed(tmp_path: Path) -> None:
    content = recording(1).to_json()
    start = content.index(b'"moves": "') + 10
    path = tmp_path / "replay.json"
    for place in range(start, start + 2_000, 97):
        path.write_bytes(content[:place] + (b"B" if content[place : place + 1] == b"A" else b"A") + content[place + 1 :])
        with pytest.raises(FormatError, match=r"replay\.json is damaged"):
            read_recording(path)
