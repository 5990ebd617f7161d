"""What a departure changes, and what it leaves."""

import pytest

from mri_bme.phantom import Protocol
from mri_bme.verify.departures import CONDITIONS, RETESTS, changed_protocol

PROTOCOL = Protocol()


@pytest.mark.parametrize("departure", [*CONDITIONS.values(), *RETESTS.values()])
def test_departures_keep_slab_and_field_of_view(departure) -> None:
    changed = changed_protocol(PROTOCOL, departure)
    assert changed.n_slices * changed.spacing_mm == pytest.approx(
        PROTOCOL.n_slices * PROTOCOL.spacing_mm, rel=0.05
    )
    assert changed.matrix * changed.pixel_mm == pytest.approx(
        PROTOCOL.matrix * PROTOCOL.pixel_mm, rel=0.01
    )


def test_coarser_pixels_resolve_less() -> None:
    changed = changed_protocol(PROTOCOL, CONDITIONS["pixels 1.4 times as large"])
    assert changed.resolution_mm == pytest.approx([1.4 * mm for mm in PROTOCOL.resolution_mm])
