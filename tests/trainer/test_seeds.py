"""Seeds as a person writes them."""

import pytest

from trainer.errors import SettingError
from trainer.seeds import ALLOWED, name_with_seed, name_without_seed, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", (7,)),
        ("0", (0,)),
        ("1-5", (1, 2, 3, 4, 5)),
        ("1\u20133", (1, 2, 3)),
        ("3-3", (3,)),
        ("1,4,9", (1, 4, 9)),
        (" 9, 4-6 ,1 ", (9, 4, 5, 6, 1)),
        ("2147483647", (2147483647,)),
        ("1-100", tuple(range(1, 101))),
    ],
)
def test_ranges_and_lists_are_read_in_their_order(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5-1", "seed must be a range that grows, 1-5; got '5-1'."),
        ("1-", f"seed must be {ALLOWED}; got '1-'."),
        ("", f"seed must be {ALLOWED}; got ''."),
        ("1,,2", f"seed must be {ALLOWED}; got '1,,2'."),
        ("1,000", f"seed must be {ALLOWED}; got '1,000'."),
        ("-3", f"seed must be {ALLOWED}; got '-3'."),
        ("1.5", f"seed must be {ALLOWED}; got '1.5'."),
        ("\u0661", f"seed must be {ALLOWED}; got '\u0661'."),
        (
            "1-10000",
            f"seed must be {ALLOWED}; '1-10000' is more than 100.",
        ),
        (
            "1-60,70-130",
            f"seed must be {ALLOWED}; '1-60,70-130' is more than 100.",
        ),
        ("1-3,2", "seed must name each seed once; '1-3,2' names 2 more than once."),
        ("2147483648", f"seed must be {ALLOWED}; got '2147483648'."),
        ("9" * 5_000, f"seed must be {ALLOWED}; got '" + "9" * 59 + "."),
    ],
)
def test_anything_else_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SettingError) as refused:
        parse_seeds(text)
    assert str(refused.value) == sentence


def test_runs_of_several_seeds_are_told_apart_and_called_by_one_name_together() -> None:
    names = [name_with_seed("First try", seed, (1, 21)) for seed in (1, 21)]
    assert names == ["First try, seed 1", "First try, seed 21"]
    assert [name_without_seed(name, seed) for name, seed in zip(names, (1, 21), strict=True)] == ["First try"] * 2
    assert name_with_seed("First try", 1, (1,)) == "First try"
    assert (name_with_seed("", 1, (1,)), name_with_seed("", 1, (1, 2))) == ("", "Seed 1")
    assert name_without_seed("First try, seed 1", 2) == "First try, seed 1"
    assert name_without_seed("Imported", None) == "Imported"
