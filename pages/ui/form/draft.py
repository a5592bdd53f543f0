"""What a person has typed into the form that starts a run, kept until a run is made of it or the person takes it back.

A form of Streamlit's own sends nothing before it is submitted, so that Escape loses all of it; and Streamlit forgets what a widget
shows once it is not drawn. So the fields send every letter along with the next thing that happens, and outlive the dialog.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import streamlit as st

_DRAFT = "start_form_draft"  # in the session
TYPED: Final[dict[str, Any]] = {"live": "0ms", "on_change": "ignore", "persist_state": "session"}
"""For lines of text: every letter is kept, and none of them draws anything anew."""
CHOSEN: Final[dict[str, Any]] = {"on_change": "ignore", "persist_state": "session"}
"""The same for other fields."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that is being filled in.

    Attributes:
        task: whose settings they are.
        of: what fills in the fields: the name of a preset, or the run to fork.
        base: what each field begins with there.
        changed: what was typed instead before another preset was chosen, by field.
        version: of the widgets; others when the fields begin with other values.
        tries: how often a start was tried: from the first on, mistakes are marked.
        opened: whether a closed part of the form had a mistake at one of them; it then stays open.
    """

    task: str = ""
    of: str = ""
    base: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    tries: int = 0
    opened: bool = False

    def key(self, name: str) -> str:
        """The widget of a field."""
        return f"new_{name}_{self.version}"

    def begin(self, name: str) -> Any:
        """What the widget of a field begins with."""
        return self.changed.get(name, self.base[name])

    def value(self, name: str) -> Any:
        """What a field shows now."""
        return st.session_state.get(self.key(name), self.begin(name))

    def changes(self) -> dict[str, Any]:
        """What was typed that is not what the fields began with."""
        values = {name: self.value(name) for name in self.base}
        return {name: value for name, value in values.items() if value != self.base[name]}


def draft_of(task: str, of: str, base: Mapping[str, Any], shared: Collection[str]) -> Draft:
    """The draft; where something else fills in the fields, with what was changed before on top of it.

    Args:
        task: whose settings they are.
        of: what fills in the fields.
        base: what each field begins with.
        shared: the fields that keep what was typed when another task is chosen.
    """
    draft = _present()
    if (draft.task, draft.of, draft.base) != (task, of, base):
        changes = {name: value for name, value in draft.changes().items() if draft.task in ("", task) or name in shared}
        draft = Draft(task, of, base, changes, draft.version + 1, draft.tries, draft.opened)
        st.session_state[_DRAFT] = draft
    return draft


def mark_mistakes(*, opened: bool) -> None:
    """A start is tried; `opened` says that a closed part of the form has a mistake."""
    draft = _present()
    st.session_state[_DRAFT] = replace(draft, tries=draft.tries + 1, opened=draft.opened or opened)


def forget_draft() -> None:
    """Begin anew: a run was made of it, or the person wants the preset's own values."""
    st.session_state[_DRAFT] = Draft(version=_present().version + 1)


def _present() -> Draft:
    draft: Draft = st.session_state.get(_DRAFT, Draft())
    return draft
