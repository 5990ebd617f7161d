"""What README.md and the page on Python show works as it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STIR = ROOT / "sample_data" / "phantom0001" / "2024-03-04" / "03_t2_tirm_cor_obl"


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_of_a_page_measures_the_sample(page: str) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(program.replace('"STIR"', repr(str(STIR))), names)
    assert names["burden"].regions["left"].edema_ml == pytest.approx(8.75, abs=1.0)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120
