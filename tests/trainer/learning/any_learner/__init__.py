"""Tests of what serves any learner."""
