"""Trainings in scripts of users."""
