"""What only Tetris has: the board, recorded games, models that play while somebody looks, and the game against one."""
