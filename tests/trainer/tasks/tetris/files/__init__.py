"""Tests of `trainer.tasks.tetris.files`."""
