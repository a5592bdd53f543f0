"""What the person who runs the app has said about who may do what. Everything here is asked anew, so that nothing is remembered wrongly.

| where | name | meaning |
|---|---|---|
| variable | `CONTROL_ROOM_READ_ONLY=1` | everybody may only look |
| variable | `CONTROL_ROOM_ALLOW_ANYONE=1` | without sign-in, whoever reaches the app from other machines may do everything |
| `.streamlit/secrets.toml` | `[auth]` | the provider of OpenID Connect, as Streamlit's `st.login` wants it: whoever looks must sign in |
| `.streamlit/secrets.toml` | `[people]` `operators` | the addresses of those who may do everything; the provider must have verified them |
| `.streamlit/secrets.toml` | `[people]` `operator_groups` | … the groups of those |
| `.streamlit/secrets.toml` | `[people]` `groups_claim` | where the provider says a person's groups: `groups` if nothing is said |

Whoever is signed in and none of these is a viewer. What cannot be understood gives nobody more: a damaged file makes everybody a viewer.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from trainer.run_files.opening import exists

_listens_at: str | None = None  # the address of this process's server; None: it has none
READ_ONLY, ALLOW_ANYONE = "CONTROL_ROOM_READ_ONLY", "CONTROL_ROOM_ALLOW_ANYONE"
NO = ("", "0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Access:
    """What was said.

    Attributes:
        sign_in: whether whoever looks must sign in.
        only_look: why nobody may do more than look; empty: some may.
        operators: addresses, in lower case.
        groups: names of groups.
        groups_claim: the claim that holds a person's groups.
    """

    sign_in: bool = False
    only_look: str = ""
    operators: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    groups_claim: str = "groups"


def access() -> Access:
    """What was said, as it stands now."""
    secrets, problem = _secrets()
    sign_in = "auth" in secrets
    only_look = _why_only_look(problem, sign_in=sign_in)
    people = secrets.get("people", {})
    if not isinstance(people, Mapping):
        return Access(sign_in, only_look or "[people] in secrets.toml must be a table.")
    operators = frozenset(one.strip().lower() for one in _texts(people.get("operators")))
    claim = people.get("groups_claim", "groups")
    groups = frozenset(_texts(people.get("operator_groups")))
    return Access(sign_in, only_look, operators, groups, claim if isinstance(claim, str) else "groups")


def note_address(address: str | None) -> None:
    """Keep where the server of this process listens; Streamlit has an empty one, or none, for every address of the machine."""
    global _listens_at  # noqa: PLW0603 - a process has one server
    _listens_at = address or ""


def is_open() -> bool:
    """Whether other machines can reach the app, by the address that its server listens at."""
    address = _listens_at
    if address in (None, "localhost"):
        return False
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:  # a name, or none at all: every address of this machine
        return True


def says_yes(variable: str) -> bool:
    """Whether a variable of the environment is set to anything but a no."""
    return os.environ.get(variable, "").strip().lower() not in NO


def _why_only_look(problem: str, *, sign_in: bool) -> str:
    if says_yes(READ_ONLY):
        return f"This app is for looking only: it was started with {READ_ONLY}."
    if problem:
        return problem
    if not sign_in and is_open() and not says_yes(ALLOW_ANYONE):
        return (
            "Other machines can reach this app and nobody signs in, so it is for looking only. Set up sign-in, "
            f"or start it with {ALLOW_ANYONE}=1; see the README."
        )
    return ""


def _secrets() -> tuple[Mapping[str, Any], str]:
    """What `secrets.toml` says, and why it cannot be read; none is nothing said."""
    if st.secrets.load_if_toml_exists():
        return st.secrets, ""
    if any(exists(path) for path in st.get_option("secrets.files")):
        return {}, "secrets.toml is damaged, so this app is for looking only. Its terminal says what is wrong."
    return {}, ""


def _texts(value: Any) -> list[str]:
    """A list of texts, or a single one; whatever else it is, none."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
