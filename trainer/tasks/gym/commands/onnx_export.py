"""A policy as an ONNX graph: observations in, greedy actions out.

| tensor | shape | type |
|---|---|---|
| `observation` | (batch, …) | float32, as the environment's wrappers give it: raw, VecNormalize's averages are part of the graph; an \
observation of Discrete is int64 (batch) |
| `action` | (batch) of Discrete, else (batch, …) | int64; of Box float32, within its bounds |

An image has its channels first, from 0 to 255, as stable-baselines3's networks take it.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from gymnasium import spaces
from sb3_contrib.ars.policies import ARSPolicy
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.torch_layers import BatchRenorm1d
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.torch_layers import FlattenExtractor, NatureCNN
from stable_baselines3.common.vec_env import VecEnv, unwrap_vec_normalize
from stable_baselines3.dqn.policies import DQNPolicy
from torch import nn

from ....errors import FormatError, reason
from ....learning.environment_faults import explained
from ....learning.onnx_graph import INT64, OnnxGraph, check_export

OBSERVATION, ACTION = "observation", "action"
CHECKED = 50  # observations that the graph is tried with


class NotExportableError(Exception):
    """There is no graph of this policy; the text says why, to follow “because”."""


def onnx_model(policy: BasePolicy, envs: VecEnv) -> bytes:
    """The graph of a policy, once it is known to act as stable-baselines3 does.

    Args:
        policy: of the saved model.
        envs: with its averages.

    Raises:
        NotExportableError: it is of a kind that no graph is made of.
        EnvironmentFaultError: the environment fails.
    """
    graph = OnnxGraph()
    values = _network(graph, policy, _input(graph, policy, envs))
    _act(graph, policy, values)
    space, actions = policy.observation_space, policy.action_space
    takes = "int64" if isinstance(space, spaces.Discrete) else "float"
    gives = "float" if isinstance(actions, spaces.Box) else "int64"
    shapes: list[list[int | str]] = [["batch", *(one.shape or ())] for one in (space, actions)]
    model = graph.model("greedy_policy", (OBSERVATION, takes, shapes[0]), (ACTION, gives, shapes[1]))
    _check(model, policy, envs)
    return model


def _input(graph: OnnxGraph, policy: BasePolicy, envs: VecEnv) -> str:
    """What the network sees of an observation: one number after the other, or an image."""
    space, normalizer = policy.observation_space, unwrap_vec_normalize(envs)
    if isinstance(space, spaces.Discrete):
        depth, values = graph.constant(np.array(space.n)), graph.constant(np.array([0, 1], np.float32))
        return graph.add("OneHot", OBSERVATION, depth, values, axis=-1)
    if not isinstance(space, spaces.Box):
        raise NotExportableError(f"its observations are a {type(space).__name__}")
    seen = OBSERVATION
    if is_image_space(space) and policy.normalize_images:
        seen = graph.add("Div", seen, graph.constant(np.array(255, np.float32)))
    if normalizer is None or not normalizer.norm_obs:
        return seen
    average: Any = normalizer.obs_rms
    if np.shape(average.mean) != space.shape:
        raise NotExportableError("its observations are normalised before they are stacked or turned")
    centred = graph.add("Sub", seen, graph.constant(np.asarray(average.mean, np.float32)))
    deviation = np.sqrt(average.var + normalizer.epsilon)
    scaled = graph.add("Div", centred, graph.constant(np.asarray(deviation, np.float32)))
    bounds = [graph.constant(np.array(one, np.float32)) for one in (-normalizer.clip_obs, normalizer.clip_obs)]
    return graph.add("Clip", scaled, *bounds)


def _network(graph: OnnxGraph, policy: BasePolicy, values: str) -> str:
    for module in _modules(policy):
        values = _layer(graph, module, values)
    return values


def _modules(policy: Any) -> Iterator[nn.Module]:
    """The modules between an observation and an action, first to last."""
    actor = getattr(policy, "actor", None)
    kind = type(policy).__name__
    if isinstance(policy, QRDQNPolicy):
        yield from (policy.quantile_net.features_extractor, policy.quantile_net.quantile_net)
    elif isinstance(policy, DQNPolicy):
        yield from (policy.q_net.features_extractor, policy.q_net.q_net)
    elif isinstance(policy, ARSPolicy):
        yield from (policy.features_extractor, policy.action_net)
    elif isinstance(policy, ActorCriticPolicy) and not isinstance(policy, RecurrentActorCriticPolicy):
        yield from (policy.pi_features_extractor, policy.mlp_extractor.policy_net, policy.action_net)
        if policy.squash_output:
            yield nn.Tanh()
    elif actor is not None:
        yield actor.features_extractor
        yield from (actor.latent_pi, actor.mu, nn.Tanh()) if hasattr(actor, "latent_pi") else (actor.mu,)
    else:
        raise NotExportableError(f"its {kind} has a memory or takes masks")


def _layer(graph: OnnxGraph, module: nn.Module, values: str) -> str:
    if isinstance(module, nn.Sequential | FlattenExtractor | NatureCNN):
        for part in module.children():
            values = _layer(graph, part, values)
        return values
    if isinstance(module, nn.Linear):
        weights = [one.detach().numpy() for one in (module.weight, module.bias) if one is not None]
        return graph.add("Gemm", values, *map(graph.constant, weights), transB=1)
    write = LAYERS.get(type(module))
    if write is None:
        raise NotExportableError(f"its network has a layer of {type(module).__name__}")
    return write(graph, module, values)


def _convolution(graph: OnnxGraph, module: Any, values: str) -> str:
    weights = [graph.constant(one.detach().numpy()) for one in (module.weight, module.bias)]
    return graph.add("Conv", values, *weights, strides=[*module.stride], pads=[*module.padding] * 2)


def _renormalize(graph: OnnxGraph, module: Any, values: str) -> str:
    scale = module.scale / (module.ra_var + module.eps).sqrt()
    shift = module.bias - module.ra_mean * scale
    scaled = graph.add("Mul", values, graph.constant(scale.detach().numpy()))
    return graph.add("Add", scaled, graph.constant(shift.detach().numpy()))


def _clip(graph: OnnxGraph, module: Any, values: str) -> str:
    bounds = [graph.constant(np.array(one, np.float32)) for one in (module.min_val, module.max_val)]
    return graph.add("Clip", values, *bounds)


def _simple(operator: str, **attributes: Any) -> Callable[[OnnxGraph, Any, str], str]:
    return lambda graph, _, values: graph.add(operator, values, **attributes)


LAYERS: dict[type, Callable[[OnnxGraph, Any, str], str]] = {
    nn.ReLU: _simple("Relu"),
    nn.Tanh: _simple("Tanh"),
    nn.Sigmoid: _simple("Sigmoid"),
    nn.Flatten: _simple("Flatten", axis=1),
    nn.ELU: lambda graph, module, values: graph.add("Elu", values, alpha=module.alpha),
    nn.LeakyReLU: lambda graph, module, values: graph.add("LeakyRelu", values, alpha=module.negative_slope),
    nn.Hardtanh: _clip,
    nn.Conv2d: _convolution,
    BatchRenorm1d: _renormalize,
}


def _act(graph: OnnxGraph, policy: BasePolicy, values: str) -> None:
    """The greedy action of what the network says."""
    space = policy.action_space
    if isinstance(policy, QRDQNPolicy):
        shape = graph.constant(np.array([-1, policy.n_quantiles, int(space.n)]))  # type: ignore[attr-defined]  # it takes Discrete alone
        values = graph.add("ReduceMean", graph.add("Reshape", values, shape), axes=[1], keepdims=0)
    if isinstance(space, spaces.Discrete):
        graph.add("ArgMax", values, axis=1, keepdims=0, output=ACTION)
    elif isinstance(space, spaces.MultiDiscrete):
        ends = np.cumsum([0, *space.nvec])
        parts = [graph.add("Gather", values, graph.constant(np.arange(*pair)), axis=1) for pair in itertools.pairwise(ends)]
        graph.add("Concat", *(graph.add("ArgMax", part, axis=1) for part in parts), axis=1, output=ACTION)
    elif isinstance(space, spaces.MultiBinary):
        likely = graph.add("Greater", values, graph.constant(np.array(0, np.float32)))  # log-odds
        graph.add("Cast", likely, to=INT64, output=ACTION)
    elif isinstance(space, spaces.Box):
        shaped = graph.add("Reshape", values, graph.constant(np.array([-1, *space.shape])))
        low, high = (one.astype(np.float32) for one in (space.low, space.high))
        if policy.squash_output:
            scaled = graph.add("Mul", shaped, graph.constant((high - low) / 2))
            graph.add("Add", scaled, graph.constant((high + low) / 2), output=ACTION)
        else:
            graph.add("Min", graph.add("Max", shaped, graph.constant(low)), graph.constant(high), output=ACTION)


def _check(model: bytes, policy: BasePolicy, envs: VecEnv) -> None:
    """Compare actions at observations that are met when something is done at random."""
    raw, actions = _met(policy, envs)
    space = policy.observation_space
    seen = np.array(raw, np.int64 if isinstance(space, spaces.Discrete) else np.float32)
    try:
        check_export(model, seen, np.array(actions))
    except FormatError as error:
        raise NotExportableError(f"its graph acts otherwise ({reason(error).rstrip('.')})") from None


def _met(policy: BasePolicy, envs: VecEnv) -> tuple[list[Any], list[Any]]:
    """Observations before they are normalised, and what the policy does then."""
    normalizer, raw, actions = unwrap_vec_normalize(envs), list[Any](), list[Any]()
    envs.seed(0)
    envs.action_space.seed(0)
    try:
        observation = envs.reset()
        for _ in range(CHECKED):
            actions.append(policy.predict(observation, deterministic=True)[0][0])  # type: ignore[arg-type]  # no tuple
            raw.append((normalizer.get_original_obs() if normalizer is not None else observation)[0])  # type: ignore[index]
            observation = envs.step(np.array([envs.action_space.sample()]))[0]
    except (Exception, SystemExit) as error:
        raise explained(error) from error
    return raw, actions
