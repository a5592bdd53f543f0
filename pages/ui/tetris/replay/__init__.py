"""What only the replay page of Tetris has: its board, what the network made of every placement, its pictures."""
