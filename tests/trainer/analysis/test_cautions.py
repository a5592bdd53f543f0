"""What is said before a comparison is believed."""

from dataclasses import replace
from typing import Any

from trainer.analysis.cautions import Members, cautions, refusal
from trainer.run_files.config_file import ConfigFile, Parent
from trainer.tasks.tetris.about import TetrisSettings


def _members(label: str, seeds: range, parent: Parent | None = None, **changes: Any) -> Members:
    settings = [TetrisSettings().to_json() | changes | {"seed": seed} for seed in seeds]
    return Members(label, {f"{label}{one['seed']}": ConfigFile("x", one["seed"], "tetris", one, parent) for one in settings})


def test_five_different_seeds_each_need_no_caution() -> None:
    assert cautions(_members("A", range(5), gamma=0.5), _members("B", range(5))) == []


def test_different_problems_are_refused() -> None:
    a, b = _members("A", range(5), board_height=10), _members("B", range(5))
    assert refusal([a, b]) == (
        "Figures of different problems are never compared: A trains on Tetris (10 × 10, uniform pieces);"
        " B trains on Tetris (10 × 20, uniform pieces). Choose runs of one problem."
    )
    assert refusal([b, _members("C", range(5), randomizer="bag")]) != ""
    both = Members("both", {**a.configs, **b.configs})
    assert "both trains on Tetris (10 × 10, uniform pieces) and Tetris (10 × 20, uniform pieces)" in refusal([both, b])
    assert refusal([b, _members("C", range(5), gamma=0.5)]) == ""


def test_runs_that_are_the_same_on_both_sides_are_named() -> None:
    a = _members("A", range(5))
    (said,) = cautions(a, _members("B", range(4, 9)))
    assert said == "1 run of B is a copy of a run of A: the settings that are learned from and the seed are the same."
    (said,) = cautions(a, replace(a, label="B"))
    assert said.startswith("5 runs of B are copies of runs of A:")
    assert cautions(a, _members("B", range(5), log_every=7))[0].startswith("5 runs of B are copies")


def test_few_seeds_copies_forks_and_missing_values_are_named() -> None:
    a = Members("A", _members("A", range(1, 3)).configs, {"A1": ("x", "y")}, without_value=1)
    b = replace(_members("B", range(5), parent=Parent("z", "best", 100), gamma=0.5), without_value=2)
    assert cautions(a, b) == [
        "A: 3 copies of seed 1 count once: the run that got farthest stands for them.",
        "A has 1 independent run with a value; below 5 an interval is narrower than the truth.",
        "B has 3 independent runs with a value; below 5 an interval is narrower than the truth.",
        "5 runs of B began with the weights of another run: forks of one parent are not independent.",
        "1 run of A has no value up to this step and does not count.",
        "2 runs of B have no value up to this step and do not count.",
    ]


def test_runs_that_are_measured_otherwise_are_named() -> None:
    (said,) = cautions(_members("A", range(5), gamma=0.5, eval_max_pieces=100), _members("B", range(5)))
    assert said == "The runs are not measured alike: Truncate evaluation games (pieces) is 100 and 10000."


def _mixed(label: str, slow: int, fast: int, **changes: Any) -> Members:
    """Runs of two learning rates."""
    first = _members(f"{label} slow ", range(slow), learning_rate=1e-4, **changes)
    second = _members(f"{label} fast ", range(fast), learning_rate=1e-2, **changes)
    return Members(label, {**first.configs, **second.configs}, strata=[0] * slow + [1] * fast)


def test_another_setting_that_is_unequally_mixed_is_named() -> None:
    b = _mixed("B", 5, 5)
    assert cautions(_mixed("A", 5, 5, gamma=0.5), b) == []
    assert cautions(_mixed("A", 6, 6, gamma=0.5), b) == []
    (unequal,) = cautions(_mixed("A", 7, 3, gamma=0.5), b)
    assert unequal == "A and B mix “Learning rate” unequally: a part of what is shown may come from that."
    (missing,) = cautions(_mixed("A", 5, 0, gamma=0.5), b)
    assert missing == (
        "A and B mix “Learning rate” unequally: a part of what is shown may come from that, and runs that differ in it are paired too."
    )
