"""Runs that other programs have logged: recognised by content, read as data, kept as run directories.

One module a format; `recognise` is their registry, `write_run` makes the run, `follow` keeps it up to
date. Nothing of a source is executed or unpickled, and only regular files are opened. What is damaged
costs its rows, and is counted.
"""
