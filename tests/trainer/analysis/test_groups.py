"""Which runs are shown as one."""

import itertools
from typing import Any

from trainer.analysis.groups import differing_settings, setting_groups
from trainer.config import RunConfig
from trainer.run_files.config_file import ConfigFile, Parent


def _run(parent: Parent | None = None, **changes: Any) -> ConfigFile:
    settings = RunConfig().to_json() | changes
    return ConfigFile("a name", settings["seed"], settings, parent)


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
    configs = {"a": _run(hidden_layers=[64]), "b": _run(hidden_layers=[64, 64]), "c": _run(hidden_layers=[64], new_idea=1)}
    assert len(setting_groups(configs).groups) == 3
    assert differing_settings(configs.values()) == ["hidden_layers", "new_idea"]


def test_forked_and_changed_runs_are_marked_and_left_out_unless_asked_for() -> None:
    configs = {"a": _run(), "fork": _run(Parent("a", "best", 4_000), seed=2), "changed": _run(seed=3)}

    careful, all_in = (setting_groups(configs, changed={"changed"}, with_marked=asked) for asked in (False, True))

    assert [group.runs for group in careful.groups] == [("a",)]
    assert [group.runs for group in all_in.groups] == [("a", "fork", "changed")]
    assert careful.marked == all_in.marked
    assert careful.marked["fork"] == "It began with the weights of a (step 4,000)."
    assert "while it was learning" in careful.marked["changed"]
