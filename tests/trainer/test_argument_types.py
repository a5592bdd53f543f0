"""What options take and refuse."""

import os
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from trainer.argument_types import path, unicode_text, whole_number


def test_a_number_out_of_its_range_is_refused_with_the_range() -> None:
    assert whole_number(1)("12") == 12

    for text in ("0", "-1", "1.5", "x", "", "9" * 5_000, "1e3"):
        with pytest.raises(ArgumentTypeError, match=r"must be a whole number of at least 1; got"):
            whole_number(1)(text)
    with pytest.raises(ArgumentTypeError, match=r"from 0 to 1,000; got '1001'"):
        whole_number(0, 1_000)("1001")


def test_a_path_may_begin_with_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")

    assert path("~/runs") == Path("/home/somebody/runs")
    assert path("runs") == Path("runs")
    with pytest.raises(ArgumentTypeError, match="write it out"):
        path("~nobody-of-this-name/runs")


def test_a_name_must_be_utf_8() -> None:
    assert unicode_text("名前") == "名前"
    with pytest.raises(ArgumentTypeError, match="must be text in UTF-8"):
        unicode_text(os.fsdecode(b"\xff"))
