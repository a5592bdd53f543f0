"""A learner that a script of the user's own trains, with one callback: it is recorded and steered where it is."""
