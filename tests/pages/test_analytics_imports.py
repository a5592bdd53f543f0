"""Runs of other programs, brought to the analytics page and shown like any other."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.analytics.actions import FORK, menu_of
from pages.ui.analytics.run_rows import rows_of
from tests.commands import call
from tests.pages.conftest import ANALYTICS, MODELS, opened, said
from tests.trainer.importing.conftest import TRACKIO, ZOO
from tests.waiting import wait_until
from trainer.errors import ModelNotFoundError
from trainer.importing.follow import Follower
from trainer.importing.write_run import Chosen
from trainer.jobs import look
from trainer.probing import probe
from trainer.run_files.config_file import read_config
from trainer.run_files.origin import parent_model
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.source import read_source

APP = "streamlit_app.py"
PATIENCE_S = 60.0
RUN = ZOO / "ppo" / "CartPole-v1_1"


pytestmark = pytest.mark.usefixtures("no_children")


def at_once(words: list[str], runs_dir: Path) -> list[RunDirectory]:
    """Import in this process."""
    assert call("import", *words, "--runs-dir", runs_dir).returncode == 0
    return list_runs(runs_dir)


def test_runs_are_imported_from_a_path_and_compared(app: AppTest, runs_dir: Path) -> None:
    page = opened(app, ANALYTICS)
    assert "**Import runs** that you have already" in said(page)
    page.text_input(key="logs_path:0").set_value(str(ZOO))
    page.button(key="import_logs").click().run()
    assert r"Importing **rl\_zoo**" in page.get("progress")[0].proto.text

    wait_until(lambda: (job := look(runs_dir, "import")) is not None and not job.active, PATIENCE_S, "the import")
    assert "**rl_zoo** 1 run imported." in said(page.run())
    page.button(key="show_import").click().run()

    assert look(runs_dir, "import") is None
    (row,) = (one for one in page.dataframe if (one.key or "").startswith("runs_table"))
    assert list(row.value["name"]) == ["CartPole-v1_1"]
    (run,) = list_runs(runs_dir)
    assert FORK not in menu_of(rows_of([run])[0])
    with pytest.raises(ModelNotFoundError, match="from the logs of another program, which hold no model"):
        parent_model(run, "best")


def test_the_live_page_shows_an_imported_run_like_any_other(app: AppTest, runs_dir: Path) -> None:
    at_once([str(RUN)], runs_dir)
    text = said(opened(app, APP))

    assert "seed 3" in text
    assert "imported from RL Baselines3 Zoo: CartPole-v1_1" in text
    assert "Imported from RL Baselines3 Zoo: CartPole-v1_1 (0.monitor.csv, 1.monitor.csv, evaluations.npz)" in text
    assert app.button(key="pause_or_resume").disabled
    assert app.button(key="stop").disabled
    figures = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert (figures["Best evaluation · reward"][0], figures["Last evaluation"][0]) == ("107", "32.3")
    assert figures["Episodes"] == ("37", "of training")
    assert figures["Training · reward"][1] == "mean of 37 episodes"
    assert "watched_evaluation" not in {box.key for box in app.selectbox}, "nothing of it was recorded"
    assert [one.proto.text for one in app.get("progress")] == ["1,024 of 1,024 steps · 100 % · 18 s of training"]
    opened(app, MODELS)


def test_a_run_of_unknown_seed_says_so_and_every_page_shows_it(app: AppTest, runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "chart.csv").write_text('Step,"a - loss"\n1,0.5\n2,0.25\n')
    at_once([str(tmp_path / "chart.csv"), str(TRACKIO)], runs_dir)
    said(opened(app, MODELS))
    said(opened(app, ANALYTICS))
    (run,) = (one for one in list_runs(runs_dir) if read_config(one).seed is None)
    app.switch_page(APP)
    app.query_params["run"] = run.run_id
    assert "seed unknown" in said(app.run())
    assert "unknown environment (chart.csv)" in said(app)


def test_a_run_that_is_followed_says_so(app: AppTest, runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "monitor.csv").write_text('#{"t_start": 1700000000.0}\nr,l,t\n1,5,1\n2,5,2\n')
    follower = Follower([tmp_path], Chosen(runs_dir), step="", tell=lambda _: None, warn=lambda _: None)
    follower.look()
    (run,) = follower.runs
    try:
        page = opened(app, APP)
        assert [badge.value for badge in page.sidebar.markdown if "Imported, being followed" in str(badge.value)]
        assert page.button(key="stop").disabled
    finally:
        follower._end()
    assert probe(run).state == "imported"


def test_files_that_were_chosen_together_are_one_run(app: AppTest, runs_dir: Path) -> None:
    page = opened(app, ANALYTICS)
    for path in sorted(RUN.glob("*.monitor.csv")):
        page.file_uploader(key="logs_files:0").upload(path.name, path.read_bytes(), "text/csv")
    page.text_input(key="logs_name:0").set_value("From my laptop")
    page.button(key="import_logs").click().run()

    wait_until(lambda: (job := look(runs_dir, "import")) is not None and not job.active, PATIENCE_S, "the import")
    assert "**0.monitor.csv** 1 run imported." in said(page.run())
    (run,) = list_runs(runs_dir)
    source = read_source(run)
    assert source is not None
    assert (read_config(run).name, read_config(run).settings["n_envs"], source.files) == (
        "From my laptop", 2, ["1-0.monitor.csv", "2-1.monitor.csv"],
    )  # fmt: skip
    page.button(key="dismiss_import").click().run()
    assert look(runs_dir, "import") is None


@pytest.mark.parametrize(("path", "sentence"), [("", "got neither"), ("/no/such/folder", "There is no file or folder '/no/such/folder'")])
def test_what_cannot_be_imported_is_said_before_anything_is_started(path: str, sentence: str, app: AppTest, runs_dir: Path) -> None:
    page = opened(app, ANALYTICS)
    page.text_input(key="logs_path:0").set_value(path)
    page.button(key="import_logs").click().run()
    assert sentence in said(page)
    assert look(runs_dir, "import") is None


def test_runs_without_evaluations_are_compared_by_what_they_have(app: AppTest, runs_dir: Path, tmp_path: Path) -> None:
    for number, reward in enumerate((1, 2, 11, 12)):
        folder = tmp_path / f"{'PPO' if reward < 10 else 'SAC'}_{number}"
        folder.mkdir()
        rows = "".join(f"{reward + at % 3},100,{at}.5\n" for at in range(40))
        (folder / "monitor.csv").write_text(f'#{{"t_start": 170000000{number}.0, "env_id": "Own-v0"}}\nr,l,t\n{rows}')
    at_once([str(tmp_path / name) for name in sorted(one.name for one in tmp_path.iterdir() if one != runs_dir)], runs_dir)

    page = opened(app, ANALYTICS)
    assert page.multiselect(key="analytics_metric_gym_reward").value == ["reward"]
    app.query_params["view"] = "versus"
    text = said(app.run())

    assert "All numbers are of rows of metrics up to step 4,000" in text
    assert "Algorithm sac" in "".join(one.label for one in app.metric) + text


def test_numbers_under_other_names_are_drawn_on_the_live_page(app: AppTest, runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "chart.csv").write_text('Step,"a - charts/episodic_return","a - losses/kl"\n1,0.5,1\n2,0.25,2\n')
    at_once([str(tmp_path / "chart.csv")], runs_dir)
    opened(app, APP)
    assert {"charts/episodic_return", "losses/kl"} <= {name for pills in app.get("button_group") for name in getattr(pills, "value", [])}
