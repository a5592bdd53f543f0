"""`monitor.csv`: the episodes of several environments as one run."""

from collections import Counter
from pathlib import Path

import pytest

from tests.trainer.importing.conftest import Truth
from trainer.errors import FormatError
from trainer.importing.logs import Episode
from trainer.importing.monitor import WINDOW, is_monitor, read_monitors, recent_means

HEAD = '#{"t_start": 1000.0, "env_id": "CartPole-v1"}\n'


def write(path: Path, *rows: str, started: float = 1000.0, columns: str = "r,l,t") -> Path:
    """A file as `Monitor` writes it."""
    path.write_text(f'#{{"t_start": {started}, "env_id": "CartPole-v1"}}\n{columns}\n' + "".join(f"{row}\n" for row in rows))
    return path


def test_every_episode_of_every_environment_is_there_with_its_values(trained: Truth) -> None:
    logs = read_monitors(sorted(trained.folder.glob("*.monitor.csv")))

    assert sorted((one.reward, one.length) for one in logs.episodes) == sorted((reward, length) for _, reward, length in trained.episodes)
    steps = [one.step for one in logs.episodes]
    assert steps == sorted(steps)
    assert steps[-1] == sum(length for _, _, length in trained.episodes)
    times = [one.wall_seconds for one in logs.episodes]
    assert times == sorted(times)
    assert logs.settings == {"env": "CartPole-v1", "n_envs": 2}
    assert not logs.lost


def test_files_are_merged_by_the_time_at_which_episodes_ended(tmp_path: Path) -> None:
    first = write(tmp_path / "0.monitor.csv", "1.0,10,1.0", "3.0,10,9.0")
    second = write(tmp_path / "1.monitor.csv", "2.0,20,2.5", started=1002.0)

    logs = read_monitors([first, second])

    assert logs.episodes == [Episode(10, 1.0, 1.0, 10, {}), Episode(30, 4.5, 2.0, 20, {}), Episode(40, 9.0, 3.0, 10, {})]
    assert logs.began_ms == 1_000_000


def test_a_program_that_was_started_again_goes_on_in_time(tmp_path: Path) -> None:
    logs = read_monitors([write(tmp_path / "monitor.csv", "1,5,1.0", "1,5,2.0", "1,5,0.5")])
    assert [one.wall_seconds for one in logs.episodes] == [1.0, 2.0, 2.5]


def test_what_the_environment_reports_is_kept_under_its_name(tmp_path: Path) -> None:
    logs = read_monitors([write(tmp_path / "monitor.csv", "1,5,1.0,True,0.25", columns="r,l,t,is_success,distance")])
    assert logs.episodes[0].named == {"is_success": True, "distance": 0.25}


def test_a_damaged_row_costs_itself_and_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "monitor.csv", "1,5,1.0", "x,5,1.5", "1,-5,1.5", "1,5", "nan,5,1.5", "2,5,2.0")
    path.write_text(path.read_text() + "3,5,2.")  # torn

    logs = read_monitors([path])

    assert [one.reward for one in logs.episodes] == [1.0, 2.0]
    assert logs.lost == Counter({"monitor.csv": 5})


@pytest.mark.parametrize(
    "head", ["#{}\n", "#{'t_start': 1}\n", '#{"t_start": "x"}\n', '#{"t_start": -4}\n', "#" + "[" * 100_000 + "\n", ""]
)
def test_a_file_without_a_beginning_is_refused(head: str, tmp_path: Path) -> None:
    (tmp_path / "monitor.csv").write_text(head + "r,l,t\n1,2,3\n")
    with pytest.raises(FormatError, match=r"^(t_start of )?monitor\.csv must "):
        read_monitors([tmp_path / "monitor.csv"])


def test_one_damaged_file_of_several_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "0.monitor.csv").write_text("#{}\nr,l,t\n")
    logs = read_monitors([tmp_path / "0.monitor.csv", write(tmp_path / "1.monitor.csv", "1,5,1.0")])
    assert len(logs.episodes) == 1
    assert logs.notes[0].startswith("0.monitor.csv must begin with")


def test_means_are_those_that_stable_baselines3_would_have_logged() -> None:
    episodes = [Episode(100 * (number + 1), number, float(number), 100, {}) for number in range(2 * WINDOW)]

    rows = recent_means(episodes)

    assert [row.step for row in rows] == [100, *range(500, 20_001, 500)]
    assert rows[-1].named == {"rollout/ep_rew_mean": sum(range(WINDOW, 2 * WINDOW)) / WINDOW, "rollout/ep_len_mean": 100.0}
    assert recent_means(episodes[:50]) == rows[: len(recent_means(episodes[:50]))], "rows only ever come to them"


def test_it_is_told_by_its_first_two_lines() -> None:
    assert is_monitor(HEAD.encode() + b"r,l,t\n")
    assert not is_monitor(b"r,l,t\n1,2,3\n")
    assert not is_monitor(HEAD.encode() + b"a,b\n")
