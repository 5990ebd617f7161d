"""Phantom subjects for a study, measured as a user measures scans, with the truth beside them."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.phantom import PhantomVisit, make_phantom
from mri_bme.phantom.prescription import SAMPLE
from mri_bme.volume import FloatArray

STORIES = ("letter", "partial", "worse", "tiny", "healthy", "new_contralateral")
FIRST_SEED = 83_000  # nothing was chosen on these
FINENESS = 1.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of one visit, on the grid of its scan.

    `share` is the edematous share of each voxel, 0 to 1; `to_joint_mm` the distance to the joint.
    """

    share: FloatArray
    to_joint_mm: FloatArray
    voxel_ml: float

    @property
    def edema_ml(self) -> float:
        """True edema inside the slab."""
        return float(self.share.sum() * self.voxel_ml)


Truths = Mapping[tuple[str, str], Truth]
"""By folder of the subject and label of the visit."""


def measured_study(root: Path, first_seed: int) -> tuple[Path, Truths]:
    """Scan one subject for each story and run the program on them; gives the results' folder."""
    scans, out = root / "scans", root / "results"
    scans.mkdir(parents=True, exist_ok=True)
    lines = ["subject,visit,path,t1"]
    truths = {}
    for number, story in enumerate(STORIES):
        subject = make_phantom(story, seed=first_seed + number, protocol=SAMPLE, fineness=FINENESS)
        for visit in subject.visits:
            name = f"S{number + 1}"
            stem = f"{name}-{visit.label}"
            _write(scans, stem, visit)
            lines.append(f"{name},{visit.label},{stem}-stir.nii.gz,{stem}-t1.nii.gz")
            truths[f"sub-{name}", visit.label] = _truth(visit)
        sys.stderr.write(f"scanned {number + 1} of {len(STORIES)}: {story}\n")
    manifest = scans / "visits.csv"
    manifest.write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "mri_bme", "run", str(scans), str(out), "--manifest"]
    subprocess.run([*command, str(manifest), "--jobs", "1"], check=True)  # noqa: S603
    return out, truths


def _write(folder: Path, stem: str, visit: PhantomVisit) -> None:
    for what, volume in (("stir", visit.volume), ("t1", visit.t1)):
        stored = dicom_storage_geometry(volume.geometry)
        voxels = volume.voxels.round().astype(np.int16)
        write_nifti(folder / f"{stem}-{what}.nii.gz", voxels, volume.geometry, stored=stored)


def _truth(visit: PhantomVisit) -> Truth:
    return Truth(
        share=visit.edema_fraction.astype(np.float64),
        to_joint_mm=np.abs(visit.joint_distance_mm).astype(np.float64),
        voxel_ml=visit.volume.geometry.voxel_volume_ml,
    )
