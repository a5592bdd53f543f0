"""How an address names a model, and the links that open one: `?run=RUN&model=best`.

Within its run a model is `best`, or the name that it was saved under; a key (`trainer.run_files.slot_names`) names it among all.
"""

from pages.ui.shell import address
from trainer.run_files.run_directory import RUN_ID_PATTERN

MODEL, BEST = "model", "best"
MODELS_PAGE, WATCH_PAGE = "pages/2_Models.py", "pages/4_Watch.py"


def named_model() -> str | None:
    """The key of the model that the address of the page names; None if it names none. There may be no such model."""
    run, named = address.says("run"), address.says(MODEL)
    if named is None or run is None or "/" in named or RUN_ID_PATTERN.fullmatch(named):
        return named
    return run if named == BEST else f"{run}/{named}"


def link_to(run_id: str, slot: str | None = None) -> dict[str, str]:
    """What the address of a page says to open a model there: on `MODELS_PAGE` in detail, on `WATCH_PAGE` it plays at once.

    Args:
        run_id: of its run.
        slot: the name that it was saved under; None: the best one.
    """
    return {"run": run_id, MODEL: BEST if slot is None else f"{run_id}/{slot}"}
