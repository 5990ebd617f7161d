"""The protocol of a scan is found from the scan."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.intake.source import read_volume
from mri_bme.phantom import Anatomy, Build, Protocol, make_anatomy, make_edema, scan, slab_geometry
from mri_bme.phantom.prescription import Pose
from mri_bme.place_rois import place_rois
from mri_bme.verify import (
    protocol_like,
)
from mri_bme.verify.protocol import marrow_texture_like
from mri_bme.volume import Mask, Volume

SMALL = Protocol(n_slices=13, matrix=96, pixel_mm=2.1, thickness_mm=5.0, spacing_mm=5.5)


def test_the_protocol_of_a_real_scan_is_described(real_data: Path) -> None:
    """336 x 336 x 25 voxels of 0.595 x 0.595 x 3.3 mm; noise as measured in fat and psoas."""
    subject = real_data / "sij_nifti" / "sub-1007"
    volume = read_volume(subject / "stir.nii.gz")
    drawn = read_volume(subject / "normal_marrow_manual.nii.gz").voxels > 0
    protocol = protocol_like(volume, reference=Mask(geometry=volume.geometry, voxels=drawn))
    assert (protocol.n_slices, protocol.matrix) == (25, 336)
    assert protocol.pixel_mm == pytest.approx(0.595, abs=0.001)
    assert 2.5 < protocol.thickness_mm < 3.3
    assert 0.03 < protocol.noise < 0.12


def test_uneven_marrow_is_found_again() -> None:
    """Marrow of texture 0.09 and 0.14, at a noise of 0.06; a noisier scan tells less."""
    found = []
    for texture in (0.09, 0.14):
        anatomy = make_anatomy(3, build=replace(Build.of(3), texture=texture), fineness=1.2)
        volume, bones = _scanned(anatomy, noise=0.06)
        reference = place_rois(volume, bones=bones).reference
        assert reference is not None
        protocol = protocol_like(volume, reference=reference)
        found.append(marrow_texture_like(volume, protocol, reference=reference))
        assert found[-1] == pytest.approx(texture, rel=0.35)
    assert found[1] > 1.25 * found[0]


def test_coil_shading_is_not_taken_for_uneven_marrow() -> None:
    anatomy = make_anatomy(3, build=replace(Build.of(3), texture=0.12), fineness=1.2)
    volume, bones = _scanned(anatomy, noise=0.06)
    reference = place_rois(volume, bones=bones).reference
    assert reference is not None
    side = np.linspace(-1, 1, volume.geometry.shape[2], dtype=np.float32)
    found, spread = [], []
    for voxels in (volume.voxels, volume.voxels * np.exp(1.5 * side)):
        shaded = Volume(geometry=volume.geometry, voxels=voxels)
        protocol = protocol_like(shaded, reference=reference)
        found.append(marrow_texture_like(shaded, protocol, reference=reference))
        marrow = voxels[reference.voxels]
        spread.append(marrow.std() / marrow.mean())
    assert spread[1] > 1.3 * spread[0]
    assert found[1] == pytest.approx(found[0], rel=0.25)


def _scanned(anatomy: Anatomy, *, noise: float) -> tuple[Volume, NDArray[np.uint8]]:
    protocol = Protocol(
        n_slices=16, matrix=240, pixel_mm=0.8, thickness_mm=3.6, spacing_mm=4.0, noise=noise
    )
    geometry = slab_geometry(anatomy, protocol, Pose())
    edema = make_edema(anatomy, (), seed=1)
    found = scan(anatomy, edema, protocol, Pose(), geometry=geometry, seed=1)
    return found.stir, found.bone_labels


@pytest.mark.parametrize("noise", [0.03, 0.09])
def test_the_noise_of_a_scan_is_found_again(noise: float) -> None:
    anatomy = make_anatomy(3, fineness=2.8)
    edema = make_edema(anatomy, (), seed=1)
    protocol = Protocol(
        n_slices=10, matrix=240, pixel_mm=0.8, thickness_mm=3.6, spacing_mm=4.0, noise=noise
    )
    geometry = slab_geometry(anatomy, protocol, Pose())
    volume = scan(anatomy, edema, protocol, Pose(), geometry=geometry, seed=1).stir
    found = protocol_like(volume)
    assert found.noise == pytest.approx(noise, rel=0.35)
    assert found.pixel_mm == pytest.approx(0.8)
    assert found.spacing_mm == pytest.approx(4.0)
    assert found.n_slices == 10
