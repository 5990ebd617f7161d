"""What README.md shows works as it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STIR = ROOT / "sample_data" / "phantom0001" / "2024-03-04" / "03_t2_tirm_cor_obl"


def test_the_python_of_the_readme_measures_the_sample() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(program.replace('"STIR"', repr(str(STIR))), names)
    assert names["burden"].regions["left"].edema_ml == pytest.approx(8.75, abs=1.0)
