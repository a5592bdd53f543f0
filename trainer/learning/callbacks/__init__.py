"""What happens at every step and every rollout of training: one stable-baselines3 callback, one concern."""
