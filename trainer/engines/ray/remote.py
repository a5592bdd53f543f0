"""The agent as a Ray actor. This module travels to the node as it is, so it names nothing of ours before it has found it there.

Ray would import our package on the node by its name, which another program may have, too; and a checkout has no name at all.
"""

import importlib
import importlib.util
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import ray

PACKAGES = ("control_room", "trainer")
IDLE_LEASES = 2  # an agent without trainers that nobody has asked for so many leases ends
CHECK_INTERVAL_S = 5.0


class RemoteAgent:
    """Answers for a node: every method is one of the agent's.

    Args:
        folder: of our package on the head; used if the node has it, too, as on a shared disk.
        package: what it is called there.
        name: of the agent's folder in the node's folder for temporary files.
        prefix: of the names of the places that the head has reserved.
        lease_s: how long trainers go on without a head, in seconds.
    """

    def __init__(self, folder: str, package: str, name: str, prefix: str, lease_s: float) -> None:
        self._prefix, self._lease_s = prefix, lease_s
        self._problem, self._versions, self._agent = "", dict[str, str](), None
        try:
            module: Any = _load(folder, package)
            root = Path(tempfile.gettempdir()) / f"control-room-{os.getuid()}"
            root.mkdir(mode=0o700, exist_ok=True)
            if root.stat().st_uid != os.getuid() or root.is_symlink():
                raise OSError(f"{root} belongs to somebody else")  # noqa: TRY301 - said as the others are
            self._agent = module.Agent(root / name, lease_s=lease_s)
            versions: Any = importlib.import_module(f"{module.__package__}.versions")
            self._versions = versions.versions() | {"ray": ray.__version__}
        except (ImportError, OSError) as error:
            self._problem = " ".join(map(str, error.args))
            return
        threading.Thread(target=self._watch, daemon=True).start()

    def describe(self) -> tuple[str, dict[str, str]]:
        """Why it cannot work, or nothing; and the versions of what decides what is learned."""
        return self._problem, self._versions

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the agent."""
        return getattr(self._agent, method)(*arguments)

    def _watch(self) -> None:
        agent: Any = self._agent
        while not agent.is_idle(IDLE_LEASES * self._lease_s):
            threading.Event().wait(CHECK_INTERVAL_S)
        node = ray.get_runtime_context().get_node_id()
        for one in ray.util.placement_group_table().values():
            if one["name"].startswith(self._prefix) and node in one["bundles_to_node_id"].values() and one["state"] != "REMOVED":
                ray.util.remove_placement_group(ray.util.get_placement_group(one["name"]))
        os._exit(0)


def _load(folder: str, package: str) -> Any:
    """Our module `agent`: from the head's own folder if it is here, else from what is installed here."""
    init = Path(folder) / "__init__.py"
    if not init.is_file():
        found = next((name for name in PACKAGES if _is_installed(name)), None)
        if found is None:
            raise ImportError(f"Control Room is not installed there, and {folder} is not there either")
        return importlib.import_module(f"{found}.engines.ray.agent")
    spec: Any = importlib.util.spec_from_file_location(package, init, submodule_search_locations=[folder])
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    spec.loader.exec_module(module)
    return importlib.import_module(f"{package}.engines.ray.agent")


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(f"{package}.engines.ray") is not None
    except ImportError:
        return False
