"""Control Room's trainer: the game, the learner, and the files through which both are watched and steered."""
