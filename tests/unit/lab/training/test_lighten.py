"""A network made cheaper gives the same numbers; needs onnx, which nothing but training does."""

from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import helper, numpy_helper  # noqa: E402

from lab.training.lighten import lighten, unfolded_kernel  # noqa: E402
from mri_bme.inference import open_network  # noqa: E402

FOLD, N_IN, N_OUT = 2, 3, 4


def folded(name: str, fold: int) -> tuple[list[Any], str]:
    """Fold the input into channels, in the steps that torch leaves in an exported network."""
    shapes = ([0, 0, -1, fold, 0], [0, 0, 0, 0, -1, fold], [0, -1, 1, 1, 0, 0])
    made = [constant(f"{name}{n}", shape) for n, shape in enumerate([[3], *shapes, [2, 3]])]
    steps = (
        ("Unsqueeze", ["slices", f"{name}0"], {}),
        ("Reshape", [f"{name}a", f"{name}1"], {}),
        ("Reshape", [f"{name}b", f"{name}2"], {}),
        ("Transpose", [f"{name}c"], {"perm": [0, 1, 3, 5, 2, 4]}),
        ("Reshape", [f"{name}d", f"{name}3"], {}),
        ("Squeeze", [f"{name}e", f"{name}4"], {}),
    )
    for letter, (kind, inputs, attributes) in zip("abcdef", steps, strict=True):
        made.append(helper.make_node(kind, inputs, [f"{name}{letter}"], **attributes))
    return made, f"{name}f"


def constant(name: str, values: list[int]) -> Any:
    array = numpy_helper.from_array(np.array(values, dtype=np.int64))
    return helper.make_node("Constant", [], [name], value=array)


def convolution(inputs: list[str], output: str) -> Any:
    size = {"kernel_shape": [3, 3], "pads": [1] * 4, "strides": [1, 1]}
    return helper.make_node("Conv", inputs, [output], name=output, **size)


def small_network() -> Any:
    """Folded input, convolved; put beside the folded input, convolved again, softmax."""
    rng = np.random.default_rng(3)
    n_folded = N_IN * FOLD**2
    weights = {
        "k1": rng.normal(size=(N_OUT, n_folded, 3, 3)) / 9,
        "b1": rng.normal(size=N_OUT),
        "k2": rng.normal(size=(N_OUT, N_OUT + n_folded, 3, 3)) / 9,
        "b2": rng.normal(size=N_OUT),
    }
    first, one = folded("p", FOLD)
    second, other = folded("q", FOLD)
    nodes = [
        *first,
        convolution([one, "k1", "b1"], "coarse"),
        *second,
        helper.make_node("Concat", ["coarse", other], ["both"], axis=1),
        convolution(["both", "k2", "b2"], "logits"),
        helper.make_node("Softmax", ["logits"], ["probability"], axis=1),
    ]
    kind, shape = onnx.TensorProto.FLOAT, ["n", None, "height", "across"]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("slices", kind, ["n", N_IN, "height", "across"])],
        [helper.make_tensor_value_info("probability", kind, shape)],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answer(model: Any, slices: np.ndarray) -> np.ndarray:
    found = open_network(model.SerializeToString()).run(None, {"slices": slices})[0]
    return np.asarray(found)


def test_a_lighter_network_gives_the_same_numbers_without_moving_pixels() -> None:
    model = small_network()
    light = lighten(model)
    slices = np.random.default_rng(5).normal(size=(2, N_IN, 12, 16)).astype(np.float32)
    np.testing.assert_allclose(answer(light, slices), answer(model, slices), atol=1e-6)
    kinds = {node.op_type for node in light.graph.node}
    assert not kinds & {"Transpose", "Reshape", "Concat", "Softmax"}


def test_a_kernel_for_folded_pixels_is_a_larger_one_in_steps() -> None:
    kernel = np.zeros((1, FOLD**2, 3, 3), dtype=np.float32)
    kernel[0, 1, 2, 0] = 7.0  # second pixel of the first row of the fold, below and to the left
    wide = unfolded_kernel(kernel, FOLD)
    assert wide.shape == (1, 1, 6, 6)
    assert np.argwhere(wide[0, 0]).tolist() == [[4, 1]]


def test_a_network_that_ends_with_something_else_is_refused() -> None:
    model = small_network()
    (concat,) = (node for node in model.graph.node if node.op_type == "Concat")
    concat.input[:] = list(concat.input)[::-1]
    with pytest.raises(ValueError, match="does not end with the folded input"):
        lighten(model)
