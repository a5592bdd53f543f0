"""`python -m trainer bundle`: a model with everything that is known about it in one `.zip`; see `trainer.run_files.bundle`.

| besides what every bundle holds | |
|---|---|
| `weights.npz`, `play.py` | the weights as plain arrays, and a player with its game that needs NumPy alone |
| `model.onnx` | the network: `features` (positions, 34, 11) to `values` (positions, 34) |
"""

import io
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch as th
from gymnasium import spaces
from numpy.typing import NDArray

from ....learning.no_compiler import keep_compiler_unloaded
from ....learning.onnx_graph import check_export
from ....numbers import MISSING, exact, interval, short
from ....program import INSTALLED, PACKAGE, PROGRAM
from ....run_files.bundle import CONFIG_FILE, EVALUATION_FILE, README_FILE, REQUIREMENTS_FILE, config_for, pack_bundle, requirements
from ....run_files.jobs import Work
from ....run_files.models import MODEL_FILE
from ....run_files.reports import Report, read_report, report_bytes
from ....run_files.slots import StoredModel, model_files
from ..game import numpy_player
from ..game.batch import TetrisBatch
from ..game.features import FEATURE_SCALES, N_FEATURES
from ..learner.network import AfterstatePolicy
from ..learner.onnx_export import onnx_model
from ..learner.saved_model import SavedNetwork, stored_network
from ..learner.vec_env import TetrisVecEnv
from .report import report_on

WEIGHTS_FILE, PLAYER_FILE, ONNX_FILE = "weights.npz", "play.py", "model.onnx"
CHECKED_POSITIONS = 500  # of a game that the model plays itself
REQUIREMENTS = ("numpy", "numba", "gymnasium", "torch", "stable-baselines3")
OBTAIN = "install Control Room (`pip install control-room`)" if INSTALLED else "put a checkout of Control Room on `PYTHONPATH`"
README = """# A Tetris player, trained by Control Room

{mean} lines per game ({interval}; median {median}, best {most}) over {episodes:,} greedy games
that had no part in choosing it.{truncated}

Board 10 × {height}, {randomizer} pieces. Trained for {step:,} steps in the run `{run}`.

## Play it

Install what `requirements.txt` lists, {obtain}, and in this folder:

```python
from stable_baselines3 import DQN
from {package}.tasks.tetris.game.batch import TetrisBatch
model, game = DQN.load("model.zip", device="cpu"), TetrisBatch(1, height={height}, randomizer="{randomizer}", seed=7, max_pieces=2000)
while game.games_played == 0: step = game.step(model.predict(game.observations, deterministic=True)[0])
print(step.finished[0].lines, "lines")
```

With NumPy alone, in this folder: `python play.py` (Python 3.11 or newer; `python play.py --help`). It holds the game itself, plain
instead of compiled, so that nothing else is needed; each seed is the same game as in Control Room.

In any other language: `model.onnx` maps the raw `features` (positions, 34, 11) of the boards after each placement to their `values`
(positions, 34); the highest is played. The values are log-odds: 1 / (1 + e^−value) is how safe a placement is, from 0 to 1. It agrees
with torch to 1e-5.

In another Control Room: Models, Import, or `{program} import THIS_FILE.zip`. That reads `weights.npz` alone.

## What it is

`model.zip` is a stable-baselines3 model. Such a file holds pickled code: load it only if you know where it is from. Its SHA-256:

    {sha256}

`metadata.json` says how it came to be, `config.json` with which settings, `evaluation.json` how good it is, `bundle.json` the SHA-256
of every file here.
"""


def make_bundle(model: StoredModel, *, games: int, seed: int, max_pieces: int, work: Work) -> bytes:
    """The bundle of a model of a run. It is evaluated if that has not been done yet.

    Args:
        model: what is bundled.
        games: of the evaluation, if one is needed.
        seed: which set of them.
        max_pieces: their limit.
        work: is told how far it is, and may be cancelled.

    Raises:
        ModelNotFoundError, FormatError: the model is gone or damaged.
        RunDirectoryError: the report cannot be written.
        JobCancelledError: it was cancelled.
    """
    files = model_files(model)
    network, config = stored_network(model, files[MODEL_FILE]), config_for(model)
    report = read_report(model.run, model.metadata.sha256)
    if report is None:
        work.begin(f"Playing {games:,} games of set B", model.key)
        report = report_on(model, network, games=games, seed=seed, max_pieces=max_pieces, work=work)
    work.begin("Exporting", model.key)
    graph = onnx_model(network.layers, FEATURE_SCALES)
    check_export(graph, *positions_and_values(network, report.seed))
    return pack_bundle(
        model.run.run_id,
        model.name,
        {README_FILE: _readme(model, report).encode()}
        | files
        | {
            CONFIG_FILE: config,
            EVALUATION_FILE: report_bytes(report),
            WEIGHTS_FILE: _weights(network),
            PLAYER_FILE: Path(numpy_player.__file__).read_bytes(),
            ONNX_FILE: graph,
            REQUIREMENTS_FILE: requirements(REQUIREMENTS),
        },
    )


def positions_and_values(network: SavedNetwork, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Positions of a game that the model plays, (positions, 34, 11), and what stable-baselines3's own network makes of them.

    Args:
        network: of the model.
        seed: of the game.
    """
    game = TetrisBatch(1, height=network.board_height, randomizer=network.randomizer, seed=seed)
    policy = _policy(network, game)
    features = np.empty((CHECKED_POSITIONS, game.observations.shape[1]), dtype=np.float32)
    values = np.empty((CHECKED_POSITIONS, game.observations.shape[1] // N_FEATURES), dtype=np.float32)
    for number in range(CHECKED_POSITIONS):
        features[number] = game.observations[0]
        with th.no_grad():
            values[number] = policy.q_net_average(th.as_tensor(game.observations))[0].numpy()
        game.step(values[number : number + 1].argmax(axis=1))
    return features.reshape(CHECKED_POSITIONS, -1, N_FEATURES), values


def _policy(network: SavedNetwork, game: TetrisBatch) -> AfterstatePolicy:
    keep_compiler_unloaded()
    games, hidden = TetrisVecEnv(game), [len(bias) for _, bias in network.layers[:-1]]
    policy = AfterstatePolicy(games.observation_space, cast("spaces.Discrete", games.action_space), lambda _: 0.0, net_arch=hidden)
    policy.load_state_dict(network.weights)
    return policy


def _weights(network: SavedNetwork) -> bytes:
    packed, arrays = io.BytesIO(), dict[str, Any]()
    for number, (weight, bias) in enumerate(network.layers):
        arrays |= {f"weight_{number}": weight, f"bias_{number}": bias}
    np.savez(packed, feature_scales=FEATURE_SCALES, board_height=network.board_height, randomizer=network.randomizer, **arrays)
    return packed.getvalue()


def _text(value: float | None) -> str:
    return MISSING if value is None else short(value)


def _readme(model: StoredModel, report: Report) -> str:
    value, playing = report.value, model.metadata.settings
    truncated = ""
    if report.truncated_episodes:
        limit = exact(value("max_pieces"))
        truncated = f" {report.truncated_episodes} were truncated after {limit} pieces: the true mean is higher."
    return README.format(
        mean=_text(value("mean_lines")), interval=interval((value("lines_ci95_low"), value("lines_ci95_high")), in_full=True),
        median=_text(value("median_lines")), most=exact(value("max_lines")),
        episodes=report.episodes, truncated=truncated, height=playing["board_height"], randomizer=playing["randomizer"],
        step=report.step, run=model.run.run_id, sha256=report.sha256,
        obtain=OBTAIN, package=PACKAGE, program=PROGRAM,
    )  # fmt: skip
