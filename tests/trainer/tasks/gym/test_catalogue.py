"""The app asks a process of its own what can be trained, once for the same packages."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from trainer.endings import Ending
from trainer.errors import TrainerStartError
from trainer.tasks.gym import catalogue
from trainer.tasks.gym.catalogue import Answer, Catalogue, Environment, ask, ask_again, read_catalogue, write_catalogue

LISTED = Catalogue((Environment("CartPole-v1", "Classic control", "Discrete", "Box"),), {"ppo": {"gamma": "0.99"}})


class _Child:
    """A process that is at work until it is told otherwise."""

    def __init__(self) -> None:
        self.ended: Ending | None = None

    def ending(self) -> Ending | None:
        return self.ended


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], _Child]]:
    """The processes that were started."""
    children, every = dict[Any, _Child](), list[tuple[list[str], _Child]]()

    def start(words: Sequence[str], _log: Path, *, about: Path) -> None:
        children[about] = _Child()
        every.append((list(words), children[about]))

    monkeypatch.setattr(catalogue, "start_child", start)
    monkeypatch.setattr(catalogue, "child_about", children.get)
    monkeypatch.setattr(catalogue, "forget_child", lambda about: children.pop(about, None))
    return every


def _answer(words: Sequence[str]) -> Path:
    return Path(words[words.index("--out") + 1])


def test_the_list_is_asked_for_once_and_kept(tmp_path: Path, started: list[tuple[list[str], _Child]]) -> None:
    assert ask(tmp_path / "runs").working
    assert ask(tmp_path / "runs").working
    ((words, _),) = started
    write_catalogue(_answer(words), LISTED)
    assert ask(tmp_path / "runs") == Answer(LISTED)
    assert LISTED.find("CartPole-v1") == LISTED.environments[0]
    started[0][1].ended = Ending(0, "")
    _answer(words).unlink()
    assert ask(tmp_path / "runs").working, "it may be deleted at any time"
    assert len(started) == 2


def test_one_environment_is_a_question_of_its_own(tmp_path: Path, started: list[tuple[list[str], _Child]]) -> None:
    for name in ("", "my.module:Env-v0", "--help"):
        assert ask(tmp_path, name).working
    assert ask(tmp_path, "FrozenLake-v1", "{}").working
    asked = [[], ["--", "my.module:Env-v0"], ["--", "--help"], ["--env-kwargs", "{}", "--", "FrozenLake-v1"]]
    assert [words[3:] for words, _ in started] == asked
    assert len({_answer(words) for words, _ in started}) == 4


def test_with_other_packages_it_is_asked_for_again(
    tmp_path: Path, started: list[tuple[list[str], _Child]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(tmp_path)
    write_catalogue(_answer(started[0][0]), LISTED)
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.syspath_prepend(packages)
    assert ask(tmp_path).working


def test_what_is_known_of_one_environment_is_asked_for_again_after_a_while(tmp_path: Path, started: list[tuple[list[str], _Child]]) -> None:
    for name in ("", "mine:Env-v0"):
        ask(tmp_path, name)
    for words, _ in started:
        write_catalogue(_answer(words), LISTED)
        os.utime(_answer(words), (1, 1))
    assert ask(tmp_path).catalogue == LISTED
    assert ask(tmp_path, "mine:Env-v0").working, "its author may have changed it"


def test_an_answer_can_be_asked_for_again(tmp_path: Path, started: list[tuple[list[str], _Child]]) -> None:
    ask(tmp_path)
    _answer(started[0][0]).write_text("damaged", encoding="utf-8")
    assert "JSON" in ask(tmp_path).problem
    ask_again(tmp_path)
    assert ask(tmp_path).working


def test_a_process_that_fails_is_quoted_and_started_again_when_a_person_asks(
    tmp_path: Path, started: list[tuple[list[str], _Child]]
) -> None:
    ask(tmp_path)
    words, child = started[0]
    _answer(words).with_suffix(".log").write_text("A banner\nerror: no module named gymnasium\n\n", encoding="utf-8")
    child.ended = Ending(1, "")
    assert ask(tmp_path) == Answer(problem="no module named gymnasium")
    ask_again(tmp_path)
    assert ask(tmp_path).working
    assert len(started) == 2


def test_a_folder_that_cannot_be_written_and_a_damaged_answer_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert ask(tmp_path / "file" / "runs").problem

    def refuse(*_: Any, **__: Any) -> None:
        raise TrainerStartError("The trainer could not be started.")

    monkeypatch.setattr(catalogue, "start_child", refuse)
    assert "could not be started" in ask(tmp_path).problem
    path = tmp_path / "answer.json"
    write_catalogue(path, LISTED)
    for damage in ('"environments": [1]', '"environments": []', '"defaults": 1, "environments": []'):
        path.write_text('{"version": 4, ' + damage + "}", encoding="utf-8")
        with pytest.raises(Exception, match="must hold"):
            read_catalogue(path)


def test_the_real_process_answers(tmp_path: Path) -> None:
    assert ask(tmp_path, "CartPole-v1").working
    wait_until(lambda: not ask(tmp_path, "CartPole-v1").working, 60, "the answer")
    found = ask(tmp_path, "CartPole-v1").catalogue
    assert found is not None
    assert found == Catalogue(LISTED.environments, {})
