"""Sweeps, with runs that are simulated: time passes when the sweep sleeps."""
