"""A table is as wide as its heading."""

import pytest

from mri_bme.report.document import Table


def test_a_row_that_lacks_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="every row needs 2 cells"):
        Table(heading=("a", "b"), rows=(("1",),))
