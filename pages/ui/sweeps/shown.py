"""Which study is shown.

Picked by a person, kept in the address as `?study=<study_id>`, remembered from page to page.
"""

from collections.abc import Sequence

import streamlit as st

from pages.ui.shell import address
from trainer.creating import default_runs_dir
from trainer.run_files.study_directory import STUDY_ID_PATTERN, SWEEPS_DIR, StudyDirectory

STUDY = "study"  # in the address
REMEMBERED = "shown_study"  # in the session: the study shown last


def named() -> str | None:
    """What the address names; it may be anything."""
    return address.says(STUDY)


def shown_of(studies: Sequence[StudyDirectory]) -> StudyDirectory | None:
    """The study that the address names, else the one shown last, else the newest.

    One deleted while it was shown stays shown.
    """
    remembered: str | None = st.session_state.get(REMEMBERED)
    wanted = named() or remembered
    found = next((one for one in studies if one.study_id == wanted), None)
    if found is None and wanted and wanted == remembered and STUDY_ID_PATTERN.fullmatch(wanted):
        return StudyDirectory(default_runs_dir() / SWEEPS_DIR / wanted)
    return found or (studies[0] if studies else None)


def show(study_id: str) -> None:
    """Show this study from now on, and after a reload."""
    st.session_state[REMEMBERED] = study_id
    address.write(**{STUDY: study_id})
