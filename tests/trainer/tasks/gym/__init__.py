"""Tests of environments of Gymnasium and the algorithms."""
