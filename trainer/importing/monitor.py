"""`monitor.csv` of stable-baselines3's `Monitor`, one an environment: its training episodes.

The first line is a comment that holds JSON, `#{"t_start": 1795804292.8, "env_id": "CartPole-v1"}`, the
second one names the columns: `r` (reward), `l` (length), `t` (seconds since `t_start`), then whatever
the environment was asked to report. The files of a folder are one run: its episodes are put in the
order in which they ended, and a step is the sum of their lengths, as stable-baselines3 counts itself.

What the file does not say is null: whether an episode was truncated.
"""

import json
import math
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import FormatError, shown
from .logs import Episode, Logs, Row, cells_of, csv_rows, going_on, number_in, step_in, whole_lines

PROGRAM = "stable-baselines3"
WINDOW = 100
"""Episodes of which stable-baselines3 logs the mean as `rollout/ep_rew_mean`."""
ROW_EVERY = 500
"""Steps between two rows of that mean, where the run has no log of its own that holds it."""


def is_monitor(head: bytes) -> bool:
    """Whether a file begins like one."""
    first, _, rest = head.partition(b"\n")
    return first.startswith(b"#{") and b'"t_start"' in first and rest.startswith(b"r,l,t")


def read_monitors(paths: Sequence[Path]) -> Logs:
    """The episodes of one run, from the file of each of its environments.

    Raises:
        FormatError: not one of the files can be read.
    """
    logs, found, refused = Logs(), list[tuple[float, Episode]](), list[FormatError]()
    for path in paths:
        try:
            head, episodes = _read(path, logs.lost)
        except FormatError as error:
            refused.append(error)
            logs.notes.append(str(error))
            continue
        started = float(head["t_start"])
        found += [(started + one.wall_seconds, one) for one in episodes]
        began = int(started * 1_000)
        logs.began_ms = began if logs.began_ms is None else min(logs.began_ms, began)
        if isinstance(head.get("env_id"), str) and head["env_id"] != "None":
            logs.settings["env"] = head["env_id"]
    if refused and len(refused) == len(paths):
        raise refused[0]
    logs.settings["n_envs"] = len(paths)
    logs.episodes = _in_order(found, (logs.began_ms or 0) / 1_000)
    return logs


def recent_means(episodes: Sequence[Episode]) -> list[Row]:
    """The means that stable-baselines3 would have logged: of the last `WINDOW` episodes, a row in every `ROW_EVERY` steps."""
    rewards, lengths = deque[float](maxlen=WINDOW), deque[int](maxlen=WINDOW)
    rows, due = list[Row](), 0
    for one in episodes:
        rewards.append(one.reward)
        lengths.append(one.length)
        if one.step >= due:
            due = (one.step // ROW_EVERY + 1) * ROW_EVERY
            means = {"rollout/ep_rew_mean": sum(rewards) / len(rewards), "rollout/ep_len_mean": sum(lengths) / len(lengths)}
            rows.append(Row(one.step, one.wall_seconds, means))
    return rows


def _in_order(found: list[tuple[float, Episode]], began: float) -> list[Episode]:
    found.sort(key=lambda one: one[0])
    steps, made = 0, list[Episode]()
    for ended, one in found:
        steps += one.length
        made.append(one._replace(step=steps, wall_seconds=ended - began))
    return made


def _read(path: Path, lost: Counter[str]) -> tuple[dict[str, Any], list[Episode]]:
    lines = whole_lines(path, lost)
    head = _head(lines[0] if lines else "", path)
    names = cells_of(lines[1]) if len(lines) > 1 else []
    if names[:3] != ["r", "l", "t"]:
        raise FormatError(f"{path.name} must name the columns r,l,t in its second line; got {shown(','.join(names))}.")
    episodes = list[Episode]()
    for cells in csv_rows(lines[2:], len(names), path.name, lost):
        one = _episode(names, cells)
        if one is None:
            lost[path.name] += 1
        else:
            episodes.append(one)
    seconds = going_on(one.wall_seconds for one in episodes)
    return head, [one._replace(wall_seconds=at or 0.0) for one, at in zip(episodes, seconds, strict=True)]


def _episode(names: list[str], cells: list[str]) -> Episode | None:
    """An episode, its step still unknown; None if the row is damaged."""
    values = [number_in(cell) for cell in cells]
    if any(value is None for value in values[:3]):
        return None
    reward, length, seconds = (float(value or 0) for value in values[:3])
    steps = step_in(length)
    if steps is None or not 0 <= seconds < 1e10 or math.isnan(reward):
        return None
    named = {name: value for name, value in zip(names[3:], values[3:], strict=True) if value is not None}
    return Episode(0, seconds, reward, steps, named)


def _head(line: str, path: Path) -> dict[str, Any]:
    try:
        head = json.loads(line.removeprefix("#"))
        float(head["t_start"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise FormatError(f'{path.name} must begin with #{{"t_start": …}}; got {shown(line)}.') from None
    if not 0 <= head["t_start"] < 1e10:
        raise FormatError(f"t_start of {path.name} must be seconds since 1970; got {shown(head['t_start'])}.")
    return dict(head)
