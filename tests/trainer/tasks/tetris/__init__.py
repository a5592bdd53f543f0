"""Tests of `trainer.tasks.tetris`."""
