"""What the app knows of an environment that a person has chosen: a process of its own has found it, or is still at work."""

from dataclasses import dataclass

from pages.ui.cache import Cache
from trainer.creating import default_runs_dir
from trainer.run_files.opening import stamp
from trainer.tasks.gym.catalogue import Answer, Environment, answer_file, ask, ask_again

_answers = Cache(4)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known now.

    Attributes:
        listed: the list of everything.
        environment: the chosen one; None if nothing is known of it.
        working: whether a process is at work that will tell more.
        problem: why nothing is known; empty if something is, or will be.
    """

    listed: Answer
    environment: Environment | None = None
    working: bool = False
    problem: str = ""


def look(name: str, options: str) -> Known:
    """What is known of an environment; what nobody knows yet is asked for.

    Args:
        name: of the environment; it may be anything.
        options: of it, as JSON; empty for none.
    """
    listed = _ask()
    if listed.catalogue is None:
        return Known(listed, working=listed.working, problem=listed.problem)
    found = listed.catalogue.find(name)
    if found is not None and not options and (found.actions or found.problem or found.needs):
        return Known(listed, found)
    one = _ask(name, options)
    if one.catalogue is None or not one.catalogue.environments:
        return Known(listed, working=one.working, problem=one.problem)
    return Known(listed, one.catalogue.environments[0])


def look_again(name: str, options: str) -> None:
    """Ask once more: something has been installed, or an environment was changed."""
    ask_again(default_runs_dir())
    ask_again(default_runs_dir(), name, options)


def _ask(name: str = "", options: str = "") -> Answer:
    """The answer; the long one is parsed once."""
    if name:
        return ask(default_runs_dir(), name, options)
    file = answer_file(default_runs_dir())
    answer: Answer = _answers.get(file, stamp(file), lambda: ask(default_runs_dir()), holds=lambda one: one.catalogue is not None)
    return answer
