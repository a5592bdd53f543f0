"""Send a message to an address: the only place that imports Apprise, and only when something is sent or an address is checked."""

import logging
import re
from urllib.parse import unquote

from ..errors import NotificationError, reason
from ..run_files.notify_settings import MAX_ADDRESS_CHARACTERS

TITLE = "Control Room"
TEST_TEXT = "This is a test. Notifications of your runs will come here."
HIDDEN = "•••"
LONGEST_PROBLEM = 200
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}://.", re.IGNORECASE)


def check_address(url: str, number: int = 1) -> None:
    """Refuse an address that no message can be sent to; nothing is sent.

    Args:
        url: the address.
        number: which of those that were typed it is, as the sentence names it: the address itself is a secret.

    Raises:
        NotificationError: it is none that Apprise knows.
    """
    which = f"Address {number}"
    if len(url) > MAX_ADDRESS_CHARACTERS:
        raise NotificationError(f"{which} must have at most {MAX_ADDRESS_CHARACTERS:,} characters; it has {len(url):,}.")
    if not SCHEME.match(url):
        raise NotificationError(f"{which} must begin with a service, as in mailto://… or slack://…; it begins with none.")
    import apprise  # noqa: PLC0415 - a second, and nothing else needs it

    if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
        scheme = url.partition(":")[0].lower()
        what = "is not complete: see what Apprise asks for there" if _is_known(scheme) else "names a service that Apprise does not know"
        raise NotificationError(f"{which} must be an address of Apprise; one of {scheme}:// was given that {what}.")


def _is_known(scheme: str) -> bool:
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - see above

    return scheme in NotificationManager().schemas()  # type: ignore[no-untyped-call]  # published typed in part


def send(url: str, title: str, text: str) -> str | None:
    """Send a message. Returns why it could not be sent, in one line that does not hold the address; None: it was sent.

    Args:
        url: the address.
        title: its subject, where there is one.
        text: plain text.
    """
    import apprise  # noqa: PLC0415 - see above

    try:
        target = apprise.Apprise()
        if not target.add(url):
            return "the address is none that Apprise knows"
        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]  # the same
            done = target.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT)
            lines = said.getvalue().strip().splitlines()
    except Exception as error:  # noqa: BLE001 - a plugin of a hundred services
        return without_secrets(reason(error), url)
    return None if done else without_secrets(lines[-1] if lines else "the service did not take it", url)


def without_secrets(text: str, url: str) -> str:
    """A text in which no part of an address is left, on one short line."""
    parts = {part for one in (url, unquote(url)) for part in re.split(r"[/:@?&=,;#\s]+", one.partition("://")[2]) if len(part) > 3}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(re.escape(part), HIDDEN, text, flags=re.IGNORECASE)
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line[:LONGEST_PROBLEM]
