"""The replay page: recorded games, played again."""
