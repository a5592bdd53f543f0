"""Tests of `trainer.analysis`."""
