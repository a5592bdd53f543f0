"""The replay page: recorded episodes, played again."""
