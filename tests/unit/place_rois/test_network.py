"""What the network sees and where it answers lie over the volume and over each other."""

from pathlib import Path

import numpy as np
import pytest

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois import network
from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.network import ANSWER_PIXEL_MM, FINER, PIXEL_MM, network_grid

SHAPE = (5, 90, 110)
TOLERANCE_MM = 0.05  # a triangle on few samples is off by half of that; half a pixel is 0.35


@pytest.mark.parametrize("pixel_mm", [0.6, 0.98])
@pytest.mark.parametrize("axis", [1, 2])
def test_places_are_kept_on_both_grids_and_on_the_way_back(pixel_mm: float, axis: int) -> None:
    axes = PelvisAxes(order=(0, 1, 2), flipped=(False,) * 3, spacing_mm=(3.3, pixel_mm, pixel_mm))
    grid = network_grid(SHAPE, axes)
    centre = (SHAPE[axis] - 1) / 2
    place_mm = (np.indices(SHAPE)[axis] - centre).astype(np.float32) * pixel_mm

    answer = grid.to_answer(place_mm)
    assert answer.shape == grid.shape
    n = grid.shape[axis]
    wanted = (np.arange(n) - (n - 1) / 2) * ANSWER_PIXEL_MM
    inside = np.abs(wanted) < centre * pixel_mm - 2 * ANSWER_PIXEL_MM
    across = np.moveaxis(answer, axis, 0)[:, 2, grid.shape[3 - axis] // 2]
    np.testing.assert_allclose(across[inside], wanted[inside], atol=TOLERANCE_MM)

    seen = grid.to_network(place_mm)
    assert seen.shape == (grid.shape[0], grid.shape[1] * FINER, grid.shape[2] * FINER)
    wanted = (np.arange(n * FINER) - (n * FINER - 1) / 2) * PIXEL_MM
    inside = np.abs(wanted) < centre * pixel_mm - 2 * ANSWER_PIXEL_MM
    across = np.moveaxis(seen, axis, 0)[:, 2, seen.shape[3 - axis] // 2]
    np.testing.assert_allclose(across[inside], wanted[inside], atol=TOLERANCE_MM)

    back = grid.from_network(answer)
    assert back.shape == SHAPE
    middle = tuple(slice(n // 4, -(n // 4)) for n in SHAPE)
    np.testing.assert_allclose(back[middle], place_mm[middle], atol=TOLERANCE_MM)


def test_weights_for_pixels_of_another_size_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class AnswersOnEveryPixelSeen:
        def run(self, _: None, inputs: dict[str, np.ndarray], __: object) -> list[np.ndarray]:
            slices = inputs["slices"]
            return [np.full((len(slices), 5, *slices.shape[2:]), 0.2, dtype=np.float32)]

    monkeypatch.setattr(network, "_session", lambda _: AnswersOnEveryPixelSeen())
    axes = PelvisAxes(order=(0, 1, 2), flipped=(False,) * 3, spacing_mm=(3.3, 0.6, 0.6))
    view = np.ones(SHAPE, dtype=np.float32)
    with pytest.raises(RoiNotFound, match=r"old.onnx answer with 96 x 96 .* 48 x 48 needed"):
        network.bone_probabilities(view, axes, weights=Path("old.onnx"))
