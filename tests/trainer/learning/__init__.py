"""Tests of `trainer.learning`."""
