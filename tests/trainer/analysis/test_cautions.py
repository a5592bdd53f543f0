"""What is said before a comparison is believed."""

from dataclasses import replace
from typing import Any

from trainer.analysis.cautions import Members, cautions, refusal
from trainer.config import RunConfig
from trainer.run_files.config_file import ConfigFile, Parent


def _members(label: str, seeds: range, parent: Parent | None = None, **changes: Any) -> Members:
    settings = [RunConfig().to_json() | changes | {"seed": seed} for seed in seeds]
    return Members(label, {f"{label}{one['seed']}": ConfigFile("x", one["seed"], one, parent) for one in settings})


def test_five_different_seeds_each_need_no_caution() -> None:
    assert cautions(_members("A", range(5), gamma=0.5), _members("B", range(5))) == []


def test_different_boards_are_refused() -> None:
    a, b = _members("A", range(5), board_height=10), _members("B", range(5))
    assert refusal([a, b]) == (
        "Figures of different boards are never compared: A plays on 10 × 10, uniform pieces; B plays on 10 × 20, uniform pieces."
        " Choose runs of one board."
    )
    assert refusal([b, _members("C", range(5), randomizer="bag")]) != ""
    both = Members("both", {**a.configs, **b.configs})
    assert "both plays on 10 × 10, uniform pieces and 10 × 20, uniform pieces" in refusal([both, b])
    assert refusal([b, _members("C", range(5), gamma=0.5)]) == ""


def test_runs_that_are_the_same_on_both_sides_are_named() -> None:
    a = _members("A", range(5))
    (said,) = cautions(a, _members("B", range(4, 9)))
    assert said == "1 run of B is a copy of a run of A: the settings that are learned from and the seed are the same."
    (said,) = cautions(a, replace(a, label="B"))
    assert said.startswith("5 runs of B are copies of runs of A:")
    assert cautions(a, _members("B", range(5), log_every=7))[0].startswith("5 runs of B are copies")


def test_few_seeds_copies_forks_and_missing_values_are_named() -> None:
    a = Members("A", _members("A", range(1, 2)).configs, {"A1": ("x", "y")}, without_value=1)
    b = replace(_members("B", range(5), parent=Parent("z", "best", 100), gamma=0.5), without_value=2)
    assert cautions(a, b) == [
        "A: 3 copies of seed 1 count once: the run that got farthest stands for them.",
        "A has 1 independent run; below 5 an interval is narrower than the truth.",
        "5 runs of B began with the weights of another run: forks of one parent are not independent.",
        "1 run of A has no value up to this step and does not count.",
        "2 runs of B have no value up to this step and do not count.",
    ]


def test_runs_that_are_measured_otherwise_are_named() -> None:
    (said,) = cautions(_members("A", range(5), gamma=0.5, eval_max_pieces=100), _members("B", range(5)))
    assert said == "The runs are not measured alike: Evaluation cut (pieces) is 100 and 10000."
