"""`ray` or `ray:HOST:PORT`, as `--on` has it. Without an address: the cluster that runs on this machine."""

import re
import socket

from ...errors import ClusterError, SettingError, reason, shown

ENGINE = "ray"
ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):([0-9]{1,5})")
MAX_PORT = 65_535
CONNECT_S = 5.0


def parse_address(on: str) -> str:
    """The address in it; empty if it has none.

    Raises:
        SettingError: it is none.
    """
    engine, _, address = on.partition(":")
    found = ADDRESS.fullmatch(address)
    if engine != ENGINE or (on != ENGINE and (found is None or not 0 < int(found.group(2)) <= MAX_PORT)):
        raise SettingError(f"--on must be ray or ray:HOST:PORT, such as ray:192.168.1.5:6379; got {shown(on)}.")
    return address


def require_listener(address: str) -> None:
    """Refuse an address at which nothing listens: Ray itself would wait for minutes, and then end the process.

    Raises:
        ClusterError: nothing does.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
    except OSError as error:
        advice = f"Start one there: ray start --head --port {port}"
        raise ClusterError(f"No Ray cluster answers at {address} ({reason(error)}). {advice}") from None
