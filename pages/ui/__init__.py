"""What the pages share: the sidebar, charts, the board, the reading of runs, and texts."""
