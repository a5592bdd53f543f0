"""Tetris, our own game and our own DQN: the default task."""
