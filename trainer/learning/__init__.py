"""Learning: any learner of stable-baselines3, and the callbacks that record and steer it. It knows no task."""
