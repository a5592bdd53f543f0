"""A report belongs to the model that played, and to no other one."""

from dataclasses import replace

import pytest

from tests.trainer.run_files.faults import every_prefix, full_disk
from trainer.errors import FormatError
from trainer.run_files.reports import Report, earlier_report, has_report, read_report, save_report
from trainer.run_files.run_directory import RunDirectory

FIRST, SECOND = "a" * 64, "b" * 64
REPORT = Report(
    sha256=FIRST, model="best", step=81920, episodes=100, seed=1, mean_reward=1299.5, ci95=(1000.5, 1600.0), median_reward=760.0,
    max_reward=5300.0, mean_length=1300.25, truncated_episodes=0, steps_per_second=250000.0, seconds=0.5,
    settings={"board_height": 20, "randomizer": "uniform"},
    named={"mean_lines": 512.5, "lines_ci95_low": 400.5, "lines_ci95_high": 620.0, "median_lines": 300.0, "max_lines": 2100},
    made_at="2026-11-23T15:04:05.123Z",
)  # fmt: skip
GOLDEN = b"""{
  "version": 4,
  "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "model": "best",
  "step": 81920,
  "episodes": 100,
  "seed": 1,
  "mean_reward": 1299.5,
  "ci95": [
    1000.5,
    1600.0
  ],
  "median_reward": 760.0,
  "max_reward": 5300.0,
  "mean_length": 1300.25,
  "truncated_episodes": 0,
  "steps_per_second": 250000.0,
  "seconds": 0.5,
  "settings": {
    "board_height": 20,
    "randomizer": "uniform"
  },
  "named": {
    "mean_lines": 512.5,
    "lines_ci95_low": 400.5,
    "lines_ci95_high": 620.0,
    "median_lines": 300.0,
    "max_lines": 2100
  },
  "made_at": "2026-11-23T15:04:05.123Z"
}
"""


def test_a_report_is_kept_under_the_hash_of_its_model(run: RunDirectory) -> None:
    save_report(run, REPORT)
    assert (run.reports / f"{FIRST}.json").read_bytes() == GOLDEN
    assert read_report(run, FIRST) == REPORT
    assert has_report(run, FIRST)


def test_a_newer_model_has_no_report_and_the_earlier_one_is_still_there(run: RunDirectory) -> None:
    save_report(run, REPORT)
    save_report(run, replace(REPORT, sha256=SECOND, model="before-lunch", made_at="2026-11-23T16:00:00.000Z"))
    assert read_report(run, "c" * 64) is None
    assert earlier_report(run, "best") == REPORT
    assert earlier_report(run, "nobody") is None


def test_a_damaged_report_is_refused_and_passed_over_for_an_earlier_one(run: RunDirectory) -> None:
    save_report(run, REPORT)
    path = run.reports / f"{SECOND}.json"
    for content in (
        *every_prefix(GOLDEN.rstrip()),
        GOLDEN.replace(b"512.5", b'"x"'),
        GOLDEN.replace(b"4,", b"2,", 1),
        GOLDEN.replace(b"2100", b"1e301"),
    ):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"The report b+\.json is damaged: .* Evaluate the model again\."):
            read_report(run, SECOND)
        assert not has_report(run, SECOND)
    assert earlier_report(run, "best") == REPORT


def test_every_number_is_found_by_its_name_in_the_log_of_evaluations() -> None:
    assert [REPORT.value(name) for name in ("mean_lines", "mean_reward", "ci95_low", "ci95_high")] == [512.5, 1299.5, 1000.5, 1600.0]
    assert [REPORT.value(name) for name in ("nothing", "model", "settings")] == [None, None, None]
    assert replace(REPORT, ci95=None).value("ci95_low") is None


def test_a_hash_that_is_none_leads_nowhere(run: RunDirectory) -> None:
    (run.path / "outside.json").write_bytes(GOLDEN)
    assert read_report(run, "../outside") is None


def test_on_a_full_disk_the_old_report_stays(run: RunDirectory) -> None:
    save_report(run, REPORT)
    with full_disk(largest_file_bytes=100), pytest.raises(OSError, match="too large"):
        save_report(run, replace(REPORT, episodes=5))
    assert read_report(run, FIRST) == REPORT
