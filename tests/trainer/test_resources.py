"""What the system grants this process, from files as the kernel writes them."""

import os
from pathlib import Path

import pytest

from trainer import resources
from trainer.resources import memory_limit, oom_kills, usable_cores


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose files stand for the kernel's."""
    monkeypatch.setattr(resources, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(resources, "OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(resources, "VMSTAT", tmp_path / "vmstat")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    return tmp_path


def write(path: Path, text: str) -> None:
    """Write a file and the folders to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.usefixtures("system")
def test_without_control_groups_the_affinity_counts() -> None:
    assert usable_cores() == 8
    assert memory_limit() is None
    assert oom_kills() == (0, 0)


@pytest.mark.parametrize(("quota", "cores"), [("max 100000", 8), ("150000 100000", 2), ("10000 100000", 1), ("9000000 100000", 8)])
def test_a_quota_of_cpu_time_limits_the_cores(system: Path, quota: str, cores: int) -> None:
    write(system / "own", "0::/user.slice/a.service\n")
    write(system / "cgroup" / "user.slice" / "a.service" / "cpu.max", f"{quota}\n")

    assert usable_cores() == cores


def test_the_narrowest_group_counts_and_so_do_those_around_it(system: Path) -> None:
    write(system / "own", "0::/outer/inner\n")
    write(system / "cgroup" / "outer" / "cpu.max", "200000 100000\n")
    write(system / "cgroup" / "outer" / "inner" / "cpu.max", "400000 100000\n")
    write(system / "cgroup" / "outer" / "memory.max", "1000000\n")
    write(system / "cgroup" / "outer" / "inner" / "memory.max", "max\n")
    write(system / "cgroup" / "outer" / "inner" / "memory.events", "low 0\noom 3\noom_kill 2\n")
    write(system / "vmstat", "pgfree 77\noom_kill 5\n")

    assert usable_cores() == 2
    assert memory_limit() == 1_000_000
    assert oom_kills() == (2, 5)


def test_the_first_version_of_control_groups_is_read_too(system: Path) -> None:
    write(system / "own", "4:memory:/job\n3:cpu,cpuacct:/job\n")  # in a container the group itself is not to be seen, only its top
    write(system / "cgroup" / "cpu,cpuacct" / "unread", "")
    write(system / "cgroup" / "cpu" / "cpu.cfs_quota_us", "300000\n")
    write(system / "cgroup" / "cpu" / "cpu.cfs_period_us", "100000\n")
    write(system / "cgroup" / "memory" / "job" / "memory.limit_in_bytes", "2000000\n")
    write(system / "cgroup" / "memory" / "memory.limit_in_bytes", "9223372036854771712\n")
    write(system / "cgroup" / "memory" / "job" / "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")

    assert usable_cores() == 3
    assert memory_limit() == 2_000_000
    assert oom_kills()[0] == 1


def test_files_that_nobody_expects_limit_nothing(system: Path) -> None:
    write(system / "own", "0::/\n")
    write(system / "cgroup" / "cpu.max", "\n")
    write(system / "cgroup" / "memory.max", "many\n")
    write(system / "vmstat", "oom_kill\n")

    assert usable_cores() == 8
    assert memory_limit() is None
    assert oom_kills() == (0, 0)
