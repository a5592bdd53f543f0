"""Numbers as they are written: no digit is lost, or none that tells something."""

import pytest

from trainer.numbers import digits, interval_words, rounded, short


@pytest.mark.parametrize(
    "value", [0, -7, 2**31 - 1, 2**53 + 1, 2**63, 10**30, 0.04, 1e-300, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, -0.5, 3.0]
)
def test_a_number_to_its_last_digit_is_read_back_the_same(value: float) -> None:
    written = digits(value)
    assert type(value)(written.replace(",", "")) == value
    assert not written.endswith(".0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (0.04, "0.04"), (0.012345, "0.0123"), (1.23456, "1.23"), (87.54321, "87.5"), (1_234.5678, "1,234.6"),
        (1e300, "1e+300"), (-0.04, "-0.04"),
    ],
)  # fmt: skip
def test_a_result_has_the_digits_that_tell_something(value: float, text: str) -> None:
    assert short(value) == text
    assert rounded(float("inf")) == float("inf")


def test_an_interval_is_given_in_words_or_why_there_is_none() -> None:
    assert interval_words((61.23, 1_234.5)) == "95 % interval 61.2 to 1,234.5"
    assert interval_words((14.0, 14.0)) == "all games alike, so no interval"
    assert interval_words(None) == "one game, so no interval"
