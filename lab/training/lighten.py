"""Make an exported bone network cheaper on a CPU: the same numbers from fewer steps.

Needs `pip install onnx`, as training does.

    python -m lab.training.lighten BONES.onnx LIGHTER.onnx

The network folds pixels into channels before it convolves them, twice, and ends with a softmax
over channels. onnxruntime spends two fifths of its time on moving numbers for that. Folding by r
and a kernel of k x k is a kernel of kr x kr with steps of r; the layer at the border of what was
folded and what was not is the sum of two; and a softmax is a quotient of exponentials, which need
not be moved. Answers agree with those of the network to 1e-6.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

FOLDING = ("Unsqueeze", "Reshape", "Transpose", "Squeeze")
Kernel = NDArray[np.float32]


def lighten(model: ModelProto) -> ModelProto:
    """Rewrite a network as `bone_net.export` leaves it.

    Raises
    ------
    ValueError
        If it is not built like that.
    """
    light = ModelProto()
    light.CopyFrom(model)
    _split_concatenations(light)
    _unfold_inputs(light)
    _spell_out_softmax(light)
    del light.graph.value_info[:]
    onnx.checker.check_model(light)
    return light


def unfolded_kernel(kernel: Kernel, fold: int) -> Kernel:
    """Turn a kernel for pixels folded by `fold` into one for the pixels themselves.

    `kernel` is (out, channels * fold**2, k, k), as `torch.pixel_unshuffle` orders channels; the
    result (out, channels, k * fold, k * fold), to be moved in steps of `fold`.
    """
    n_out, n_in, size, _ = kernel.shape
    parts = kernel.reshape(n_out, n_in // fold**2, fold, fold, size, size)
    moved = parts.transpose(0, 1, 4, 2, 5, 3)
    return np.ascontiguousarray(moved.reshape(n_out, -1, size * fold, size * fold))


def _split_concatenations(model: ModelProto) -> None:
    """Convolve what is concatenated one by one, and add."""
    graph = model.graph
    for concat in [node for node in graph.node if node.op_type == "Concat"]:
        (conv,) = (node for node in graph.node if concat.output[0] in node.input)
        kernel = _kernel(model, conv)
        place, sums = list(graph.node).index(conv), []
        fold = _fold_of(model, concat.input[1])
        if fold is None:
            raise ValueError(f"{concat.name} does not end with the folded input")
        n_last = _n_seen(model) * fold**2
        shares = np.split(kernel, [kernel.shape[1] - n_last], axis=1)
        for n, (part, share) in enumerate(zip(concat.input, shares, strict=True)):
            name = f"{conv.name}/part{n}"
            graph.initializer.append(numpy_helper.from_array(share.copy(), f"{name}/weight"))
            one = NodeProto()
            one.CopyFrom(conv)
            biases = list(conv.input[2:]) if n == 0 else []
            one.name = name
            del one.input[:], one.output[:]
            one.input.extend([part, f"{name}/weight", *biases])
            one.output.append(f"{name}/output")
            sums.append(one)
        total = helper.make_node("Add", [s.output[0] for s in sums], list(conv.output))
        graph.node.remove(concat)
        graph.node.remove(conv)
        _forget(model, conv.input[1])
        for node in (total, *reversed(sums)):
            graph.node.insert(place - 1, node)


def _unfold_inputs(model: ModelProto) -> None:
    """Let convolutions of folded pixels see the pixels, by larger kernels in steps."""
    graph = model.graph
    seen = graph.input[0].name
    for conv in [node for node in graph.node if node.op_type == "Conv"]:
        fold = _fold_of(model, conv.input[0])
        if fold is None:
            continue
        kernel = unfolded_kernel(_kernel(model, conv), fold)
        _set_kernel(model, conv, kernel)
        conv.input[0] = seen
        pads = [n * fold for n in _attribute(conv, "pads")]
        _set(conv, kernel_shape=kernel.shape[2:], strides=(fold, fold), pads=pads)
    _drop_unused(model)


def _spell_out_softmax(model: ModelProto) -> None:
    graph = model.graph
    for softmax in [node for node in graph.node if node.op_type == "Softmax"]:
        values, (answer,) = softmax.input[0], softmax.output
        axis = numpy_helper.from_array(np.array([1], dtype=np.int64), "channels")
        graph.initializer.append(axis)
        graph.node.remove(softmax)
        graph.node.extend(
            [
                helper.make_node("ReduceMax", [values], ["greatest"], axes=[1], keepdims=1),
                helper.make_node("Sub", [values, "greatest"], ["below"]),
                helper.make_node("Exp", ["below"], ["weight"]),
                helper.make_node("ReduceSum", ["weight", "channels"], ["all"], keepdims=1),
                helper.make_node("Div", ["weight", "all"], [answer]),
            ]
        )


def _n_seen(model: ModelProto) -> int:
    return int(model.graph.input[0].type.tensor_type.shape.dim[1].dim_value)


def _fold_of(model: ModelProto, name: str) -> int | None:
    """Say by how much the input is folded in what `name` holds; None if that is something else.

    The first of the reshapes that fold splits rows by as much.
    """
    makers = {output: node for node in model.graph.node for output in node.output}
    fold = None
    while name != model.graph.input[0].name:
        node = makers.get(name)
        if node is None or node.op_type not in FOLDING:
            return None
        if node.op_type == "Reshape":
            fold = int(_constant(model, node.input[1])[3])
        name = node.input[0]
    return fold


def _drop_unused(model: ModelProto) -> None:
    """Drop nodes that nothing reads any more."""
    graph = model.graph
    while True:
        read = {name for node in graph.node for name in node.input}
        read |= {output.name for output in graph.output}
        unused = [node for node in graph.node if not read & set(node.output)]
        if not unused:
            return
        for node in unused:
            graph.node.remove(node)


def _constant(model: ModelProto, name: str) -> NDArray[np.int64]:
    for node in model.graph.node:
        if node.op_type == "Constant" and node.output[0] == name:
            return np.asarray(numpy_helper.to_array(node.attribute[0].t))
    raise ValueError(f"{name} is no constant; export the network by lab.training.bone_net.export")


def _kernel(model: ModelProto, conv: NodeProto) -> Kernel:
    (found,) = (k for k in model.graph.initializer if k.name == conv.input[1])
    return np.asarray(numpy_helper.to_array(found), dtype=np.float32)


def _set_kernel(model: ModelProto, conv: NodeProto, kernel: Kernel) -> None:
    (found,) = (k for k in model.graph.initializer if k.name == conv.input[1])
    found.CopyFrom(numpy_helper.from_array(kernel, conv.input[1]))


def _forget(model: ModelProto, name: str) -> None:
    (found,) = (k for k in model.graph.initializer if k.name == name)
    model.graph.initializer.remove(found)


def _attribute(node: NodeProto, name: str) -> Sequence[int]:
    (found,) = (a for a in node.attribute if a.name == name)
    return [int(n) for n in found.ints]


def _set(node: NodeProto, **values: Sequence[int]) -> None:
    for name, value in values.items():
        (found,) = (a for a in node.attribute if a.name == name)
        found.ints[:] = [int(n) for n in value]


def main() -> None:
    """Read a network, and write its lighter form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("lighter", type=Path)
    options = parser.parse_args()
    onnx.save(lighten(onnx.load(options.network)), options.lighter)


if __name__ == "__main__":
    main()
