"""Learning: stable-baselines3's DQN on afterstates, and the callbacks that record and steer it. The only folder that imports torch."""
