"""The only way to onnxruntime: on the CPU, on one thread, reporting nothing.

Official builds of onnxruntime report their use to its maker and keep a device identifier in
the home folder unless they are told not to before the library is loaded.
"""

import os
from typing import Any

TELEMETRY_OFF = {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}
"""What tells onnxruntime, in its present and its coming spelling, to report nothing."""


def load_onnxruntime() -> Any:
    """Import onnxruntime with its telemetry off, whatever the environment says.

    Returns
    -------
    module
        ``onnxruntime``.
    """
    os.environ.update(TELEMETRY_OFF)
    import onnxruntime  # noqa: PLC0415  only after the environment says that nothing is reported

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def open_network(weights: bytes) -> Any:
    """Load an ONNX network, held to one thread so that workers do not compete.

    Parameters
    ----------
    weights : bytes
        Content of an ONNX file.

    Returns
    -------
    onnxruntime.InferenceSession
        On the CPU.
    """
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def forget_after_run() -> Any:
    """Options of a run after which the library gives back the memory that it worked in.

    Otherwise it keeps some 100 MB for the next run, beside whatever comes between.

    Returns
    -------
    onnxruntime.RunOptions
    """
    options = load_onnxruntime().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options
