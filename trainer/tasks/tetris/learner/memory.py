"""What of a run takes memory by its settings, and what to do when there is not enough."""

from ..about import TetrisSettings
from ..game.features import N_FEATURES
from ..game.pieces import MAX_PLACEMENTS

TRANSITION_BYTES = 2 * MAX_PLACEMENTS * N_FEATURES * 2 + 22  # two observations of int16; action, reward, ends, and the move twice
GIGA = 1e9


def memory_advice(config: TetrisSettings) -> str:
    """One sentence: which setting takes most of the memory, and what helps; for a run that had not enough."""
    needs = memory_needs(config)
    name = max(needs, key=needs.__getitem__)
    label, value = next(one.label for one in config.described() if one.name == name), getattr(config, name)
    return (
        f"Of its settings “{label}” needs the most: {name} {value:,} takes about {needs[name] / GIGA:.1f} GB. "
        "Resume it where more memory is free, or start a new run with a smaller one."
    )


def memory_needs(config: TetrisSettings) -> dict[str, int]:
    """Bytes that grow with a setting, by its name; beside them torch and the compiled game take about half a gigabyte.

    A network's values of all placements of a position are held at once: in a gradient step for each transition of the batch, in
    a move for each game.
    """
    position = MAX_PLACEMENTS * (N_FEATURES + sum(config.net_arch)) * 4  # float32
    return {
        "buffer_size": config.buffer_size * TRANSITION_BYTES,
        "batch_size": config.batch_size * position,
        "n_envs": config.n_envs * position,
    }
