"""The charts of the live page: what is drawn of what is recorded, and how the choice is kept."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.chart.chart import Chart
from pages.ui.live_charts import MAX_PICKED, offered_names
from pages.ui.live_parts import parts_of
from pages.ui.run_data import RunData
from tests.pages.conftest import everything_said, labelled, opened, read_out
from tests.pages.fake_runs import ended, fill, new_run
from tests.pages.other_tasks import other_run
from trainer.probing import probe
from trainer.run_files.metrics import MetricsRow, metrics_writer
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks import describe
from trainer.tasks.metric import recorded

PPO = {"train/loss": 1.0, "train/value_loss": 2.0, "train/entropy_loss": -1.0, "rollout/ep_rew_mean": 5.0, "time/fps": 900.0}
CHEETAH = {"info/reward_ctrl": -0.1, "info/reward_run": 0.3, "info/a,b": 1.0}


def gym_run(runs_dir: Path, **named: float) -> RunDirectory:
    """A run of an environment of Gymnasium that has recorded some numbers, twice."""
    run = other_run(runs_dir, "gym", [1.0, 2.0], env="HalfCheetah-v5", algo="ppo")
    with metrics_writer(run) as metrics:
        for number in (1, 2):
            metrics.append(MetricsRow(step=3_000 * number, wall_seconds=1, active_seconds=1, at=0, updates=number, named={**named}))
    return run


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the charts that were drawn last; read after each run of the page."""
    titles: list[str] = []
    monkeypatch.setattr("pages.ui.live_charts.show_chart", lambda chart, **_: titles.append(chart.title))
    return titles


def shown(app: AppTest, drawn: list[str]) -> list[str]:
    """The charts of the page, drawn once more."""
    drawn.clear()
    app.run()
    assert not app.exception
    return list(drawn)


def pick(app: AppTest, group: str, names: list[str]) -> None:
    """Choose the charts of one prefix."""
    groups: list[Any] = [*app.get("button_group")]
    pills = next(one for one in groups if one.label == group)
    pills.set_value(names).run()


def test_what_people_look_at_first_is_drawn_and_anything_recorded_can_be(runs_dir: Path, app: AppTest, drawn: list[str]) -> None:
    gym_run(runs_dir, **PPO, **CHEETAH)
    opened(app, "streamlit_app.py")
    assert shown(app, drawn) == ["Reward", "Evaluation", "Value loss", "Entropy loss"]
    assert "charts" not in app.query_params

    pick(app, "info", ["info/reward_ctrl"])
    assert shown(app, drawn)[2:] == ["Value loss", "Entropy loss", "info/reward_ctrl"]
    assert app.query_params["charts"] == "train/value_loss,train/entropy_loss,info/reward_ctrl"
    pick(app, "train", [])
    assert shown(app, drawn)[2:] == ["info/reward_ctrl"]
    pick(app, "info", [])
    assert shown(app, drawn) == ["Reward", "Evaluation"]
    assert app.query_params["charts"] == "none"

    app.button(key="usual_charts").click().run()
    assert shown(app, drawn)[2:] == ["Value loss", "Entropy loss"]
    assert "charts" not in app.query_params


def test_an_address_brings_its_charts_and_they_stay_from_page_to_page(runs_dir: Path, app: AppTest, drawn: list[str]) -> None:
    gym_run(runs_dir, **PPO, **CHEETAH)
    app.query_params["charts"] = "info/reward_run,nothing/here,train/loss"
    opened(app, "streamlit_app.py")
    assert shown(app, drawn)[2:] == ["info/reward_run", "Loss"]
    app.switch_page("pages/2_Models.py").run()
    app.query_params.pop("charts", None)
    app.switch_page("streamlit_app.py").run()
    assert shown(app, drawn)[2:] == ["info/reward_run", "Loss"]


def test_before_anything_is_recorded_there_are_as_many_charts(runs_dir: Path, app: AppTest, drawn: list[str]) -> None:
    other_run(runs_dir, "gym", [], env="CartPole-v1", algo="dqn")
    opened(app, "streamlit_app.py")
    assert shown(app, drawn) == ["Reward", "Evaluation", "Episode length", "Steps per second"]
    assert "Nothing is recorded yet" in everything_said(app)


def test_tetris_has_the_charts_it_had(runs_dir: Path, app: AppTest, drawn: list[str]) -> None:
    fill(ended(new_run(runs_dir), "finished"))
    opened(app, "streamlit_app.py")
    assert shown(app, drawn) == ["Lines per game", "Evaluation", "Loss", "Mean Q"]


@pytest.fixture
def curves(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[str, str, float]]]:
    """What the legends of the charts name: the curve, its colour and its last x; of each chart, as it was drawn last."""
    named: dict[str, list[tuple[str, str, float]]] = {}

    def show(chart: Chart, **_: Any) -> None:
        named[chart.title] = [(one.name, one.colour, float(one.x[-1])) for one in chart.traces if one.named and len(one.x)]

    monkeypatch.setattr("pages.ui.live_charts.show_chart", show)
    return named


def test_a_second_run_is_laid_over_every_chart_and_stays_in_the_address(
    runs_dir: Path, app: AppTest, curves: dict[str, list[tuple[str, str, float]]]
) -> None:
    other, shown_run = new_run(runs_dir, "Longer"), new_run(runs_dir, "Shown")
    fill(ended(other, "finished"), rows=60)
    fill(ended(shown_run, "finished"))
    app.query_params["run"] = shown_run.run_id
    opened(app, "streamlit_app.py")
    assert [len(named) for named in curves.values()] == [1, 1, 1, 1], "none by default"

    labelled(app.selectbox, "Compare with").set_value(other.run_id).run()
    assert app.query_params["with"] == other.run_id
    assert set(curves) == {"Lines per game", "Evaluation", "Loss", "Mean Q"}
    for (own, own_colour, own_end), (second, colour, end) in curves.values():
        assert (own, second) == ("Shown", "Longer")
        assert own_colour != colour
        assert (own_end, end) == (3_000, 6_000)

    labelled(app.selectbox, "Compare with").set_value("").run()
    assert "with" not in app.query_params
    assert {len(named) for named in curves.values()} == {1}


def test_a_second_run_without_a_column_or_without_a_folder_is_said(
    runs_dir: Path, app: AppTest, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    monkeypatch.setattr("pages.ui.live_charts.show_chart", lambda chart, **_: notes.append(chart.note))
    other, run = gym_run(runs_dir, **PPO), new_run(runs_dir)
    fill(ended(run, "finished"))
    app.query_params |= {"run": run.run_id, "with": other.run_id}
    opened(app, "streamlit_app.py")
    assert [note.startswith("gym, seed 1 has none") for note in notes[-4:]] == [True, True, False, True]

    shutil.rmtree(other.path)
    assert "is no longer on disk" in everything_said(app.run())
    assert not app.exception
    app.query_params["with"] = "../../etc"
    app.run()
    assert not app.exception
    assert drawn == []


def test_names_are_offered_by_their_prefix_and_no_address_can_ask_for_too_many(runs_dir: Path, app: AppTest, drawn: list[str]) -> None:
    many = {f"info/n{number:03}": 1.0 for number in range(40)}
    run = gym_run(runs_dir, **PPO, **CHEETAH, **many)
    offered = offered_names(RunData(run).refresh())
    assert set(offered) == {"info", "rollout", "time", "train"}
    assert offered["train"] == ["train/entropy_loss", "train/loss", "train/value_loss"]
    assert "info/a,b" not in offered["info"]
    app.query_params["charts"] = ",".join(many)
    opened(app, "streamlit_app.py")
    assert len(shown(app, drawn)) == 2 + MAX_PICKED


def test_the_figures_of_any_environment(runs_dir: Path) -> None:
    run = gym_run(runs_dir, **{**PPO, "time/episodes": 7.0})
    parts = parts_of(describe("gym"))
    figures = {kpi.label: kpi.value for kpi in parts.kpis(RunData(run).refresh(), probe(run))}
    assert list(figures) == ["Best evaluation · reward", "Last evaluation", "Training · reward", "Episodes", "Speed · steps/s"]
    assert (figures["Best evaluation · reward"], figures["Episodes"]) == ("2", "7")
    won = gym_run(runs_dir, **PPO, **{"rollout/success_rate": 0.85, "time/episodes": 1_204.0})
    share = next(kpi for kpi in parts.kpis(RunData(won).refresh(), probe(won)) if kpi.label == "Success rate")
    assert (share.value, share.note) == ("85 %", "last 100 of 1,204")


def test_the_heading_says_what_is_trained_and_by_which_algorithm(runs_dir: Path, app: AppTest) -> None:
    other_run(runs_dir, "gym", [1.0], env="LunarLander-v3", algo="sac", env_kwargs='{"continuous": true}')
    said = read_out(everything_said(opened(app, "streamlit_app.py")))
    assert 'LunarLander-v3, {"continuous": true} · SAC' in said


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("train/entropy_loss", "Entropy loss"),
        ("train/approx_kl", "Approx KL"),
        ("info/reward_ctrl", "info/reward_ctrl"),
        ("train/what is this?", "train/what is this?"),
        ("alone", "alone"),
    ],
)
def test_what_no_task_describes_is_called_as_it_is_recorded(name: str, label: str) -> None:
    assert recorded(name).label == label
    assert recorded(name).column == name
