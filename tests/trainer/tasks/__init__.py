"""Tests of `trainer.tasks`."""
