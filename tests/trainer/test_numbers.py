"""How numbers and lengths of time are written, up to the largest and the smallest there are: no digit is lost that tells something."""

import math

import pytest

from trainer.numbers import (
    MISSING,
    compact,
    count,
    digits,
    duration,
    exact,
    file_size,
    interval,
    listed,
    percent,
    rounded,
    share,
    short,
    signed,
)

NAN = float("nan")


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


def test_an_interval_is_given_in_full_or_why_there_is_none() -> None:
    assert interval((61.23, 1_234.5), in_full=True) == "95 % interval 61.2 to 1,234.5"
    assert interval((14.0, 14.0), in_full=True) == "all episodes alike, so no interval"
    for none in (None, (NAN, NAN), (None, None)):
        assert interval(none, in_full=True) == "one episode, so no interval"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, MISSING), (NAN, MISSING), (float("inf"), MISSING), (0, "0"), (-0.0, "0"), (1, "1"), (87.54, "87.5"), (99.96, "100"),
        (123.4, "123"), (0.0123, "0.0123"), (0.00001234, "0.0000123"), (9_876, "9,876"), (9_876.4, "9,876"), (12_345, "12.3k"),
        (999_400, "999k"), (999_600, "1.00M"), (2_000_000, "2.00M"), (1_234_567, "1.23M"), (5e9, "5.00B"), (-45.6, "-45.6"),
        (-12_345, "-12.3k"), (5e12, "5.00e12"), (1e300, "1.00e300"), (-1.7976931348623157e308, "-1.80e308"), (1.23e-300, "1.23e-300"),
        (9.996e-7, "1.00e-6"),
    ],
)  # fmt: skip
def test_a_number_is_short_and_never_wrong_by_more_than_its_last_digit(value: float | None, text: str) -> None:
    assert compact(value) == text


def test_a_count_is_written_in_full_as_long_as_a_float_can_hold_it() -> None:
    assert exact(81_920) == "81,920"
    assert exact(2**53 - 1) == "9,007,199,254,740,991"
    assert exact(1e300) == "1.000000e300"
    assert exact(None) == exact(NAN) == MISSING


def test_a_difference_has_a_sign_unless_it_is_0() -> None:
    assert [signed(value) for value in (12.34, -12.34, 0.0, -0.0, 1e300, -1e-9)] == ["+12.3", "−12.3", "0", "0", "+1.00e300", "−1.00e-9"]


def test_an_interval_says_that_it_is_one_or_why_there_is_none() -> None:
    assert interval((48.0, 78.25)) == "95 %: 48 to 78.2"
    assert interval((1e299, 1e300)) == "95 %: 1.00e299 to 1.00e300"
    assert interval((14.0, 14.0)) == "all episodes alike"
    assert interval(None) == interval((NAN, NAN)) == interval((None, None)) == "one episode: no interval"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.01, "< 0.1 s"), (5.21, "5.2 s"), (59.7, "1 min"), (200, "3 min 20 s"), (7_500, "2 h 5 min"), (90_000, "1 d 1 h"),
        (-1, MISSING), (NAN, MISSING), (math.inf, MISSING), (1e300, "1.16e295 d"),
    ],
)  # fmt: skip
def test_a_duration_has_at_most_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_share_is_only_0_or_100_percent_when_it_is_none_or_all() -> None:
    assert [percent(value) for value in (0.0, 0.0042, 0.29, 0.41, 0.9999, 1.0)] == ["0 %", "0.4 %", "29 %", "41 %", "99 %", "100 %"]
    assert [percent(value) for value in (0.0001, 0.09999, NAN)] == ["< 0.1 %", "9.9 %", MISSING]
    assert [share(value) for value in (0.0, 0.001, 0.5, 0.994, 0.9951, 1.0)] == ["0 %", "< 1 %", "50 %", "99 %", "> 99 %", "100 %"]
    assert share(NAN) == MISSING


def test_one_is_no_plural() -> None:
    assert [count(number, "run") for number in (0, 1, 2, 1_000)] == ["0 runs", "1 run", "2 runs", "1,000 runs"]
    assert count(2, "copy", "copies") == "2 copies"
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 kB"), (340_000, "340 kB"), (999_400, "999 kB"), (2_540_000, "2.5 MB"), (1_240_000_000_000, "1,240.0 GB")]
)
def test_a_file_is_as_large_as_a_person_reads_it(size: int, words: str) -> None:
    assert file_size(size) == words
