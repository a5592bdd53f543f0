"""The replay page of Tetris: the board that plays a recorded game, and what is known about it."""

from pathlib import Path

import streamlit as st

from pages.ui.guard import fragment
from pages.ui.replay.export import Footage, draw_export
from pages.ui.replay.player import Jump, Player, mount_player
from pages.ui.replay.recordings import Chosen
from pages.ui.tetris.board.board import BOARD_VIEW, looks
from pages.ui.tetris.replay.picture import draw, palette
from pages.ui.tetris.replay.timeline import Timeline, timeline_of
from pages.ui.tetris.replay.values import values_curve
from pages.ui.text import escaped
from trainer.numbers import compact, count, exact
from trainer.tasks.tetris.files.replays import Recording, read_recording

ELEMENT = "replay"
SPEEDS = (1, 2, 5, 10, 20, 30, 60, 100, 200, 500, 1_000)  # pieces per second
FIRST_SPEED = 10
FASTEST_FILM = 60  # pieces per second
FIRST_PIECES, MAX_PIECES = 200, 3_000  # of an export: a minute and a half at the pace of most
CLEAR, DROP = "clear", "drop"


class TetrisReplay:
    """Recorded games of Tetris; see `ReplayParts`."""

    episode, place = "game", "piece"

    def read(self, path: Path) -> Recording:
        """Read a recording."""
        return read_recording(path)

    def labels(self, recording: Recording) -> list[str]:
        """What each game is called in a list."""
        return [_label(recording, number) for number in range(len(recording.games))]

    def best(self, recording: Recording) -> int:
        """The game with the most lines."""
        return max(range(len(recording.games)), key=lambda number: recording.games[number].lines)

    def draw(self, chosen: Chosen[Recording]) -> None:
        """Draw the board, the curve of values, the facts and the export."""
        with st.spinner("Playing the game again…"):
            timeline = timeline_of(chosen)
        _draw_timeline(chosen, timeline)
        _draw_facts(chosen, timeline)
        draw_export(chosen, _footage(timeline))


PARTS = TetrisReplay()


def _label(recording: Recording, number: int) -> str:
    game = recording.games[number]
    beginning = ", only its beginning is kept" if len(game.moves) < game.pieces else ""
    truncated = ", truncated" if game.truncated else ""
    return f"Game {number + 1}: {exact(game.lines)} lines, {compact(game.pieces)} pieces{truncated}{beginning}"


@fragment
def _draw_timeline(chosen: Chosen[Recording], timeline: Timeline) -> None:
    """The board and its controls; what they ask for makes only this part run again."""
    with st.container(key="stage"):
        mount_player(ELEMENT, player_of(chosen, timeline), BOARD_VIEW)


def player_of(chosen: Chosen[Recording], timeline: Timeline) -> Player:
    """What plays a game."""
    recording, episode = chosen.recording, chosen.file.episode
    valued = timeline.network is not None
    return Player(
        key=chosen.key,
        name=f"game {chosen.number + 1}" if episode is None else f"game {exact(episode)}",
        place=PARTS.place,
        last=timeline.last,
        frames=timeline.frames,
        speeds={exact(speed): speed for speed in SPEEDS},
        speed=str(FIRST_SPEED),
        per="pieces/s",
        jumps=(
            Jump(CLEAR, "Next clear", "to where the next line has just been cleared", "c"),
            Jump(DROP, "Biggest drop", "to where the network's value begins its deepest fall", "d", possible=valued),
        ),
        find=lambda what, at, number: _found(timeline, what, at, number),
        curve=values_curve(timeline),
        looks=looks()
        | {
            "odds": True,
            "height": recording.board_height,
            "ceiling": recording.ceiling if recording.ceiling < recording.board_height else None,
        },
    )


def _found(timeline: Timeline, what: str, at: int, number: int) -> tuple[int | None, str]:
    if what == CLEAR:
        found = timeline.next_clear(at, number)
        if found is None:
            return None, "No later piece clears a line."
        return found, f"Piece {exact(found)} has just cleared {count(timeline.lines_cleared(found), 'line')}."
    drop = timeline.biggest_drop()
    if drop is None:
        return None, "The network's value never falls in this game."
    return drop.first, (
        f"Piece {exact(drop.first)}: from here to piece {exact(drop.last)} the network's value falls with every placement, from "
        f"{drop.before:.4g} to {drop.after:.4g} (0 lost, 1 safe). No other unbroken fall in this game is deeper."
    )


def _footage(timeline: Timeline) -> Footage:
    return Footage(
        episode="game",
        image=lambda place: draw(timeline.frames(place, 1)[0]),
        last=timeline.last,
        place="piece",
        first_number=FIRST_PIECES,
        most=MAX_PIECES,
        per_second=FIRST_SPEED,
        fastest=FASTEST_FILM,
        palette=palette,
    )


def _draw_facts(chosen: Chosen[Recording], timeline: Timeline) -> None:
    recording, game = chosen.recording, chosen.recording.games[chosen.number]
    facts = [
        f"seed {game.seed}",
        f"board 10 × {recording.board_height}",
        f"pieces {recording.randomizer}",
        f"{'ended at' if chosen.file.episode is not None else 'network of'} step {exact(recording.step)}",
    ]
    if recording.ceiling < recording.board_height:
        facts.append(f"ends above row {recording.ceiling}")
    if timeline.last < game.pieces:
        facts.append(f"only the first {exact(timeline.last)} of its {exact(game.pieces)} pieces are kept")
    if recording.layers is None:
        facts.append("a training game explores: the network's values are not recorded")
    st.caption(
        " · ".join(escaped(fact, limit=120) for fact in facts) + "  \nThe address of this page is a link to this piece of this game."
    )
