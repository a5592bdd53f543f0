"""The sweeps page.

Search for good settings, and see what a search has found and how far it can be trusted.
"""
