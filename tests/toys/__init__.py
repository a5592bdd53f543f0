"""Toys: tasks of somebody else's, as the trainer and the app find them when this folder is on the path."""
