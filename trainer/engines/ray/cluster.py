"""A Ray cluster, as the relay sees it: places, nodes, and the agents on them. Nothing here or in `remote` is known elsewhere."""

import contextlib
import hashlib
import os
import platform
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ...errors import ClusterError, described, reason
from ...program import FOLDER, PACKAGE
from .address import parse_address, require_listener
from .versions import versions, why_unfit
from .wire import CallingLink, Link, NodeLostError, UnfitNodeError

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before it comes: it would tell its makers about every cluster

import ray
from ray import cloudpickle
from ray.exceptions import RayError, RayTaskError
from ray.util.placement_group import PlacementGroup
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from . import remote

cloudpickle.register_pickle_by_value(remote)

NAMESPACE = "control-room"
ANSWER_S, FIRST_ANSWER_S = 20.0, 90.0  # a call; the first one, for which an interpreter is started
CONNECT_S = 45.0  # to a cluster whose port is open
NODES_INTERVAL_S = 0.5  # between two looks at the list of nodes
SETTLES_S = 2.0  # until the cluster's count of free CPUs knows of a place that was given
LEASE_S = 120.0
"""How long trainers go on without us: longer than it takes to start this machine's process again."""


class RayCluster:
    """Connects to a cluster; see `wire.Cluster` for what it does.

    Args:
        on: `ray` or `ray:HOST:PORT`.
        runs_dir: the folder of runs that it serves: another one has agents and places of its own.
        lease_s: how long trainers go on without a head, in seconds.

    Raises:
        SettingError: that is no address.
        ClusterError: no cluster answers there, or it is of other versions.
    """

    def __init__(self, on: str, runs_dir: Path, *, lease_s: float = LEASE_S) -> None:
        self._address, self._lease_s = parse_address(on), lease_s
        self._mark = hashlib.sha256(f"{platform.node()}:{runs_dir}".encode()).hexdigest()[:10]
        self._prefix = f"{NAMESPACE}-{self._mark}-"
        self._versions = versions() | {"ray": ray.__version__}
        self._code = hashlib.sha256(repr(self._versions).encode()).hexdigest()[:8]  # an agent of before an update is another one
        _connect(self._address)
        self._changing = threading.RLock()
        self._excluded = set[str]()
        self._links: dict[str, _RayLink] = {}
        self._given_at: dict[str, float] = {}
        self._nodes, self._nodes_at = dict[str, Any](), -NODES_INTERVAL_S
        self._groups = self._known_groups()

    def known(self) -> list[str]:
        """The runs for which places are reserved, by this process or an earlier one."""
        return list(self._groups)

    @property
    def nodes(self) -> int:
        """How many can train."""
        return sum(node_id not in self._excluded and node["Resources"].get("CPU", 0) > 0 for node_id, node in self._alive().items())

    def room(self) -> int:
        """See `wire.Cluster`."""
        fit = sum(node["Resources"].get("CPU", 0) for node_id, node in self._alive().items() if node_id not in self._excluded)
        free = ray.available_resources().get("CPU", 0)
        lately = sum(time.monotonic() - given_at < SETTLES_S for given_at in self._given_at.values())
        return int(min(fit - len(self._groups), free - lately))

    def reserve(self, run_id: str) -> str | None:
        """See `wire.Cluster`."""
        with self._changing:
            group = self._groups.get(run_id)
            if group is None:
                others = [{"ray.io/node-id": f"!in({','.join(sorted(self._excluded))})"}] if self._excluded else None
                group = ray.util.placement_group(
                    [{"CPU": 1}], name=f"{self._prefix}{run_id}~{secrets.token_hex(3)}", lifetime="detached", bundle_label_selector=others
                )
                self._groups[run_id] = group
                self._given_at[run_id] = time.monotonic()
        place = ray.util.placement_group_table(group)
        if place.get("state") != "CREATED":
            return None
        return next(iter(place["bundles_to_node_id"].values()), None)

    def release(self, run_id: str) -> None:
        """See `wire.Cluster`."""
        with self._changing:
            self._given_at.pop(run_id, None)
            group = self._groups.pop(run_id, None)
        if group is not None:
            ray.util.remove_placement_group(group)

    def exclude(self, node: str) -> None:
        """See `wire.Cluster`."""
        self._excluded.add(node)

    def link(self, node: str) -> Link:
        """See `wire.Cluster`."""
        with self._changing:
            link = self._links.get(node)
            if link is None or link.broken:
                link = self._links[node] = _RayLink(self._agent(node))
        if not link.checked:
            self._check(node, link)
        return link

    def is_alive(self, node: str) -> bool:
        """See `wire.Cluster`."""
        return node in self._alive()

    def name(self, node: str) -> str:
        """See `wire.Cluster`."""
        found = self._nodes.get(node, {})
        return str(found.get("NodeManagerHostname") or found.get("NodeManagerAddress") or node[:8])

    def check_nodes(self) -> list[str]:
        """Look whether the nodes can train what this machine would; one sentence about each that cannot."""
        nodes = [node for node, about in self._alive().items() if node not in self._excluded and about["Resources"].get("CPU", 0)]
        with ThreadPoolExecutor(max(1, len(nodes))) as pool:
            return list(filter(None, pool.map(self._problem, nodes)))

    def _problem(self, node: str) -> str:
        try:
            self.link(node)
        except UnfitNodeError as error:
            self.exclude(node)
            return described(error)
        except NodeLostError:
            pass
        return ""

    def close(self) -> None:
        """Disconnect."""
        ray.shutdown()

    def _alive(self) -> dict[str, Any]:
        if time.monotonic() - self._nodes_at > NODES_INTERVAL_S:
            self._nodes = {node["NodeID"]: node for node in ray.nodes() if node["Alive"]}
            self._nodes_at = time.monotonic()
        return self._nodes

    def _known_groups(self) -> dict[str, PlacementGroup]:
        found = dict[str, PlacementGroup]()
        for one in ray.util.placement_group_table().values():
            if one["name"].startswith(self._prefix) and one["state"] != "REMOVED":
                with contextlib.suppress(ValueError):
                    found[one["name"].removeprefix(self._prefix).rpartition("~")[0]] = ray.util.get_placement_group(one["name"])
        return found

    def _agent(self, node: str) -> Any:
        options: dict[str, Any] = {
            "name": f"{self._prefix}agent-{node}-{self._code}", "namespace": NAMESPACE, "lifetime": "detached", "get_if_exists": True,
            "num_cpus": 0, "max_concurrency": 16, "max_restarts": 0,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=False),
        }  # fmt: skip
        actor: Any = ray.remote(remote.RemoteAgent)
        return actor.options(**options).remote(str(FOLDER), PACKAGE, f"{self._mark}-{node[:16]}", self._prefix, self._lease_s)

    def _check(self, node: str, link: "_RayLink") -> None:
        problem, theirs = link.describe()
        if (why := why_unfit(self.name(node), problem, theirs, self._versions)) is not None:
            raise UnfitNodeError(why)
        link.checked = True


class _RayLink(CallingLink):
    """The calls to one agent."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor
        self.broken = self.checked = False

    def describe(self) -> tuple[str, dict[str, str]]:
        """See `RemoteAgent`."""
        answer: tuple[str, dict[str, str]] = self._get(self._actor.describe.remote(), FIRST_ANSWER_S)
        return answer

    def _call(self, method: str, *arguments: Any) -> Any:
        return self._get(self._actor.call.remote(method, *arguments), ANSWER_S)

    def _get(self, answer: Any, timeout_s: float) -> Any:
        try:
            return ray.get(answer, timeout=timeout_s)
        except RayTaskError as error:  # the agent itself has failed: its disk is full, a file is damaged
            raise ClusterError(f"The node answers: {reason(error.cause)}.") from None
        except RayError as error:
            self.broken = True
            raise NodeLostError(reason(error)) from None


def _connect(address: str) -> None:
    """Become a driver of the cluster. Ray waits for minutes where nothing answers, and then ends the process."""
    if address:
        require_listener(address)
    failed = list[BaseException]()

    def connect() -> None:
        try:
            ray.init(address=address or "auto", namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
        except BaseException as error:  # noqa: BLE001 - said below
            failed.append(error)

    thread = threading.Thread(target=connect, name="connect", daemon=True)
    thread.start()
    thread.join(CONNECT_S)
    if thread.is_alive():
        raise ClusterError(
            f"What listens at {address or 'the address of the local cluster'} gave no answer of a Ray cluster in {CONNECT_S:g} s."
        )
    if failed:
        advice = " Start one: ray start --head" if not address else ""
        raise ClusterError(f"The Ray cluster{f' at {address}' if address else ''} cannot be joined ({reason(failed[0])}).{advice}")
