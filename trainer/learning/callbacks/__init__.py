"""What happens at every step of training: one callback, one concern. They know stable-baselines3, not Tetris."""
