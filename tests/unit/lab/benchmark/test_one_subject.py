"""Processor time of a program with all that it starts."""

import subprocess
import sys

import pytest

from lab.benchmark.one_subject import cost_of, stages_cpu_s
from mri_bme.batch.status import Effort, StageRecord, SubjectStatus

BUSY_S = 0.3
BUSY = f"import time\nwhile time.process_time() < {BUSY_S}: pass"
LEAVES_A_CHILD = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BUSY!r}])"  # and ends
)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="adopts orphans")
def test_what_a_program_leaves_running_is_counted_too() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE):
        cost = cost_of([sys.executable, "-c", LEAVES_A_CHILD])  # waits for nobody else
    assert cost.all_s - cost.own_s >= BUSY_S
    assert cost.own_s < BUSY_S


def test_processor_time_is_shared_out_among_stages_of_both_visits() -> None:
    stages = [
        StageRecord(stage=stage, visits=(visit,), key="", remembered=False, seconds=seconds)
        for stage, visit, seconds in (
            ("rois", "baseline", 1.0),
            ("rois", "week14", 2.0),
            ("change", "week14", 3.0),
        )
    ]
    status = SubjectStatus(
        subject="1",
        folder="sub-1",
        visits=("baseline", "week14"),
        unit_sha256="",
        status="ok",
        code_version="",
        settings_sha256="",
        run_id="",
        stages=tuple(stages),
        effort=Effort(seconds=10.0, cpu_seconds=5.0),
    )
    assert stages_cpu_s(status) == {"rois": 1.5, "change": 1.5, "files and page": 2.0}
