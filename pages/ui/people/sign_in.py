"""What a stranger sees where people sign in: how to do that, and nothing else."""

from collections.abc import Mapping

import streamlit as st

from pages.ui.guard import callback
from pages.ui.people.person import is_stranger
from pages.ui.shell.shell import draw_shell
from pages.ui.text import escaped

DEFAULT_PROVIDER = "default"  # as `st.login` calls what stands in [auth] itself


def let_in() -> None:
    """Called by every page before it shows anything: a stranger is asked to sign in, and the page ends here.

    `st.stop` forgets a press that waits for a part of the page; a stranger's press is not answered.
    """
    if is_stranger():
        _draw_sign_in()
        st.stop()


def _draw_sign_in() -> None:
    draw_shell()
    with st.container(key="sign_in"):
        st.markdown("# :material/grid_view: Control Room")
        st.markdown("Sign in to watch the runs of this app.")
        for provider in _providers():
            label = "Sign in" if provider == DEFAULT_PROVIDER else f"Sign in with {escaped(provider)}"
            st.button(
                label, key=f"sign_in_{provider}", type="primary", icon=":material/login:",
                on_click=callback(st.login, of_strangers=True), args=(provider,),
            )  # fmt: skip


def _providers() -> list[str]:
    """The providers in `secrets.toml`, the one without a name first."""
    auth = st.secrets.get("auth", {})
    if not isinstance(auth, Mapping):
        return [DEFAULT_PROVIDER]
    named = [name for name, value in auth.items() if isinstance(value, Mapping) and "client_id" in value]
    return [*([DEFAULT_PROVIDER] if "client_id" in auth else []), *named]
