"""How good the published players are on this project's game; `--write` stores it for the lines in the app's charts.

    python -m tests.benchmarks.players [--write] [--json PATH]

On 10×10 every game is played to its end. On 10×20 good players' games last for hundreds of millions of pieces: they are truncated.
"""

from dataclasses import asdict

import orjson

from pages.ui.tetris.references import FIGURES, Reference
from tests.benchmarks.measuring import Figure, arguments_parser, report
from trainer.tasks.tetris.commands.report import evaluate_player
from trainer.tasks.tetris.game.published import PLAYERS

SEED = 1
BOARDS = {10: (1_000, 0), 20: (20, 1_000_000)}
"""Rows: games, and the number of pieces after which they are truncated."""


def measured(player: str, height: int, games: int, max_pieces: int) -> Reference:
    """One player on one board."""
    result = evaluate_player(player, height=height, games=games, seed=SEED, max_pieces=max_pieces)
    return Reference(
        player=player,
        board_height=height,
        randomizer=result["settings"]["randomizer"],
        episodes=games,
        seed=SEED,
        max_pieces=max_pieces,
        truncated_episodes=result["truncated_episodes"],
        mean_lines=result["named"]["mean_lines"],
        ci95=(result["named"]["lines_ci95_low"], result["named"]["lines_ci95_high"]),
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and perhaps store."""
    parser = arguments_parser(__doc__ or "")
    parser.add_argument("--write", action="store_true", help="store the figures for the app")
    parser.add_argument("--games", type=int, metavar="N", help="games a player and board (default: 1,000 on 10×10, 20 on 10×20)")
    options = parser.parse_args(arguments)
    references = [
        measured(player, height, options.games or games, max_pieces) for height, (games, max_pieces) in BOARDS.items() for player in PLAYERS
    ]
    report("Published players, mean of games of set B and its 95 % interval", [_figure(one) for one in references], options.json)
    if options.write:
        FIGURES.write_bytes(
            orjson.dumps({"version": 1, "players": [asdict(one) for one in references]}, option=orjson.OPT_INDENT_2) + b"\n"
        )


def _figure(one: Reference) -> Figure:
    low, high = one.ci95
    truncated = f", {one.truncated_episodes} of {one.episodes} games truncated" if one.truncated_episodes else ""
    return Figure(f"{one.player} on 10×{one.board_height}{truncated}", "lines", [low, one.mean_lines, high])


if __name__ == "__main__":
    main()
