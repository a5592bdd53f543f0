"""Turns the search into runs: one look after another, each of which can be the last.

All that the scheduler knows is in files: the study, a file a trial, the runs themselves. It is
killed at any moment and begun anew, and goes on:

- A trial's values follow from the study and from earlier trials, and its file is written before its
  first run is made.
- A run's id follows from its trial and seed. A run that is there already is taken as it is, never
  made twice.
- What a trial says of a run is written after it has happened; if it was not written, the next
  scheduler sees it and writes it.

What cannot be written, on a full disk for example, is tried again at the next look.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..analysis.scores import Course
from ..errors import SettingError
from ..run_files.studies import (
    Confirmed,
    Study,
    Trial,
    TrialState,
    read_study,
    read_trials,
    run_id_of,
    write_trial,
)
from ..run_files.study_directory import StudyDirectory
from ..tasks import find_about
from .planning import settings_with
from .pruning import judge
from .scoring import in_order, number_of, ranked, score_of, seeds_of
from .search import known_before, needs_results, suggest
from .trial_runs import AT_WORK, TO_BE_QUEUED, TrialRuns

MAX_RETRIES = 3  # of a run whose trainer dies: what kills four in a row kills the fifth


class Scheduler:
    """The trials of a study.

    Args:
        directory: of the study.
        runs: its runs.
        ahead: how many runs may wait in the queue besides those that train.
        say: gets one sentence about each thing that happens.

    Raises:
        FormatError: `study.json` is damaged.
        TaskNotFoundError: its task is not installed here.

    Attributes:
        trials: every trial that was begun, by number.
    """

    def __init__(self, directory: StudyDirectory, runs: TrialRuns, *, ahead: int = 0, say: Callable[[str], None] = lambda _: None) -> None:
        self._directory, self._runs, self._ahead, self._say = directory, runs, ahead, say
        self.study: Study = read_study(directory)
        self._about = find_about(self.study.task)
        self.metric = self._about.metrics[self.study.metric]
        self.trials: list[Trial] = read_trials(directory)
        self._settled_courses: dict[int, dict[str, Course]] = {}
        self._stop_leftovers(one for one in self.trials if one.settled)

    def look(self) -> bool:
        """Do all that can be done now. Returns whether anything is left to do.

        Raises:
            OSError, ControlRoomError: something could not be done now; the next look tries again.
        """
        for trial in [one for one in self.trials if not one.settled]:
            self._advance(trial)
        while self._room() > 0 and self._begin_next():
            self._advance(self.trials[-1])
        if self._at_work():
            self._runs.keep_going()
        return not self.finished()

    def finished(self) -> bool:
        """Whether every trial is settled, the confirmations too."""
        settled = all(one.settled for one in self.trials)
        return settled and len(self._of("search")) == self.study.trials and len(self._of("confirm")) == len(self._to_confirm())

    def stop(self) -> bool:
        """Have the runs that wait or train stopped. Returns whether one is still at work.

        Raises:
            OSError, ControlRoomError: see `look`.
        """
        at_work = [self._stop_runs(one) for one in self.trials if not one.settled]
        return any(at_work)

    def confirmed(self) -> list[Confirmed]:
        """The best trials on the new seeds, of those that were trained again to the end, the best of the search first."""
        by_number = {one.number: one for one in self.trials}
        again = {one.of: one for one in self._of("confirm") if one.state == "complete"}
        found = list[Confirmed]()
        for trial in ranked(self.trials, self.metric):
            repeated = again.get(trial.number)
            if repeated is None or repeated.score is None or trial.score is None:
                continue
            first = by_number[trial.number]
            sign = -1.0 if self.metric.better == "lower" else 1.0
            optimism = sign * (trial.score - repeated.score)
            ends = (repeated.low, repeated.high)
            found.append(Confirmed(first.number, repeated.number, trial.score, first.low, first.high, repeated.score, *ends, optimism))
        return found

    def best(self) -> int | None:
        """The number of the best trial: on the new seeds where there are any, else in the search."""
        if again := [one for one in ranked(self.trials, self.metric, "confirm") if one.of is not None]:
            return again[0].of
        best = ranked(self.trials, self.metric)
        return best[0].number if best else None

    def _of(self, phase: str) -> list[Trial]:
        return [one for one in self.trials if one.phase == phase]

    def _at_work(self) -> list[str]:
        """The runs that were let wait or train, of trials that go on, and have no number yet."""
        return [run for one in self.trials if not one.settled for seed, run in one.runs.items() if seed not in one.values]

    def _room(self) -> int:
        return self.study.workers + self._ahead - len(self._at_work())

    def _begin_next(self) -> bool:
        """Begin the next trial, if it can be told already."""
        if (number := len(self._of("search"))) < self.study.trials:
            before = known_before(self.study, number, self.trials)
            if before is None and needs_results(self.study):
                return False
            trial = Trial(number=number, params=suggest(self.study, number, before or []))
            sentence = f"Trial {number} begins: {trial.params}"
        else:
            confirmed = {one.of for one in self._of("confirm")}
            of = next((one for one in self._to_confirm() if one.number not in confirmed), None)
            if of is None or not all(one.settled for one in self._of("search")):
                return False
            trial = Trial(number=len(self.trials), phase="confirm", params=of.params, of=of.number)
            sentence = f"Trial {of.number} is confirmed on seeds that the search never saw."
        self._keep(trial)
        self._say(sentence)
        return True

    def _to_confirm(self) -> list[Trial]:
        if not all(one.settled for one in self._of("search")):
            return []
        return ranked(self.trials, self.metric)[: self.study.confirm_top]

    def _advance(self, trial: Trial) -> None:
        """Bring a trial as far as it comes now."""
        for seed in seeds_of(self.study, trial):
            trial = self._see_to_run(trial, seed)
            if trial.settled:
                return
        trial = self._prune(trial)
        if not trial.settled and len(trial.values) == len(seeds_of(self.study, trial)):
            self._settle(trial, "complete", among=max(1, len(self._to_confirm())) if trial.phase == "confirm" else 1)

    def _see_to_run(self, trial: Trial, seed: int) -> Trial:
        """Make, queue, collect or give up the run of one seed. Returns the trial as it is now."""
        run_id = run_id_of(self._directory.study_id, trial, seed)
        if str(seed) in trial.values:
            return trial
        state, error = self._runs.look(run_id)
        if str(seed) not in trial.runs:
            return self._begin_run(trial, seed, state)
        if state in TO_BE_QUEUED:
            return self._go_on(trial, seed, state, error)
        if state == "finished":
            return self._collect(trial, seed)
        if state in AT_WORK:
            return trial
        sentences = {"gone": f"{run_id} was deleted.", "stopped": f"{run_id} was stopped."}
        return self._fail(trial, sentences.get(state) or error or f"{run_id} has failed.")

    def _go_on(self, trial: Trial, seed: int, state: str, error: str) -> Trial:
        """Let a run wait again that was stopped with the sweep, or whose trainer has died."""
        key, run_id = str(seed), trial.runs[str(seed)]
        retries = trial.retries.get(key, 0)
        if state == "died" and retries >= MAX_RETRIES:
            return self._fail(trial, f"{run_id} has died {retries + 1} times. {error}".strip())
        self._runs.enqueue(run_id)
        if state != "died":
            return trial
        self._say(f"{run_id} has died and goes on from its last checkpoint.")
        return self._keep(replace(trial, retries=trial.retries | {key: retries + 1}))

    def _begin_run(self, trial: Trial, seed: int, state: str) -> Trial:
        """The first time that a trial has to do with a run; another scheduler may have made it and been killed."""
        if self._room() < 1:
            return trial
        run_id = run_id_of(self._directory.study_id, trial, seed)
        if state == "gone":
            try:
                settings = settings_with(self._about, self.study.settings, trial.params | {"seed": seed})
            except SettingError as error:
                return self._fail(trial, str(error))
            kind = f"trial {trial.number}" if trial.of is None else f"trial {trial.of} confirmed"
            self._runs.make(run_id, settings, f"{self.study.name}: {kind}, seed {seed}", trial.number)
            self._runs.enqueue(run_id)
        return self._keep(replace(trial, state="running", runs=trial.runs | {str(seed): run_id}))

    def _collect(self, trial: Trial, seed: int) -> Trial:
        run_id = trial.runs[str(seed)]
        value = number_of(self._runs.course(run_id, self.metric), self.metric)
        if value is None:
            return self._fail(trial, f"{run_id} has finished without a value of {self.metric.label}.")
        return self._keep(replace(trial, values=trial.values | {str(seed): value}))

    def _prune(self, trial: Trial) -> Trial:
        if not self.study.pruner or trial.phase == "confirm":
            return trial
        before = known_before(self.study, trial.number, self.trials)
        if before is None:
            return trial
        courses = {"": self._courses(trial)} | {str(one.number): self._courses(one) for one in before}
        judged = judge(self.study, trial, before, self.metric, courses)
        if judged is None:
            return trial
        return self._settle(replace(trial, values=judged.values, step=judged.step, error=judged.why), "pruned")

    def _courses(self, trial: Trial) -> dict[str, Course]:
        """Seed → course, for Hyperband, which alone looks at them; those of a settled trial are read once."""
        if self.study.pruner != "hyperband":
            return {}
        if trial.number in self._settled_courses:
            return self._settled_courses[trial.number]
        courses = {seed: self._runs.course(run, self.metric) for seed, run in trial.runs.items()}
        if trial.settled:
            self._settled_courses[trial.number] = courses
        return courses

    def _fail(self, trial: Trial, why: str) -> Trial:
        self._say(f"Trial {trial.number} has failed: {why}")
        return self._settle(replace(trial, error=why), "failed")

    def _settle(self, trial: Trial, state: TrialState, *, among: int = 1) -> Trial:
        values = in_order(trial.values, seeds_of(self.study, trial))
        if values and state != "failed":
            score = score_of(values, self.study.decide, among=among)
            trial = replace(trial, score=score.value, low=score.low, high=score.high)
            self._say(f"Trial {trial.number} is {state}: {score.value:.6g}.")
        settled = self._keep(replace(trial, state=state))
        self._stop_leftovers([settled])
        return settled

    def _stop_leftovers(self, trials: Iterable[Trial]) -> None:
        """The runs of trials that were pruned or have failed, if they are still at work."""
        for trial in trials:
            if trial.state != "complete":
                self._stop_runs(trial)

    def _stop_runs(self, trial: Trial) -> bool:
        """Have a trial's runs stopped. Returns whether one was still at work."""
        at_work = False
        for seed in seeds_of(self.study, trial):
            run_id = run_id_of(self._directory.study_id, trial, seed)
            state, _ = self._runs.look(run_id)
            if state == "waiting" and str(seed) in trial.runs:  # stopping may delete it, which a person has not done then
                trial = self._keep(replace(trial, runs={key: run for key, run in trial.runs.items() if key != str(seed)}))
            if state in AT_WORK:
                self._runs.stop(run_id)
                at_work = True
        return at_work

    def _keep(self, trial: Trial) -> Trial:
        """Write a trial; only what is on disk counts."""
        write_trial(self._directory, trial)
        others = [one for one in self.trials if one.number != trial.number]
        self.trials = sorted([*others, trial], key=lambda one: one.number)
        return trial


def sequence_of(trials: Sequence[Trial]) -> list[Trial]:
    """The settled trials of the search from the first on, without a gap: what Optuna's journal holds."""
    found = list[Trial]()
    for one in trials:
        if one.phase != "search" or not one.settled or one.number != len(found):
            break
        found.append(one)
    return found
