"""The order of the tests: what takes minutes begins first, so that all cores are done at about the same time; and their browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests import chromium
from tests.serving import SharedApp, new_context, running_browser, shared_app

LONGEST = (
    "benchmarks/test_benchmarks.py", "faults/test_page_changes.py", "test_end_to_end.py",
    "toys/test_bandit.py", "test_wheel.py", "trainer/tasks/script/test_processes.py",
    "faults/test_zoo.py", "pages/test_accessibility.py", "pages/test_keyboard_story.py", "pages/test_analytics_in_a_browser.py",
    "trainer/engines/ray/test_cluster.py", "faults/test_sweeps_killed.py", "faults/test_killed.py",
    "trainer/test_survival.py", "trainer/test_main.py", "pages/test_games_in_a_browser.py",
    "trainer/tasks/gym/test_matrix.py", "pages/test_back_and_forward.py",
    "faults/test_special_files.py", "trainer/tasks/gym/test_bad_environments.py",
    "faults/test_full_disk.py", "trainer/tasks/gym/commands/test_bundling.py",
    "trainer/learning/test_training_run.py", "pages/test_models_in_a_browser.py",
    "trainer/sweeping/test_a_real_sweep.py", "faults/test_queue_killed.py",
    "trainer/test_model_commands.py", "pages/test_in_a_browser.py",
    "faults/test_special_files_beside_runs.py", "trainer/tasks/gym/test_subprocesses.py",
    "pages/test_analytics_page.py", "pages/test_live_page.py", "pages/test_forms_in_a_browser.py",
    "pages/test_nothing_shifts.py", "pages/test_sweeps_in_a_browser.py",
    "faults/test_background_work.py", "pages/test_models_at_work.py", "faults/test_big_and_long.py",
    "pages/test_server.py", "trainer/tasks/script/test_in_a_browser.py",
    "pages/test_presses_in_a_browser.py", "pages/test_two_tabs.py",
    "trainer/tasks/tetris/commands/test_bundling.py", "pages/test_start_form.py",
    "faults/test_directories.py", "faults/test_files_damaged.py", "trainer/test_control_command.py",
    "trainer/test_queue_process.py",
)  # fmt: skip


MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
ROOM = 4 * 2**30  # bytes; more than all tests write


def pytest_configure() -> None:
    """Where there is room, the files of tests are in memory: a disk takes milliseconds for each of a hundred thousand."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others keep their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.split("::")[0].removeprefix("tests/"), len(LONGEST)))


@pytest.fixture(scope="session")
def context() -> Iterator[BrowserContext]:
    """One Chromium for all tests of a process. Its windows share what it has read: a new one takes seconds to read the app's scripts."""
    with running_browser(chromium.FOR_SHORT_PAGES) as browser:
        yield new_context(browser)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedApp]:
    """One app for all tests of a process that show it runs of their own. To start another takes seconds, and to read its scripts again."""
    with shared_app(tmp_path_factory.mktemp("app")) as shared:
        yield shared


@pytest.fixture(scope="session")
def window(context: BrowserContext) -> Iterator[Page]:
    """One window for all tests of a process; see `tests.serving.emptied`."""
    window = context.new_page()
    yield window
    window.close()
