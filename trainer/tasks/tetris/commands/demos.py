"""`python -m trainer watch`: saved models and reference players play on the same pieces, while somebody looks.

It learns nothing, and torch is only imported to read a model. Somebody waits for the first board, so the games begin before the compiled
game is loaded; see `seats`.
"""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from ....errors import ControlRoomError, FormatError, SettingError, described, legible
from ....run_files.models import MODEL_FILE
from ....run_files.opening import exists
from ....run_files.run_directory import open_run
from ....run_files.run_lock import hold_run_lock
from ....run_files.slot_names import split_key
from ....run_files.slots import find_model
from ....signals import handle_end_signals
from ...commands import find_commands
from ..files.demos import PATIENCE_S, SHOWN_PER_S, Demo, DemoState, DemoStatus, Moment, moments_writer
from ..game.features import FEATURE_SCALES, N_FEATURES
from ..game.published import WEIGHTS, as_network
from .seats import CompiledGame, Player, Seat

LOOK_INTERVAL_S = 0.02
MOMENT_INTERVAL_S = 1 / 30  # as fast as possible is not shown more often
SHORTEST_WAIT_S = 0.005
CATCH_UP_S = 0.1  # at most, of moves that are late at a speed at which not every piece is shown
FAST_MOVES = 100  # made at once: about a millisecond
NEXT_GAME_AFTER_S = 3.0  # the end of a game can be looked at


def find_player(name: str, runs_dir: Path) -> Player:
    """A reference player, the best model of a run, one that it keeps under a name (`RUN/NAME`), or a model folder.

    Raises:
        RunNotFoundError, ModelNotFoundError, FormatError: there is no such model, or it is damaged.
        CommandNotFoundError: it is one of a task whose models are not watched.
    """
    if name in WEIGHTS:
        return Player(name, [as_network(name)], np.ones(N_FEATURES, np.float32), None, None)
    folder, called = Path(name), Path(name).name
    if not exists(folder / MODEL_FILE):
        run_id, slot = split_key(name)
        model = find_model(open_run(run_id, runs_dir), slot)
        find_commands(model.metadata.task, "watch")
        folder, called = model.folder, model.key
    from ..learner.saved_model import read_network  # noqa: PLC0415 - a reference player needs no torch

    saved = read_network(folder)
    return Player(called, saved.layers, FEATURE_SCALES, saved.board_height, saved.randomizer)


def rules_for(players: list[Player]) -> tuple[int, str]:
    """Board height and randomizer that suit all players.

    Raises:
        SettingError: two models were trained on different games.
    """
    models = [player for player in players if player.board_height is not None]
    for one, other in pairwise(models):
        if (one.board_height, one.randomizer) != (other.board_height, other.randomizer):
            games = [f"{player.name}: {player.board_height} rows, {player.randomizer}" for player in (one, other)]
            raise SettingError(f"Two models side by side must be trained on the same board and pieces; got {' and '.join(games)}.")
    return (models[0].board_height or 20, models[0].randomizer or "uniform") if models else (20, "uniform")


class Table:
    """The boards of all players on one sequence of pieces, and what is written of them."""

    def __init__(self, demo: Demo, players: list[Player]) -> None:
        self._demo, self._players = demo, players
        self._height, self._randomizer = rules_for(players)
        self._moments = moments_writer(demo)
        self._number = self._game = 0
        self._asked_seed: int | None = None
        self._seed = 0
        self._seats: list[Seat] = []
        self._compiled = CompiledGame()
        self._compiled.start()

    def begin(self, seed: int) -> None:
        """Begin anew with the pieces of a seed."""
        self._asked_seed, self._game = seed, 0
        self._deal(seed)

    def next_game(self) -> None:
        """Begin the next game; its seed follows from the one that was asked for."""
        from ..game.kernels import follow_up_seed  # noqa: PLC0415 - compiled: loaded by now, or waited for

        self._deal(follow_up_seed(self._asked_seed or 0, 0, self._game))

    def _deal(self, seed: int) -> None:
        self._seed = seed
        self._game += 1
        self._seats = [Seat(player, seed, height=self._height, randomizer=self._randomizer) for player in self._players]
        self.show()

    @property
    def over(self) -> bool:
        """Whether every board is full."""
        return all(seat.over for seat in self._seats)

    def play(self, moves: int) -> None:
        """Make moves on every board that is not full."""
        for seat in self._seats:
            if self._compiled.loaded.is_set():
                seat.hasten()
            seat.play(moves)

    def show(self) -> None:
        """Write what the boards show."""
        self._number += 1
        self._moments.append_all([Moment(self._number, self._game, [seat.picture() for seat in self._seats])])

    def status(self, state: DemoState) -> DemoStatus:
        """What there is to say."""
        return DemoStatus(state, [player.name for player in self._players], self._height, self._seed)

    def close(self) -> None:
        """Write no more."""
        self._moments.close()


class Pacemaker:
    """Says when moves are due, and when the process ends.

    Args:
        demo: whose control it follows.
        clock: seconds that only grow.
    """

    def __init__(self, demo: Demo, clock: Callable[[], float] = time.monotonic) -> None:
        self._demo, self._clock = demo, clock
        self.control = demo.wanted()
        self._steps = self.control.steps
        self._looked_at, self._seen_at = demo.looked_at_ns(), clock()
        self._next_at = clock()
        self.stop = threading.Event()
        """Set by a signal."""

    def look(self) -> None:
        """Read what is wanted; a damaged file changes nothing."""
        looked_at = self._demo.looked_at_ns()
        if looked_at not in (self._looked_at, -1):
            self._looked_at, self._seen_at = looked_at, self._clock()
            try:
                self.control = self._demo.wanted()
            except (FormatError, OSError):
                return

    @property
    def ended(self) -> bool:
        """Whether the process was told to stop, or nobody looks any more."""
        return self.stop.is_set() or self.control.run == "stopped" or self._clock() - self._seen_at > PATIENCE_S

    def moves_due(self) -> int:
        """Moves to make now: 0 while it is not time yet; `FAST_MOVES` when there is no pace to keep."""
        control = self.control
        if control.run == "paused":
            due = min(max(0, control.steps - self._steps), FAST_MOVES - 1)  # the others are due at the next look
            self._steps += due
            self._next_at = self._clock()
            return due
        self._steps = control.steps
        if control.pieces_per_second is None:
            return FAST_MOVES
        now, interval_s = self._clock(), 1 / control.pieces_per_second
        if now < self._next_at:
            return 0
        late_s = CATCH_UP_S if self.skips_boards else interval_s / 2
        begin = max(self._next_at, now - late_s)  # a late move is made up for, a sleep is not
        due = min(1 + int((now - begin) / interval_s), FAST_MOVES - 1)
        self._next_at = begin + due * interval_s
        return due

    @property
    def skips_boards(self) -> bool:
        """Whether moves are made faster than boards are shown."""
        speed = self.control.pieces_per_second
        return self.control.run != "paused" and (speed is None or speed > SHOWN_PER_S)


def run_demo(demo: Demo, names: list[str], runs_dir: Path) -> bool:
    """Let players play until nobody looks, then delete the folder; returns whether it went well. A failure stays to be read."""
    lock = hold_run_lock(demo.files)
    try:
        demo.tell(DemoStatus("starting", names))
        table = Table(demo, [find_player(name, runs_dir) for name in names])
        pacemaker = Pacemaker(demo)
        handle_end_signals(lambda _: pacemaker.stop.set())
        _play(demo, table, pacemaker)
        table.close()
    except (ControlRoomError, OSError) as error:
        demo.tell(DemoStatus("failed", names, error=legible(described(error))))
        return False
    finally:
        lock.release()
    demo.delete()
    return True


def _play(demo: Demo, table: Table, pacemaker: Pacemaker) -> None:
    told: DemoStatus | None = None
    seed: int | None = None
    shown_at = over_since = 0.0
    unshown = False
    while not pacemaker.ended:
        pacemaker.look()
        if pacemaker.control.seed != seed:
            seed = pacemaker.control.seed
            table.begin(seed)
        status = table.status("paused" if pacemaker.control.run == "paused" else "playing")
        if status != told:
            demo.tell(status)
            told = status
        if table.over:
            over_since = over_since or time.monotonic()
            if pacemaker.control.run != "paused" and time.monotonic() - over_since > NEXT_GAME_AFTER_S:
                table.next_game()
                over_since = 0.0
            pacemaker.stop.wait(LOOK_INTERVAL_S)
            continue
        over_since = 0.0
        moves = pacemaker.moves_due()
        table.play(moves)
        unshown = unshown or moves > 0  # a pause shows what was passed over last
        if unshown and (not pacemaker.skips_boards or time.monotonic() - shown_at >= MOMENT_INTERVAL_S or table.over):
            shown_at, unshown = time.monotonic(), False
            table.show()
        if moves < FAST_MOVES:
            pacemaker.stop.wait(min(LOOK_INTERVAL_S, max(SHORTEST_WAIT_S, 0.5 / (pacemaker.control.pieces_per_second or 1))))
