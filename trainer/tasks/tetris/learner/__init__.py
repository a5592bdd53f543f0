"""How Tetris is learned: stable-baselines3's DQN on afterstates, its games, and how good it is."""
