"""The value network as an ONNX graph: raw features of the placements in, log-odds of their values out.

| tensor | shape | type |
|---|---|---|
| `features` | (positions, 34, 11) | float32, raw: the scaling is part of the graph |
| `values` | (positions, 34) | float32, the log-odds of each placement's value; the highest is played |
"""

import numpy as np
from numpy.typing import NDArray

from ....learning.onnx_graph import OnnxGraph
from ..game.features import N_FEATURES
from ..game.pieces import MAX_PLACEMENTS
from .evaluation import Layers

FEATURES, VALUES = "features", "values"


def onnx_model(layers: Layers, feature_scales: NDArray[np.float32]) -> bytes:
    """The graph of a network.

    Args:
        layers: weight (out, in) and bias (out,) of each, first to last.
        feature_scales: (11,) what the raw features are divided by.
    """
    graph = OnnxGraph()
    values = graph.add("Div", FEATURES, graph.constant(feature_scales))
    for number, (weight, bias) in enumerate(layers):
        product = graph.add("MatMul", values, graph.constant(weight.T))
        values = graph.add("Add", product, graph.constant(bias))
        if number < len(layers) - 1:
            values = graph.add("Relu", values)
    graph.add("Squeeze", values, graph.constant(np.array([-1], dtype=np.int64)), output=VALUES)
    shape: list[int | str] = ["positions", MAX_PLACEMENTS, N_FEATURES]
    return graph.model("afterstate_values", (FEATURES, "float", shape), (VALUES, "float", shape[:2]))
