"""Tests of `trainer.tasks.tetris.learner`."""
