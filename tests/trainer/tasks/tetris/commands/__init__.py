"""Tests of `trainer.tasks.tetris.commands`."""
