"""What only a training of Tetris does at every step."""
