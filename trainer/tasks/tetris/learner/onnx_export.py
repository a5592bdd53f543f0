"""The value network as an ONNX graph: raw features of the placements in, log-odds of their values out.

| tensor | shape | type |
|---|---|---|
| `features` | (positions, 34, 11) | float32, raw: the scaling is part of the graph |
| `values` | (positions, 34) | float32, the log-odds of each placement's value; the highest is played |
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from ....errors import FormatError
from ..game.features import N_FEATURES
from ..game.pieces import MAX_PLACEMENTS
from .evaluation import Layers

OPSET = 17
IR_VERSION = 8  # what goes with it: runtimes from 2022 on read it
TOLERANCE = 1e-5  # of a value; of its size, when that is above 1


def onnx_model(layers: Layers, feature_scales: NDArray[np.float32]) -> bytes:
    """The graph of a network.

    Args:
        layers: weight (out, in) and bias (out,) of each, first to last.
        feature_scales: (11,) what the raw features are divided by.
    """
    nodes = [helper.make_node("Div", ["features", "feature_scales"], ["scaled"])]
    constants: dict[str, NDArray[Any]] = {"feature_scales": feature_scales, "last_axis": np.array([-1], dtype=np.int64)}
    values = "scaled"
    for number, (weight, bias) in enumerate(layers):
        constants |= {f"weight_{number}": np.ascontiguousarray(weight.T), f"bias_{number}": bias}
        nodes += [
            helper.make_node("MatMul", [values, f"weight_{number}"], [f"product_{number}"]),
            helper.make_node("Add", [f"product_{number}", f"bias_{number}"], [f"sum_{number}"]),
        ]
        values = f"sum_{number}"
        if number < len(layers) - 1:
            nodes.append(helper.make_node("Relu", [values], [f"hidden_{number}"]))
            values = f"hidden_{number}"
    nodes.append(helper.make_node("Squeeze", [values, "last_axis"], ["values"]))
    graph = helper.make_graph(
        nodes,
        "afterstate_values",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["positions", MAX_PLACEMENTS, N_FEATURES])],
        [helper.make_tensor_value_info("values", TensorProto.FLOAT, ["positions", MAX_PLACEMENTS])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, producer_name="Control Room", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def check_export(model: bytes, features: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Run the graph and compare; returns the largest difference, of the size of values above 1.

    Args:
        model: the graph.
        features: (positions, 34, 11) raw features.
        expected: (positions, 34) what torch makes of them.

    Raises:
        FormatError: they differ by more than 1e-5.
    """
    (values,) = ReferenceEvaluator(onnx.load_from_string(model)).run(None, {"features": features})
    assert isinstance(values, np.ndarray)  # noqa: S101 - for the type checker
    difference = float(np.max(np.abs(values - expected) / np.maximum(1, np.abs(expected))))
    if not difference <= TOLERANCE:
        raise FormatError(f"An exported network must agree with torch to {TOLERANCE:g}; this one differs by {difference:.2g}.")
    return difference
