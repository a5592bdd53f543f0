"""The package: what is in it, and that it works in an empty folder beside files that are named as ours are in a checkout."""

import ast
import json
import re
import subprocess
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.serving import emptied, started_app
from tests.wheels import Installed, build_wheel, install, plain_environment
from trainer import __version__
from trainer.processes import PROJECT_DIR
from trainer.run_files.run_directory import list_runs
from trainer.run_files.status import read_status

DOCUMENTED = (PROJECT_DIR / "README.md", PROJECT_DIR / ".github" / "docs" / "own-script.md")
OF_THE_USER = "raise ImportError('a module of the user')\n"
SCRIPT = """
import sys
import control_room
assert not {"numpy", "torch", "numba", "streamlit", "plotly"} & set(sys.modules)
from control_room import ControlRoomCallback
assert not {"numba", "streamlit", "plotly"} & set(sys.modules)
print(control_room.__version__, ControlRoomCallback.__module__)
"""
USES_THE_APP = """
import pkgutil
from importlib import import_module
from control_room.app.pages import ui
for one in pkgutil.walk_packages(ui.__path__, ui.__name__ + "."):
    module = import_module(one.name)
    if one.name.endswith(".task_parts"):
        print(*sorted(import_module(name, module.__package__).__name__ for name in module.OWN.values()), sep="\\n")
"""
STARTS_A_CHILD = """
import sys
from pathlib import Path
from control_room.children import start_child
sys.exit(start_child(["list", "--runs-dir", sys.argv[1]], Path(sys.argv[2])).ending(60).exit_code)
"""
SETTINGS_OF_THE_USER = """
[server]
address = "0.0.0.0"
allowedHosts = ["*"]
[browser]
gatherUsageStats = true
[theme.light]
backgroundColor = "#FF0000"
"""
NAMED = re.compile(rb"\b(from|import)\s+(trainer|pages|streamlit_app|tests)\b")
TRAIN = ("train", "--env", "CartPole-v1", "--algo", "ppo", "--total-timesteps", "64", "--n-steps", "32", "--n-envs", "1", "--name", "Mine")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment that it is installed in."""
    return install(wheel, tmp_path_factory.mktemp("environment") / "venv")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a user, with files of the names that ours have in a checkout."""
    folder = tmp_path_factory.mktemp("work")
    for name in ("trainer.py", "utils.py", "streamlit_app.py", "config.py", "pages/__init__.py", "pages/ui.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(OF_THE_USER)
    (folder / "mine.py").write_text(SCRIPT)
    (folder / "use_the_app.py").write_text(USES_THE_APP)
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text(SETTINGS_OF_THE_USER)
    return folder


@pytest.fixture(scope="module")
def trained(installed: Installed, work: Path) -> Path:
    """The folder of a run that the command has trained there."""
    done = installed.run("control-room", *TRAIN, cwd=work)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[0])


def _tracked(*folders: str) -> set[str]:
    command = ["git", "ls-files", "-co", "--exclude-standard", *folders]  # those of the next commit too
    return set(subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.long
def test_the_package_holds_the_trainer_and_the_app_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    about = {name for name in names if name.startswith(f"control_room-{__version__}.dist-info/")}
    trainer = {name.replace("trainer/", "control_room/", 1) for name in _tracked("trainer")}
    app = {f"control_room/app/{name}" for name in ("__init__.py", *_tracked("pages", "streamlit_app.py", ".streamlit"))}
    assert names - about == trainer | app
    assert {"control_room/py.typed", "control_room/app/pages/ui/shell/style.css", "control_room/app/.streamlit/config.toml"} <= names
    assert wheel.name == f"control_room-{__version__}-py3-none-any.whl"


@pytest.mark.long
def test_the_package_says_what_it_is_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        about = archive.read(f"control_room-{__version__}.dist-info/METADATA").decode()
        assert f"control_room-{__version__}.dist-info/licenses/LICENSE" in archive.namelist()
    needs = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*(?:; extra == \"(\w+)\")?$", about, re.MULTILINE)
    groups = {group: {name for name, other in needs if other == group} for _, group in needs}
    assert {"stable-baselines3", "torch"} <= groups[""]
    assert not {"streamlit", "plotly", "ray"} & groups[""]
    assert {"streamlit", "plotly"} <= groups["app"]
    assert (groups["ray"], groups["envs"]) == ({"ray"}, {"control-room"})
    assert "License-Expression: MIT" in about
    assert "# Control Room\n" in about


def test_nothing_in_the_package_imports_what_a_user_may_have_a_file_of(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        modules = {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}
    for name, source in modules.items():
        for node in ast.walk(ast.parse(source)) if NAMED.search(source) else ():
            named = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not {one.split(".")[0] for one in named} & {"trainer", "pages", "streamlit_app", "tests"}, name


@pytest.fixture(scope="module")
def build() -> Any:
    """What builds the package, as a module."""
    spec = spec_from_file_location("build", PROJECT_DIR / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


IN_A_CHECKOUT = """'from trainer.x import a'
if "×":
    from pages.ui import (
        trainer,
    )
from trainers import pages; "×"; from trainer import b; from trainer.c import d
"""
IN_THE_PACKAGE = """'from trainer.x import a'
if "×":
    from control_room.app.pages.ui import (
        trainer,
    )
from trainers import pages; "×"; from control_room import b; from control_room.c import d
"""


def test_imports_are_renamed_and_texts_stay(build: Any) -> None:
    assert build.renamed(IN_A_CHECKOUT) == IN_THE_PACKAGE
    with pytest.raises(ValueError, match=r"line 1 must take names from the module: import pages\.ui"):
        build.renamed("import pages.ui")


@pytest.mark.long
def test_a_script_beside_files_named_as_ours_imports_the_package(installed: Installed, work: Path) -> None:
    done = installed.run("python", "mine.py", cwd=work)
    assert (done.stdout, done.stderr) == (f"{__version__} control_room.tasks.script.callback\n", "")


@pytest.mark.long
def test_every_module_of_the_app_finds_the_others_under_the_name_of_the_package(installed: Installed, work: Path) -> None:
    done = installed.run("python", "use_the_app.py", cwd=work)
    assert done.returncode == 0, done.stderr
    ui = "control_room.app.pages.ui"
    parts = ("gym.start_form", "gym.models", "gym.replay.parts", "tetris.analytics", "tetris.models", "tetris.replay.parts")
    assert sorted(done.stdout.split()) == sorted(f"{ui}.{part}" for part in parts)


@pytest.mark.long
def test_the_command_is_called_by_its_name(installed: Installed, work: Path) -> None:
    assert installed.run("control-room", "--version", cwd=work).stdout == f"{__version__}\n"
    assert installed.run("control-room", "--help", cwd=work).stdout.startswith("usage: control-room [-h]")
    assert installed.run("python", "-m", "control_room", "list", cwd=work).stdout == (
        f"no runs in {work / 'runs'} yet; start one with: control-room train\n"
    )


def test_what_the_app_starts_is_the_package_too(installed: Installed, work: Path, tmp_path: Path) -> None:
    done = installed.run("python", "-c", STARTS_A_CHILD, tmp_path / "nothing", tmp_path / "log", cwd=work)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "log").read_text() == f"no runs in {tmp_path / 'nothing'} yet; start one with: control-room train\n"


@pytest.mark.long
def test_a_run_is_trained_in_the_folder_that_a_person_works_in(installed: Installed, work: Path, trained: Path) -> None:
    assert trained.parent == work / "runs"
    listed = json.loads(installed.run("control-room", "list", "--json", cwd=work).stdout)
    assert [(one["run"], one["state"]) for one in listed] == [(trained.name, "finished")]
    assert "steps        64 of 64" in installed.run("control-room", "status", trained.name, cwd=work).stdout


@pytest.mark.long
def test_the_app_shows_the_run_by_its_own_settings(installed: Installed, work: Path, trained: Path, window: Page, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    command = [installed.program("control-room"), "app"]
    with started_app(command, log, variables=plain_environment(), cwd=work) as app, emptied(window) as page:
        listening = [one.laddr.ip for one in psutil.Process(app.process.pid).net_connections("tcp") if one.status == "LISTEN"]
        assert listening == ["127.0.0.1"]
        page.goto(f"{app.url}/?run={trained.name}")
        expect(page.get_by_role("heading", name="Mine")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor") == "rgb(255, 255, 255)"
        page.get_by_role("link", name="Analytics").click()
        expect(page.get_by_role("heading", name="Analytics")).to_be_visible()
    assert "Traceback" not in log.read_text()
    assert "\\x1b" not in log.read_text()


OWN_ENVIRONMENT = """
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv
gymnasium.register("Own-v0", CartPoleEnv, max_episode_steps=50)
"""


@pytest.mark.long
def test_an_environment_of_the_present_folder_is_found(installed: Installed, work: Path, tmp_path: Path) -> None:
    (tmp_path / "own_environment.py").write_text(OWN_ENVIRONMENT, encoding="utf-8")
    (tmp_path / "utils.py").write_bytes((work / "utils.py").read_bytes())
    words = ["train", "--env", "own_environment:Own-v0", *TRAIN[3:]]
    done = installed.run("control-room", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


SCRIPTS = chain.from_iterable(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL) for page in DOCUMENTED)
IN_A_SCRIPT = [*dict.fromkeys(one for one in SCRIPTS if "ControlRoomCallback" in one)]  # the front page's first is there twice


def shorter(script: str) -> str:
    """The same with less to learn: its thousands of steps are hundreds, so that there are still rows, evaluations and updates."""
    return re.sub(r"\b\d+_000\b", lambda number: str(int(number[0]) * 2 // 5), script)


@pytest.mark.long
@pytest.mark.parametrize("script", IN_A_SCRIPT, ids=["PPO", "SAC with VecNormalize", "an environment of one's own"])
def test_a_script_of_the_readme_trains_and_its_run_is_kept(installed: Installed, work: Path, tmp_path: Path, script: str) -> None:
    for path in work.iterdir():
        if path.suffix == ".py":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "train.py").write_text(shorter(script), encoding="utf-8")
    done = installed.run("python", "train.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = list_runs(tmp_path / "runs")
    assert done.stdout == f"Control Room records this training in {run.path} (to open it: control-room app)\n"
    status = read_status(run)
    assert status is not None
    assert (status.state, status.not_exact) == ("finished", "")
    assert installed.run("control-room", "resume", run.run_id, cwd=tmp_path).returncode == 2
