"""Statistics of runs: what several seeds say together, and whether one setting is better than another. Arrays in, numbers out."""
