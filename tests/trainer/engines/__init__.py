"""Tests of the places where trainers run."""
