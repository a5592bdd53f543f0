"""The axes that the metrics of a run are drawn over; the metrics themselves are those of its task (see `trainer.tasks.about`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class XAxis:
    """One thing to draw over."""

    label: str
    title: str
    column: str
    per_unit: float = 1.0


X_AXES: dict[str, XAxis] = {
    "steps": XAxis("Environment steps", "environment steps", "step"),
    "updates": XAxis("Gradient steps", "gradient steps", "updates"),
    "active": XAxis("Active time", "active time (min)", "active_seconds", 60.0),
    "relative": XAxis("Time with pauses", "time of training, with pauses (min)", "wall_seconds", 60.0),
    "wall": XAxis("Date and time", "date and time, where you are", "at"),
}
DEFAULT_X, DATE_AXIS = "steps", "wall"
