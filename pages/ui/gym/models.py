"""What only models of environments of Gymnasium have on the models page; see `pages.ui.models.task_parts`."""

from collections.abc import Mapping
from typing import Any

from pages.ui.models.task_parts import ModelParts, load_by_any
from trainer.tasks.gym.algorithms import ALGORITHMS

NORMALIZED = """
# it has learned from normalised observations: with "mean" and "var" of normalization.json in the file, give it
# clip((observation - mean) / sqrt(var + 1e-8), -10, 10); play.py of a bundle does so
"""


def loading(file_name: str, settings: Mapping[str, Any]) -> str:
    """How a model is loaded in Python, by the class that trained it."""
    algorithm = ALGORITHMS.get(str(settings.get("algo")))
    if algorithm is None:
        return load_by_any(file_name, settings)
    name = algorithm.class_name
    normalized = NORMALIZED if str(settings.get("normalize")).startswith("observations") else ""
    return f"""from {algorithm.module} import {name}

model = {name}.load("{file_name}", device="cpu")
action, state = model.predict(observation, deterministic=True)
{normalized}"""


PARTS = ModelParts(
    loading=loading,
    evaluation_help="An episode that an environment cuts at its limit of steps counts as truncated, with the reward so far.",
)
