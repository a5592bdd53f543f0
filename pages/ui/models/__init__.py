"""The models page: the leaderboard, one model in detail, and the background work on models."""
