"""The files that only a run of Tetris has: boards, recorded games, and models that play while somebody looks."""
