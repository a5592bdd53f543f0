"""A fork of an off-policy learner acts as its model does from its first step on, so that it goes on exploring where its parent was.

Such a learner makes `learning_starts` random steps, to fill its replay buffer, and DQN begins with ε = 1. For weights that have learned
nothing that is right. A fork fills its buffer, which is empty too, by its own actions; ε is the final one as long as nobody says another.
"""

import inspect
from typing import Any

from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

FIRST_EPS, LAST_EPS = "exploration_initial_eps", "exploration_final_eps"


class _ActsFromTheStart:
    def _sample_action(self, _learning_starts: int, *others: Any, **named: Any) -> Any:
        return super()._sample_action(0, *others, **named)  # type: ignore[misc]  # of the learner that this is mixed into


def as_fork(kind: type[Any], chosen: dict[str, Any]) -> tuple[type[Any], dict[str, Any]]:
    """The class of a learner and what it is given, for a run that begins with the weights of another.

    Args:
        kind: the class that a run of its own has.
        chosen: the hyperparameters that have a value.
    """
    if not issubclass(kind, OffPolicyAlgorithm):
        return kind, chosen
    known = inspect.signature(kind).parameters
    if FIRST_EPS in known and FIRST_EPS not in chosen:
        chosen = {**chosen, FIRST_EPS: chosen.get(LAST_EPS, known[LAST_EPS].default)}
    return type(kind.__name__, (_ActsFromTheStart, kind), {}), chosen
