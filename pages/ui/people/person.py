"""Who it is that looks or presses now, by the token of the provider, and what this person may do.

Streamlit does not look whether a token has expired, nor whether an address was verified (`st.user`): so this is asked anew whenever a
part of a page is drawn, a widget calls, or anything is to be changed.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.people.access import Access, access
from pages.ui.text import plain
from trainer.errors import NotPermittedError
from trainer.run_files.control import NO_BRACKETS
from trainer.run_files.permission import ask_before_changes

APP = "app"  # who acts where nobody signs in
MAX_NAME = 80  # characters: of an address in an event
NOT_AN_OPERATOR = "You may look, export and watch. What changes anything is for operators."
NOBODY_ASKS = "Only an operator may change anything, and nobody asks for it here."
SIGN_IN = "You are not signed in, or no longer: sign in to go on."

Role = Literal["operator", "viewer", "stranger"]
"""A stranger must sign in before anything is shown."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever looks.

    Attributes:
        name: an address or what else the provider calls the person; `app` where nobody signs in. One printable line.
        role: what the person may do.
        why: one sentence why no more than that; empty for an operator.
    """

    name: str
    role: Role
    why: str = ""


def present_person() -> Person:
    """Whoever looks or presses now. A thread that draws no page is nobody's: where people sign in it may only look."""
    said = access()
    if not said.sign_in:
        return Person(APP, "viewer" if said.only_look else "operator", said.only_look)
    if get_script_run_ctx(suppress_warning=True) is None:
        return Person(APP, "viewer", said.only_look or NOBODY_ASKS)
    return person_of(st.user.to_dict(), said, now=time.time())


def person_of(claims: Mapping[str, Any], said: Access, *, now: float) -> Person:
    """Whom the claims of an identity token make somebody.

    Args:
        claims: as the provider has signed them; `is_logged_in` is Streamlit's.
        said: who may do what.
        now: seconds since 1970.
    """
    if claims.get("is_logged_in") is not True or not _is_valid(claims.get("exp"), now):
        return Person("nobody", "stranger", SIGN_IN)
    address = _verified_address(claims)
    name = _name(address or claims.get("preferred_username") or claims.get("sub"))
    if said.only_look:
        return Person(name, "viewer", said.only_look)
    if address in said.operators or said.groups & set(_groups(claims.get(said.groups_claim))):
        return Person(name, "operator")
    return Person(name, "viewer", NOT_AN_OPERATOR)


def may_act() -> bool:
    """Whether whoever looks now may change anything."""
    return present_person().role == "operator"


def is_stranger() -> bool:
    """Whether whoever looks now must sign in first."""
    return present_person().role == "stranger"


def require_signed_in() -> None:
    """Refuse what a stranger asks for.

    Raises:
        NotPermittedError: the person is not signed in, or no longer.
    """
    person = present_person()
    if person.role == "stranger":
        raise NotPermittedError(person.why)


def operator_only(*, disabled: bool = False, help: str | None = None) -> dict[str, Any]:  # noqa: A002 - a widget's own argument
    """The arguments `disabled` and `help` of a widget that changes something: for a viewer it is off and says why.

    This is a courtesy to the person alone. What is refused is refused where it is about to be changed; see `trainer.run_files.permission`.
    """
    person = present_person()
    return {"disabled": disabled, "help": help} if person.role == "operator" else {"disabled": True, "help": person.why}


def acting_as() -> str:
    """Whoever presses now, as control files and events call a person."""
    return present_person().name


def require_operator() -> None:
    """Refuse a change that is not an operator's.

    Raises:
        NotPermittedError: a viewer or a stranger asks for it.
    """
    person = present_person()
    if person.role != "operator":
        raise NotPermittedError(person.why)


def _is_valid(expires: Any, now: float) -> bool:
    return isinstance(expires, int | float) and not isinstance(expires, bool) and now < expires


def _verified_address(claims: Mapping[str, Any]) -> str:
    """The address, in lower case, if the provider says that it is the person's own; else empty. Some providers write the truth as text."""
    address = claims.get("email")
    return address.strip().lower() if isinstance(address, str) and claims.get("email_verified") in (True, "true") else ""


def _name(text: Any) -> str:
    """How a person is called; what is no address stands in quotation marks, for `app`, `cli` and `sweep` are no persons."""
    name = plain(text if isinstance(text, str) else "", MAX_NAME - 2).translate(NO_BRACKETS)
    return name if "@" in name else f"“{name or 'somebody'}”"


def _groups(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


ask_before_changes(require_operator)
