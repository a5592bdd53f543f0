"""The board: a canvas that plays the snapshots of the watched game."""
