"""Notifications: what in a run is worth a message, the detached process that sends it, and the only place that imports Apprise."""
