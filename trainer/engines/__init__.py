"""Where trainers of the queue run: one module a kind of place, all behind the protocol in `engine.py`."""
