"""Tests of what is done with a saved model."""
