"""A node that would learn something else gets no run, and the sentence says what differs."""

from trainer.engines.ray.versions import CODE, versions, why_unfit


def test_versions_name_what_decides_what_is_learned() -> None:
    assert {"python", "torch", "numpy", "stable-baselines3", "sb3-contrib", "gymnasium", "Control Room", CODE} <= set(versions())


def test_a_node_with_the_same_versions_is_fit_whatever_else_it_has() -> None:
    assert why_unfit("far", "", {"python": "3.11.7", "more": "1"}, {"python": "3.11.7"}) is None


def test_what_differs_is_said_in_one_sentence() -> None:
    theirs = {"python": "3.12.1", "numpy": "2.2.0", "torch": "2.13.0"}
    assert why_unfit("far", "", theirs, {"python": "3.11.7", "numpy": "2.2.0", "torch": "2.13.0", "ray": "2.60.0"}) == (
        "No run is placed on the node far: it has python 3.12.1 and not 3.11.7, ray (none) and not 2.60.0. "
        "Install there what is installed here."
    )
    assert why_unfit("far", "Control Room is not installed there", {}, {"python": "3.11.7"}) == (
        "No run is placed on the node far: Control Room is not installed there. Install there what is installed here."
    )
