"""Which runs are shown as one."""

import itertools
from typing import Any

from trainer.analysis.groups import copies_sentences, differing_settings, independent, problem_words, setting_groups
from trainer.run_files.config_file import ConfigFile, Parent
from trainer.tasks.tetris.about import TetrisSettings


def _run(parent: Parent | None = None, **changes: Any) -> ConfigFile:
    settings = TetrisSettings().to_json() | changes
    return ConfigFile("a name", settings["seed"], "tetris", settings, parent)


def test_runs_that_differ_in_the_seed_alone_are_one_group() -> None:
    configs = {"a1": _run(seed=1), "b1": _run(seed=1, gamma=0.5), "a2": _run(seed=2), "b2": _run(seed=2, gamma=0.5), "a3": _run(seed=3)}

    first, second = setting_groups(configs).groups

    assert (first.runs, second.runs) == (("a1", "a2", "a3"), ("b1", "b2"))
    assert (dict(first.values), dict(second.values)) == ({"gamma": 0.99}, {"gamma": 0.5})
    assert first.strata == (0, 0, 0)
    assert first.few


def test_one_group_alone_differs_in_nothing() -> None:
    (group,) = setting_groups({str(seed): _run(seed=seed) for seed in range(5)}).groups
    assert dict(group.values) == {}
    assert not group.few
    assert setting_groups({}).groups == ()


def test_groups_by_a_chosen_setting_keep_the_others_apart_as_strata() -> None:
    choices = itertools.product((0.5, 0.9), (0.1, 1.0), (1, 2))
    configs = {f"{gamma} {tau} {seed}": _run(seed=seed, gamma=gamma, tau=tau) for gamma, tau, seed in choices}

    groups = setting_groups(configs, ["gamma"]).groups

    assert [dict(group.values) for group in groups] == [{"gamma": 0.5}, {"gamma": 0.9}]
    assert [group.strata for group in groups] == [(0, 0, 1, 1)] * 2
    assert [len(group.runs) for group in setting_groups(configs, ["seed"]).groups] == [4, 4]


def test_lists_and_settings_of_another_version_are_told_apart_too() -> None:
    configs = {"a": _run(net_arch=[64]), "b": _run(net_arch=[64, 64]), "c": _run(net_arch=[64], new_idea=1)}
    assert len(setting_groups(configs).groups) == 3
    assert differing_settings(configs.values()) == ["net_arch", "new_idea"]


def test_forked_runs_are_marked_and_left_out_unless_asked_for() -> None:
    configs = {"a": _run(), "fork": _run(Parent("a", "best", 4_000), seed=2), "b": _run(seed=3)}

    careful, all_in = (setting_groups(configs, with_marked=asked) for asked in (False, True))

    assert [group.runs for group in careful.groups] == [("a", "b")]
    assert [group.runs for group in all_in.groups] == [("a", "fork", "b")]
    assert careful.marked == all_in.marked == {"fork": "It began with the weights of a (step 4,000)."}


def test_runs_with_the_same_settings_and_seed_are_one() -> None:
    configs = {str(number): _run(seed=1) for number in range(5)} | {"other": _run(seed=2)}
    steps = {"0": 10.0, "1": 30.0, "2": 30.0, "3": 20.0, "4": 0.0, "other": 5.0}

    (group,) = setting_groups(configs, progress=lambda run: (steps[run],)).groups

    assert (group.runs, group.strata, group.few) == (("1", "other"), (0, 0), True)
    assert dict(group.copies) == {"1": ("0", "2", "3", "4")}
    assert copies_sentences(group.copies, configs) == ["5 copies of seed 1 count once: the run that got farthest stands for them."]


def test_what_is_only_recorded_or_measured_otherwise_is_the_same_run() -> None:
    recorded = {"log_every": 7, "checkpoint_every_s": 1.0, "replay_megabytes": 1, "eval_every": 500, "best_metric": "episode_lines"}
    measured = {"eval_episodes": 3, "eval_max_pieces": 50, "target": 5.0}
    learned = {"total_timesteps": 5, "gamma": 0.5, "n_envs": 3, "max_pieces": 77, "board_height": 10}

    def counted(changes: dict[str, Any]) -> int:
        configs = {"a": _run()} | {name: _run(**{name: value}) for name, value in changes.items()}
        return len(independent(list(configs), configs))

    assert counted(recorded | measured) == 1
    assert counted(learned) == 6
    assert counted({"gamma": 0.99, "checkpoint_every_s": 120}) == 1, "120 and 120.0 are one value"
    configs = {"a": _run(seed=1), "b": _run(seed=2, log_every=7), "c": _run(seed=3, eval_episodes=3)}
    assert [group.runs for group in setting_groups(configs).groups] == [("a", "b"), ("c",)], "scores of another measure are another group"


def test_forks_are_one_run_if_their_parents_are() -> None:
    def fork(of: str, step: int = 4_000, seed: int = 7) -> ConfigFile:
        return _run(Parent(of, "best", step), seed=seed)

    configs = {"a": _run(), "copy": _run(), "b": _run(seed=2), "f": fork("a"), "g": fork("copy"), "h": fork("b"), "i": fork("a", 8_000)}
    assert list(independent(list(configs), configs)) == ["a", "b", "f", "h", "i"]
    gone = {"f": fork("gone"), "g": fork("gone"), "h": fork("gone too"), "i": fork("i")}
    assert list(independent(list(gone), gone)) == ["f", "h", "i"]


def test_a_group_is_of_one_board_and_strata_mean_the_same_in_every_group() -> None:
    configs = {f"{rows} {gamma}": _run(board_height=rows, gamma=gamma) for rows in (10, 20) for gamma in (0.5, 0.9)}
    assert [group.runs for group in setting_groups(configs, ["randomizer"]).groups] == [("10 0.5", "10 0.9"), ("20 0.5", "20 0.9")]
    boards = ["Tetris (10 × 10, uniform pieces)", "Tetris (10 × 20, uniform pieces)"]
    assert [problem_words(config) for config in configs.values()][1:3] == boards
    mixed = {
        "a1": _run(gamma=0.5, tau=0.1), "a2": _run(gamma=0.5, tau=1.0), "b1": _run(gamma=0.9, tau=1.0), "b2": _run(gamma=0.9, tau=0.1),
    }  # fmt: skip
    assert [group.strata for group in setting_groups(mixed, ["gamma"]).groups] == [(0, 1), (1, 0)]
