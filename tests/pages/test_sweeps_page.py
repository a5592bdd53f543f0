"""Stories of the sweeps page.

A study under way, one that is done, one that is in trouble, and what its charts and words say.
"""

import re
import shutil
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell.navigation import WANTED
from pages.ui.sweeps import page as sweeps_page
from pages.ui.sweeps import study as study_part
from pages.ui.sweeps.charts import (
    axis_of,
    confirmation_chart,
    history_chart,
    parallel_of,
    slice_chart,
)
from pages.ui.sweeps.confirmation import optimism_sentence
from pages.ui.sweeps.table import frame_of, ordered
from pages.ui.sweeps.view import View, link_of, look_at
from pages.ui.sweeps.words import command_of_trial, cost_words, facts
from tests.pages.conftest import SWEEPS, labelled, opened, read_out, said
from tests.pages.fake_studies import (
    VARY,
    confirmed_study,
    new_study,
    running_study,
    study_of,
    trained_run,
    trial_of,
)
from tests.pages.fake_studies import said as process_said
from trainer.run_files.studies import Confirmed, Trial, Vary, write_trial
from trainer.run_files.study_directory import StudyDirectory
from trainer.sweeping.starting import SweepProbe, SweepState, probe_sweep
from trainer.train_commands import settings_of


@pytest.fixture(autouse=True)
def states(monkeypatch: pytest.MonkeyPatch) -> dict[str, SweepState]:
    """How studies are, by id, as the page is told; those that are not named are finished."""
    states: dict[str, SweepState] = {}

    def probe(study: StudyDirectory) -> SweepProbe:
        found = probe_sweep(study)
        return found if found.state == "gone" else replace(found, state=states.get(study.study_id, "finished"))

    monkeypatch.setattr(sweeps_page, "probe_sweep", probe)
    return states


def badge(page: AppTest) -> str:
    """The name of the study that is shown, and how it is."""
    return next(read_out(one.value) for one in page.markdown if "-badge[" in one.value)


def links(page: AppTest) -> dict[str, str]:
    """Where the links in the page lead: label → run id."""
    found = [(read_out(link.proto.label), link.proto.query_string) for link in page.main.get("page_link")]
    return {label: parse_qs(query)["run"][0] for label, query in found}


def test_without_a_sweep_the_page_says_what_one_is_for(app: AppTest) -> None:
    page = opened(app, SWEEPS)
    assert [title.value for title in page.title] == ["Sweeps"]
    text = said(page)
    assert "trains one setting after another, each on the same seeds" in text
    assert "sweep start --env CartPole-v1" in text
    page.button(key="start_sweep").click().run()
    assert page.button(key="start_the_sweep").label == "Start the sweep"


def test_a_sweep_under_way_shows_how_far_it_is_and_links_to_its_runs(
    app: AppTest, runs_dir: Path, states: dict[str, SweepState], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(study_part, "stop_sweep", lambda one, by: stopped.append(f"{one.study_id} by {by}"))
    monkeypatch.setattr(study_part, "resume_sweep", lambda one, by: stopped.append(f"not {one.study_id} by {by}"))
    study = running_study(runs_dir)
    states[study.study_id] = "running"
    for number in (9, 10):
        trained_run(runs_dir, f"{study.study_id}-t{number:03d}-s2")
    page = opened(app, SWEEPS)
    assert badge(page) == "## CartPole, rates :green-badge[:material/play_arrow: Searching]"
    assert page.get("progress")[0].proto.text == "9 of 20 trials · 2 running · 1 pruned · 1 failed"
    assert "PPO on CartPole-v1 · TPE · 20 trials on seeds 1–3 · 20,000 steps each · highest mean reward (IQM)" in said(page)
    now = {label: run for label, run in links(page).items() if "seed 2" in label and "trial" in label}
    assert [run.removeprefix(study.study_id) for run in now.values()] == ["-t009-s2", "-t010-s2"]
    best = {read_out(metric.label): read_out(metric.value) for metric in page.metric}
    assert best == {
        "Best so far · trial 1": "159",
        "Learning rate": "0.001722",
        "Discount γ": "0.95",
        "Steps a rollout": "47",
    }
    assert "The best 3 trials are trained again when the search is done" in said(page)

    assert page.button(key="resume_sweep").disabled
    page.button(key="stop_sweep").click().run()
    states[study.study_id] = "stopping"
    page.run()
    assert page.button(key="stop_sweep").disabled
    assert page.button(key="resume_sweep").disabled
    states[study.study_id] = "stopped"
    page.run().button(key="resume_sweep").click().run()
    assert stopped == [f"{study.study_id} by app", f"not {study.study_id} by app"]


def test_the_table_tells_every_trial_and_one_is_told_in_words_with_its_runs(
    app: AppTest, runs_dir: Path, states: dict[str, SweepState]
) -> None:
    study = running_study(runs_dir)
    states[study.study_id] = "running"
    page = opened(app, SWEEPS)
    table = page.dataframe[0].value
    assert table["Trial"].tolist()[:3] == [4, 6, 1]
    assert table["State"].tolist()[-4:] == ["✂ Pruned", "× Failed", "▶ Running", "▶ Running"]
    assert table["95 %"].tolist()[0] == "155 to 195"
    assert table["Each seed"].tolist()[0] == "167 · 175 · 183"
    labelled(page.selectbox, "Trial").set_value(8).run()
    assert "The run of seed 1 failed: NaN" in said(page)
    assert links(page)["Run of seed 1"] == f"{study.study_id}-t008-s1"
    labelled(page.selectbox, "Trial").set_value(4).run()
    assert "**175 (155 to 195)** · Learning rate 0.000879, Discount γ 0.95, Steps a rollout 92" in said(page)
    page.button_group(key="sweeps_sort").set_value("newest").run()
    assert page.dataframe[0].value["Trial"].tolist()[:2] == [10, 9]


def test_a_row_leads_to_the_runs_of_its_trial(app: AppTest, runs_dir: Path) -> None:
    study = running_study(runs_dir)
    page = opened(app, SWEEPS)
    menu = page.dataframe[0].value["menu"].tolist()[0]
    assert list(menu) == [f":material/monitoring: Open the run of seed {seed}" for seed in (1, 2, 3)]
    page.session_state["sweeps_open_run"] = f"{study.study_id}-t004-s2"
    page.run()
    assert page.session_state[WANTED]["address"] == f"./?run={study.study_id}-t004-s2"


def test_a_sweep_that_is_done_shows_both_scores_and_the_optimism_in_words(app: AppTest, runs_dir: Path) -> None:
    confirmed_study(runs_dir)
    page = opened(app, SWEEPS)
    assert badge(page).endswith(":blue-badge[:material/check_circle: Finished]")
    assert page.get("progress")[0].proto.text == "20 of 20 trials · 3 of 3 confirmed"
    text = said(page)
    assert {read_out(page.metric[0].label): page.metric[0].value} == {"Best on unseen seeds · trial 9": "174"}
    assert (
        "In the search, trial 9 reached 189. On 5 seeds that the search never saw, the same settings reach 174: 15 less. "
        "That difference is the search's optimism: of 20 trials the best is also the one that was lucky with its seeds. "
        "The score to quote is 174 (165 to 183)."
    ) in text
    both = page.dataframe[0].value
    assert both["Trial"].tolist() == [9, 12, 4]
    assert both["95 %"].tolist()[0] == "169 to 209"
    assert both["95 % there"].tolist()[0] == "165 to 183"
    assert both["Optimism"].tolist() == ["+15"] * 3
    assert links(page)["Run of seed 4: 170"].endswith("-c009-s4"), "those on unseen seeds, too"
    assert "train --task gym" in "".join(code.value for code in page.code)


def test_a_search_that_was_not_optimistic_and_one_that_minimises_say_so(runs_dir: Path) -> None:
    view = look_at(confirmed_study(runs_dir), "finished")
    one = Confirmed(9, 20, 189.0, 169.0, 209.0, 195.0, 186.0, 204.0, -6.0)
    assert "reach 195: no worse than the search had promised." in optimism_sentence(view, one)
    near = Confirmed(9, 20, 189.0, 169.0, 209.0, 180.0, 160.0, 200.0, 9.0)
    assert "it may be chance: the new interval holds the search's score, too" in optimism_sentence(view, near)
    loss = replace(view, study=replace(view.study, metric="loss"))
    assert loss.sign == -1
    assert "reach 0.300: 0.100 more" in optimism_sentence(loss, Confirmed(9, 20, 0.2, None, None, 0.3, None, None, 0.1))
    assert "lowest loss" in facts(loss)
    assert history_chart(loss).traces[0].y.tolist() == sorted(history_chart(loss).traces[0].y.tolist(), reverse=True)


DIED = "Its process died unexpectedly. Nothing is lost: Resume goes on where it was."
FULL = "The disk is full: nothing was lost"


@pytest.mark.parametrize("state", ["failed", "interrupted", "stopped"])
def test_a_sweep_in_trouble_says_why_and_can_be_resumed(
    app: AppTest, runs_dir: Path, states: dict[str, SweepState], state: SweepState
) -> None:
    study = new_study(runs_dir, 3)
    write_trial(study, trial_of(study.study_id, 3, state="running", score=None, low=None, high=None, values={}))
    study.log.write_text("MemoryError: no room\n", encoding="utf-8")
    process_said(study, "failed" if state == "failed" else "running", error=FULL if state == "failed" else "")
    states[study.study_id] = state
    page = opened(app, SWEEPS)
    assert state.capitalize() in badge(page)
    assert page.get("progress")[0].proto.text == "3 of 20 trials · 1 unfinished", "nobody trains it"
    assert page.dataframe[0].value["State"].tolist()[-1] == "‖ Unfinished"
    why = {
        "failed": [FULL],
        "interrupted": [f"{DIED} It last wrote: MemoryError: no room"],
    }
    assert [read_out(error.value) for error in page.error] == why.get(state, [])
    assert (page.button(key="resume_sweep").disabled, page.button(key="stop_sweep").disabled) == (False, True)


def test_the_address_keeps_the_sweep_that_was_chosen(app: AppTest, runs_dir: Path) -> None:
    first = new_study(runs_dir, 2, study_of("First"))
    second = replace_id(new_study(runs_dir, 3, study_of("Second")).path, "20991231-235959-second")
    page = opened(app, SWEEPS)
    assert "Second" in badge(page)
    assert page.query_params["study"] == second
    page.selectbox(key=picker(page)).set_value(first.study_id).run()
    assert "First" in badge(page)
    assert page.query_params["study"] == first.study_id
    assert "First" in badge(opened(page, SWEEPS)), "another page and back"
    app.query_params["study"] = "no/such"
    page = app.run()
    assert "There is no sweep “no/such”; the newest is shown instead." in said(page)


def picker(page: AppTest) -> str:
    """The widget that chooses a study."""
    return str(labelled(page.selectbox, "Sweep").key)


def replace_id(path: Path, study_id: str) -> str:
    """Give a study another id: one of a later second."""
    path.rename(path.with_name(study_id))
    return study_id


def test_a_sweep_deleted_while_it_is_shown_is_said_to_be_gone(app: AppTest, runs_dir: Path) -> None:
    other, study = new_study(runs_dir, 1, study_of("Other")), new_study(runs_dir, 2)
    app.query_params["study"] = study.study_id
    page = opened(app, SWEEPS)
    page.query_params["study"] = study.study_id
    page.run()
    shutil.rmtree(study.path)
    page.run()
    assert f"The sweep {study.study_id} is no longer on disk. Its runs stay where they are." in said(page)
    page.selectbox(key=picker(page)).set_value(other.study_id).run()
    assert "Other" in badge(page)


def test_damaged_files_are_counted_and_the_rest_is_shown(app: AppTest, runs_dir: Path) -> None:
    study = new_study(runs_dir, 4)
    (study.trials / "0001.json").write_text("{broken", encoding="utf-8")
    (study.trials / "0002.json").write_bytes(b"\xff\xfe")
    page = opened(app, SWEEPS)
    assert "2 files of this sweep cannot be read and are not shown." in said(page)
    assert page.dataframe[0].value["Trial"].tolist() == [3, 0]
    study.progress.write_text("[]", encoding="utf-8")
    assert "3 files of this sweep" in said(page.run())
    study.study.write_text("[]", encoding="utf-8")
    page.run()
    assert not page.exception
    assert any("study.json" in read_out(error.value) for error in page.error)


def test_what_a_stranger_has_written_is_shown_as_it_is(app: AppTest, runs_dir: Path, states: dict[str, SweepState]) -> None:
    evil = "**bold** <script>alert(1)</script> :red[x] $x$ [a](http://b.c)"
    vary = [Vary("learning_rate", "log", 1e-4, 1e-2), Vary(evil, "choices", values=[evil, "b"])]
    study = new_study(
        runs_dir,
        0,
        study_of(evil, vary=vary, metric=evil, settings={"total_timesteps": evil}, task=evil, on=evil),
    )
    trial = trial_of(
        study.study_id,
        0,
        params={"learning_rate": 1e-3, evil: evil},
        runs={evil: "../../etc", "1": study.study_id + "-t000-s1"},
    )
    write_trial(study, trial)
    write_trial(study, replace(trial, number=1, state="failed", score=None, values={}, error=evil))
    process_said(study, "failed", error=evil, problem=evil, importance={evil: 0.5}, best=0)
    states[study.study_id] = "failed"
    page = opened(app, SWEEPS)
    written = [str(one.value) for kind in (page.markdown, page.caption, page.error) for one in kind if "bold" in str(one.value)]
    assert written
    assert not [one for one in written if re.search(r"(?<!\\)\*\*bold|(?<!\\)<script|(?<!\\):red\[x", one)]
    assert set(links(page).values()) == {f"{study.study_id}-t000-s1"}, "what is no run's id leads nowhere"
    drawn = parallel_of(look_at(study, "finished")).to_json()
    assert "<script" not in str([drawn["traces"], drawn["layout"]])


def test_a_trial_without_seeds_scores_or_runs_is_no_crash(app: AppTest, runs_dir: Path) -> None:
    study = new_study(runs_dir, 0, study_of(vary=[], seeds=[], trials=0, confirm_top=0, confirm_seeds=[]))
    write_trial(study, Trial(0))
    process_said(study, best=7)
    page = opened(app, SWEEPS)
    assert "No trial is complete yet." in said(page)
    assert "It has no run yet." in said(page)
    assert page.dataframe[0].value["menu"].tolist()[0] == [":material/hourglass_empty:"]


def test_each_dot_and_each_line_leads_to_a_run(runs_dir: Path) -> None:
    view = look_at(confirmed_study(runs_dir), "finished")
    best, dots = history_chart(view).traces
    first = urlparse(dots.links[0])
    assert parse_qs(first.query) == {"run": [f"{view.study_id}-t000-s1"]}
    assert [trace.links[0] for trace in slice_chart(view, VARY[2]).traces] == [dots.links[0]]
    paths = [trace for trace in parallel_of(view).traces if trace.links]
    assert {link for trace in paths for link in trace.links} == set(dots.links)
    before, after = confirmation_chart(view, view.confirmed).traces
    assert before.links[0].endswith("-t009-s1")
    assert after.links[0].endswith("-c009-s4")
    assert best.links == ()
    assert best.y[-1] == dots.y.max()
    assert dots.interval is not None
    np.testing.assert_allclose(dots.interval[1] - dots.y, 19.9)


def test_importance_says_the_share_of_each_setting_the_largest_first(app: AppTest, runs_dir: Path) -> None:
    new_study(runs_dir, 1, study_of("Young"))
    page = opened(app, SWEEPS)
    assert "Too few trials are complete to tell." in said(page)
    done = replace_id(confirmed_study(runs_dir).path, "20991231-235959-done")
    page.run()
    page.selectbox(key=picker(page)).set_value(done).run()
    bars = [read_out(bar.proto.text) for bar in page.get("progress")][1:]
    assert bars == ["Learning rate · 71 %", "Discount γ · 20 %", "Steps a rollout · 9 %"]


def test_of_many_trials_as_many_are_drawn_as_can_be_told_apart(runs_dir: Path) -> None:
    view = look_at(new_study(runs_dir, 400, study_of(trials=400)), "finished")
    chart = parallel_of(view)
    lines = {link for trace in chart.traces for link in trace.links}
    assert len(lines) == 150
    assert "250 lines left out" in chart.note
    best = sorted(view.complete, key=lambda one: -(one.score or 0.0))[:75]
    assert {link_of(one, [1]) for one in best} <= lines
    assert history_chart(view).traces[-1].interval is None
    assert len(history_chart(view).traces[-1].x) == 400


def test_an_axis_shows_the_whole_range_that_is_searched() -> None:
    log = axis_of(Vary("rate", "log", 1e-4, 1e-2), [1e-3, 2e-3])
    assert [words for _, words in log.ticks] == ["0.0001", "0.001", "0.01"]
    np.testing.assert_allclose(log.shares(), [0.5, 0.5 + np.log10(2) / 2])
    linear = axis_of(Vary("steps", "linear", 32, 512), [32, 272])
    assert linear.shares().tolist() == [0.0, 0.5]
    assert linear.ticks[0] == (32, "32")
    assert axis_of(Vary("net", "choices", values=[1, 2]), ["64, 64", "256"]).shares().tolist() == [
        1.0,
        0.0,
    ]
    assert axis_of(Vary("rate", "log", 1e-4, 1e-2), [-1.0]).log is False, "of a stranger"
    assert len(axis_of(Vary("rate", "log", 1e-12, 1e12), [1.0]).ticks) <= 7


def test_what_a_sweep_costs_is_told_in_runs_and_steps() -> None:
    assert cost_words(20, 3, 20_000, 3, 5) == (
        "20 trials × 3 seeds + 3 best × 5 new seeds = **75 runs** of 20,000 steps: **1.50M steps** in all."
    )
    assert cost_words(1, 1, 5, 0, 5) == "1 trial × 1 seed = **1 run** of 5 steps: **5 steps** in all."


def test_the_command_trains_what_the_best_trial_did(runs_dir: Path) -> None:
    view = look_at(new_study(runs_dir, 2), "finished")
    command = command_of_trial(view, view.trials[1])
    program, _, options = command.partition(" train ")
    assert program.endswith("trainer")
    made = settings_of(options.split()).to_json()
    wanted = view.study.settings | view.trials[1].params | {"seed": 1}
    assert made == wanted
    assert command_of_trial(replace(view, study=replace(view.study, settings={"no": 1})), view.trials[0]) == ""


@pytest.mark.long
def test_a_thousand_trials_are_drawn_soon(app: AppTest, runs_dir: Path, states: dict[str, SweepState]) -> None:
    study = new_study(runs_dir, 1_000, study_of(trials=1_000))
    process_said(study, best=3)
    states[study.study_id] = "running"
    page = opened(app, SWEEPS)
    began = time.process_time()
    page.run()
    assert len(page.dataframe[0].value) == 1_000
    assert time.process_time() - began < 2.0, "files that have not changed are not read again"


def view_of(runs_dir: Path, trials: int) -> View:
    """A study with so many trials."""
    return look_at(new_study(runs_dir, trials, study_of(trials=trials)), "finished")


def test_the_order_and_the_cells_of_the_table(runs_dir: Path) -> None:
    view = view_of(runs_dir, 4)
    frame = frame_of(view, ordered(view, "best"))
    assert frame["Score"].is_monotonic_decreasing
    assert frame["Learning rate"].tolist()[0] == pytest.approx(view.complete[1].params["learning_rate"], rel=1e-3)
    assert link_of(Trial(5), [1]) == ""


def test_a_dot_opens_a_run_that_is_there(app: AppTest, runs_dir: Path) -> None:
    study = new_study(runs_dir, 1)
    run = trained_run(runs_dir, f"{study.study_id}-t000-s1")
    (_, dots) = history_chart(look_at(study, "finished")).traces
    app.query_params["run"] = parse_qs(urlparse(dots.links[0]).query)["run"][0]
    assert run.run_id in said(app.run())


@pytest.mark.filterwarnings("error:.*(overflow|divide|invalid).*:RuntimeWarning")
def test_numbers_at_their_limits_are_shown(app: AppTest, runs_dir: Path) -> None:
    widest = Vary("learning_rate", "log", 5e-324, 1e300)
    study = new_study(runs_dir, 2, study_of(vary=[widest, *VARY[1:]]))
    for number, value in enumerate((1e300, -1e300, 5e-324, 0.0), start=2):
        params = {"learning_rate": abs(value), "gamma": value > 0, "n_steps": 9 * 10**15}
        trial = trial_of(study.study_id, number, score=value, low=-1e300, high=1e300)
        write_trial(study, replace(trial, params=params))
    process_said(study, importance={"learning_rate": 1e300, "gamma": -3.0}, best=2)
    text = said(opened(app, SWEEPS))
    assert "cannot be read" not in text
    assert "1.00e300 (-1.00e300 to 1.00e300)" in text
