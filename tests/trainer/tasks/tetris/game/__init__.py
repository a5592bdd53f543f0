"""Tests of the rules of Tetris and of everything that plays it."""
