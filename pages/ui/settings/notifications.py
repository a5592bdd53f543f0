"""The notifications section: where messages go, of what, a test, what was sent, and messages in this browser."""

from pathlib import Path

import streamlit as st

from pages.ui.cache import Cache
from pages.ui.control_values import value_key
from pages.ui.guard import callback, fragment
from pages.ui.people.person import operator_only
from pages.ui.text import ago, escaped
from trainer.creating import default_runs_dir
from trainer.errors import FormatError
from trainer.notifying.noticing import WORDS
from trainer.notifying.sending import check_address
from trainer.notifying.starting import is_testing, see_to_notifications, start_test
from trainer.numbers import count
from trainer.run_files.notifications import SentRow, sent_reader
from trainer.run_files.notify_settings import (
    EVENTS,
    MAX_ADDRESSES,
    NotifyEvent,
    NotifySettings,
    read_notify_settings,
    with_addresses,
    write_notify_settings,
)
from trainer.run_files.opening import real

NEW_ADDRESSES, CHOSEN = "new_addresses", "notify_events"
ADDED = "addresses_added"  # in the session: how often; a secret is not shown again, so the next field is another one
SHOWN_ROWS = 50
TESTING_S, QUIET_S = 1.0, 5.0  # between two looks at what was sent
EXAMPLE = "slack://TokenA/TokenB/TokenC\nmailto://user:password@example.com\nntfy://ntfy.sh/my-topic"
MEANINGS: dict[NotifyEvent, str] = {
    "new_best": "a better model than any before, as often as there is one",
    "target_reached": "the run ended since it reached its target",
    "finished": "all steps are done",
    "stopped": "somebody stopped it",
    "crashed": "the trainer died or met an error",
    "stalled": "no step for half a minute",
    "not_a_number": "a loss, a reward or the network is NaN",
    "plateau": "the later half of the scores does not rise",
    "collapse": "half of what was learned is lost again",
}
_JS = Path(__file__).with_name("permission.js").read_text(encoding="utf-8")
_HTML = '<button type="button"></button><span role="status"></span>'
_CSS = Path(__file__).with_name("permission.css").read_text(encoding="utf-8")
_readers = Cache(8)


def draw_notifications() -> None:
    """Draw the section."""
    st.markdown("## Notifications")
    runs_dir = real(default_runs_dir())
    draw = fragment(_draw_settings)
    draw(runs_dir)
    st.caption("In this browser, while a tab of the app is open: of the run that it shows.")
    mount = st.components.v2.component("control_room.permission", html=_HTML, css=_CSS, js=_JS)
    mount(key="notify_permission", height="content")
    draw_log = fragment(_draw_log, TESTING_S if is_testing(runs_dir) else QUIET_S)
    draw_log(runs_dir)


def _draw_settings(runs_dir: Path) -> None:
    try:
        settings = read_notify_settings(runs_dir)
    except FormatError as error:
        st.error(escaped(error, limit=300), icon=":material/error:")
        settings = NotifySettings()
    _draw_addresses(settings)
    known = list(settings.events)
    key = value_key(CHOSEN, known)
    st.multiselect(
        "Tell of", EVENTS, known, key=key, format_func=lambda event: WORDS[event].capitalize(),
        on_change=callback(_choose, value=key), args=(runs_dir, key),
        **operator_only(help="  \n".join(f"**{WORDS[event].capitalize()}**: {meaning}." for event, meaning in MEANINGS.items())),
    )  # fmt: skip
    st.text_area(
        "Add addresses", key=_field(), placeholder=EXAMPLE, height=100,
        help="Addresses of [Apprise](https://appriseit.com/services/), one a line: mail, Slack, Discord, ntfy, this desktop and a hundred "
        "more. They are kept in a file that you alone can read, and are never shown again.",
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button("Add", key="add_addresses", icon=":material/add:", on_click=callback(_add), args=(runs_dir,), **operator_only())
        st.button(
            "Send a test", key="test_addresses", icon=":material/send:", on_click=callback(start_test), args=(runs_dir,),
            **operator_only(disabled=not settings.addresses, help="To every address; how it went is told below."),
        )  # fmt: skip


def _draw_addresses(settings: NotifySettings) -> None:
    if not settings.addresses:
        st.markdown("Nobody is told yet. Add an address, and the trainers' side tells it, with no tab open.")
        return
    st.markdown(f"{count(len(settings.addresses), 'address', 'addresses')}, each told at most once a minute of a run:")
    for address in settings.addresses:
        line, remove = st.columns([5, 1], vertical_alignment="center")
        line.markdown(f":material/send: {escaped(address.mark)} :gray[· added {ago(address.since)}]")
        remove.button(
            "Remove", key=f"remove_{address.key}", icon=":material/close:", width="stretch",
            on_click=callback(_remove), args=(address.key,), **operator_only(help=f"Tell {address.mark.partition(' ')[0]} no more."),
        )  # fmt: skip


def _choose(runs_dir: Path, key: str) -> None:
    settings = read_notify_settings(runs_dir)
    chosen = set(st.session_state[key])
    write_notify_settings(runs_dir, NotifySettings(settings.addresses, tuple(event for event in EVENTS if event in chosen)))


def _add(runs_dir: Path) -> None:
    urls = [
        line.strip() for line in str(st.session_state[f"{NEW_ADDRESSES}_{st.session_state.get(ADDED, 0)}"]).splitlines() if line.strip()
    ]
    for number, url in enumerate(urls, start=1):
        check_address(url, number)
    more = with_addresses(_readable(runs_dir), urls)
    if len(more.addresses) > MAX_ADDRESSES:
        st.toast(f"At most {MAX_ADDRESSES} addresses can be told; remove one first.", icon=":material/error:")
        return
    write_notify_settings(runs_dir, more)
    st.session_state[ADDED] = st.session_state.get(ADDED, 0) + 1
    see_to_notifications(runs_dir)


def _field() -> str:
    return f"{NEW_ADDRESSES}_{st.session_state.get(ADDED, 0)}"


def _readable(runs_dir: Path) -> NotifySettings:
    """The settings; a damaged file is replaced."""
    try:
        return read_notify_settings(runs_dir)
    except FormatError:
        return NotifySettings()


def _remove(key: str) -> None:
    runs_dir = real(default_runs_dir())
    settings = read_notify_settings(runs_dir)
    write_notify_settings(runs_dir, NotifySettings(tuple(one for one in settings.addresses if one.key != key), settings.events))


def _draw_log(runs_dir: Path) -> None:
    reader = _readers.get(runs_dir, None, lambda: sent_reader(runs_dir))
    rows: list[SentRow] = reader.refresh()[: -SHOWN_ROWS - 1 : -1]
    if is_testing(runs_dir):
        st.caption(":material/hourglass_top: Sending a test…")
    if not rows:
        st.caption("Nothing was sent yet.")
        return
    with st.container(height=220, border=True, key="sent_log"):
        st.markdown("  \n".join(_line(row) for row in rows))


def _line(row: SentRow) -> str:
    how = ":green[:material/check: sent]" if row.problem is None else f":red[:material/error: not sent] {escaped(row.problem, limit=200)}"
    tries = f", try {row.tries}" if row.tries > 1 else ""
    return f"{ago(row.at)} · {escaped(row.text, limit=160)} :gray[· {escaped(row.to)}{tries}] {how}"
