"""Which runs are trained elsewhere."""

from pathlib import Path

from trainer.run_files.placements import (
    Placement,
    engines_with_placements,
    is_placed,
    list_placements,
    read_placement,
    remove_placement,
    write_placement,
)


def test_a_placement_is_kept_beside_the_runs_until_it_is_removed(tmp_path: Path) -> None:
    assert list_placements(tmp_path) == {}
    placement = Placement("ray:10.0.0.7:6379", 3, node="far")
    write_placement(tmp_path, "20261127-120000-run", placement)
    assert (
        (tmp_path / ".placed" / "20261127-120000-run.json").read_text()
        == """{
  "version": 4,
  "on": "ray:10.0.0.7:6379",
  "control_seq": 3,
  "token": "",
  "node": "far"
}
"""
    )
    assert list_placements(tmp_path) == {"20261127-120000-run": placement}
    assert is_placed(tmp_path, "20261127-120000-run")
    remove_placement(tmp_path, "20261127-120000-run")
    remove_placement(tmp_path, "20261127-120000-run")
    assert read_placement(tmp_path, "20261127-120000-run") is None
    assert list_placements(tmp_path) == {}
    assert not is_placed(tmp_path, "20261127-120000-run")


def test_which_engines_have_runs_is_told_anew_after_each_change(tmp_path: Path) -> None:
    assert engines_with_placements(tmp_path) == ()
    for number, on in enumerate(("ray", "ray:10.0.0.7:6379", "ray")):
        write_placement(tmp_path, f"20261127-120000-run-{number}", Placement(on, 1))
    assert engines_with_placements(tmp_path) == ("ray", "ray:10.0.0.7:6379")
    remove_placement(tmp_path, "20261127-120000-run-1")
    assert engines_with_placements(tmp_path) == ("ray",)


def test_a_damaged_placement_is_none(tmp_path: Path) -> None:
    write_placement(tmp_path, "20261127-120000-run", Placement("ray", 1))
    (tmp_path / ".placed" / "20261127-120000-run.json").write_text("{")
    (tmp_path / ".placed" / "other.txt").write_text("")
    assert list_placements(tmp_path) == {}
