"""A network as an ONNX graph, written by hand: node after node, so that no exporter of torch is needed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from ..errors import FormatError

OPSET = 17
IR_VERSION = 8  # what goes with it: runtimes from 2022 on read it
TOLERANCE = 1e-5  # of a value; of its size, when that is above 1
INT64 = int(TensorProto.INT64)
TYPES = {"float": int(TensorProto.FLOAT), "int64": INT64}


class OnnxGraph:
    """A graph with one input and one output, while it is written."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        """Add numbers that stay the same; returns their name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its output."""
        name = output or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, [*inputs], [name], **attributes))
        return name

    def model(self, name: str, takes: tuple[str, str, Sequence[int | str]], gives: tuple[str, str, Sequence[int | str]]) -> bytes:
        """The whole graph.

        Args:
            name: of it.
            takes: name, type and shape of its input; a dimension with a name may have any size.
            gives: the same of its output.
        """
        ends = [helper.make_tensor_value_info(end, TYPES[kind], shape) for end, kind, shape in (takes, gives)]
        graph = helper.make_graph(self._nodes, name, ends[:1], ends[1:], self._constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, producer_name="Control Room", opset_imports=opset, ir_version=IR_VERSION)
        checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content


def check_export(model: bytes, inputs: NDArray[Any], expected: NDArray[Any]) -> float:
    """Run a graph and compare; returns the largest difference, of the size of values above 1.

    Args:
        model: the graph.
        inputs: what it takes.
        expected: what torch makes of it.

    Raises:
        FormatError: they differ by more than 1e-5.
    """
    graph = onnx.load_from_string(model)
    (values,) = ReferenceEvaluator(graph).run(None, {graph.graph.input[0].name: inputs})
    assert isinstance(values, np.ndarray)  # noqa: S101 - for the type checker
    difference = float(np.max(np.abs(values - expected) / np.maximum(1, np.abs(expected))))
    if not difference <= TOLERANCE:
        raise FormatError(f"An exported network must agree with torch to {TOLERANCE:g}; this one differs by {difference:.2g}.")
    return difference
