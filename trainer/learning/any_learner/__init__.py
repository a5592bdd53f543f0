"""What serves any learner of stable-baselines3 in environments of Gymnasium: its state, its evaluation, its pictures."""
