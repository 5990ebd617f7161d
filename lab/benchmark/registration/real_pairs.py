"""Real T1W pairs: how well the bones of both visits lie on each other at each motion."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from lab.benchmark.registration.attempts import Attempt, Row, attempt, quality_cells
from lab.benchmark.registration.peers import OURS, Engine
from lab.benchmark.registration.simulate import target_errors_mm
from mri_bme.intake.nifti import read_nifti
from mri_bme.place_rois.automatic import automatic_bones
from mri_bme.register_visits import register_visits
from mri_bme.resample import coverage_mask, resample_mask
from mri_bme.sacroiliac import MEASURED_BONES
from mri_bme.settings import RoiSettings
from mri_bme.volume import Mask, RigidTransform, Volume

PAIR_FOLDER = "sij_t1w_pairs"
VISITS = ("pre_t1w.nii.gz", "post_t1w.nii.gz")
ANY_CONFIDENCE = RoiSettings(min_confidence=0)


def pair_rows(folder: Path, engines: Mapping[str, Engine]) -> Iterator[Row]:
    """Overlap (Dice) of automatic bones after every engine, without and with their masks.

    Bones are found in each visit on its own, so that no engine has a part in them. `ours`
    with masks is what `mri-bme run` does; `swapped_mm` is the largest distance in bone
    between our motion and the inverse of the one from the second visit to the first.
    """
    for path in sorted((folder / PAIR_FOLDER).glob("sub-*")):
        visits = read_visit(path, 0), read_visit(path, 1)
        bones = visit_bones(path, 0), visit_bones(path, 1)
        row: Row = {"part": "pairs", "subject": path.name, "case": "T1W"}
        ours: RigidTransform | None = None
        for tried in _attempts(visits, bones, engines):
            result = row | tried.cells
            if tried.motion is not None:
                ours = ours or tried.motion
                errors = target_errors_mm(tried.motion, ours, bones[0])
                result |= {
                    "bone_dice": bone_dice(*bones, tried.motion),
                    "from_ours_mm": errors.max(),
                }
            yield result


def _attempts(
    visits: tuple[Volume, Volume], bones: tuple[Mask, Mask], engines: Mapping[str, Engine]
) -> Iterator[Attempt]:
    for name, run in engines.items():
        tried = attempt(name, run, visits)
        if name == OURS and tried.motion is not None:
            back = register_visits(visits[1], visits[0]).moving_from_fixed.inverse()
            apart = target_errors_mm(back, tried.motion, bones[0])
            tried.cells["swapped_mm"] = float(apart.max())
        yield tried
    masked = register_visits(*visits, fixed_mask=bones[0], moving_mask=bones[1])
    cells = {"engine": f"{OURS}, with bones", "trouble": ""} | quality_cells(masked)
    yield Attempt(motion=masked.moving_from_fixed, cells=cells)
    yield Attempt(motion=RigidTransform.identity(), cells={"engine": "headers", "trouble": ""})


def stranger_rows(folder: Path, *, masked: bool) -> Iterator[Row]:
    """One subject's first visit with another's second, who must be refused."""
    paths = sorted((folder / PAIR_FOLDER).glob("sub-*"))
    for n, first in enumerate(paths):
        for second in paths[n + 1 :]:
            visits = read_visit(first, 0), read_visit(second, 1)
            masks = (visit_bones(first, 0), visit_bones(second, 1)) if masked else (None, None)
            found = register_visits(*visits, fixed_mask=masks[0], moving_mask=masks[1])
            yield {
                "part": "strangers",
                "subject": f"{first.name} {second.name}",
                "case": "T1W, automatic bones" if masked else "T1W",
                "engine": OURS,
            } | quality_cells(found)


@cache
def read_visit(path: Path, which: int) -> Volume:
    """Read the first or the second T1W of a subject."""
    return read_nifti(path / VISITS[which])


@cache
def visit_bones(path: Path, which: int) -> Mask:
    """Marrow of sacrum and ilia, found in this visit alone."""
    volume = read_visit(path, which)
    labels, _, _ = automatic_bones(volume, None, ANY_CONFIDENCE)
    return Mask(geometry=volume.geometry, voxels=np.isin(labels, MEASURED_BONES))


def bone_dice(fixed: Mask, moving: Mask, moving_from_fixed: RigidTransform) -> float:
    """Dice of both bone masks on the fixed grid, where the moving visit was scanned."""
    moved = resample_mask(moving, fixed.geometry, moving_from_fixed).voxels
    seen = coverage_mask(moving.geometry, fixed.geometry, moving_from_fixed).voxels
    total = np.count_nonzero(fixed.voxels & seen) + np.count_nonzero(moved)
    return 2 * np.count_nonzero(fixed.voxels & moved) / total if total else 0.0
