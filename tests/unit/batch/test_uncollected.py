"""What is loaded first where modules are only loaded to be kept."""

import subprocess
import sys

from mri_bme.batch.pool import COLLECT_NOTHING


def test_nothing_is_collected_while_modules_load() -> None:
    program = f"import gc, {COLLECT_NOTHING}; print(gc.isenabled())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
