"""Tests of the files that only runs in environments of Gymnasium have."""
