"""How often the parts of a page that change while a run is trained are drawn again."""

INTERVALS: dict[str, float | None] = {"0.5 s": 0.5, "1 s": 1.0, "2 s": 2.0, "5 s": 5.0, "10 s": 10.0, "off": None}
DEFAULT_INTERVAL = "1 s"
HASTY_S = 0.3  # while a command is under way, a person waits for it
IDLE_S = 5.0  # nothing is being trained here, but a run may be started elsewhere
