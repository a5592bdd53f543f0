"""Tests of the engine that places runs on a Ray cluster."""
