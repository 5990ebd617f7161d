"""Whether the judge calls the same marrow the same in a scan that only looks otherwise."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from mri_bme.intake.nifti import read_nifti, read_nifti_mask
from mri_bme.place_rois import place_rois
from mri_bme.resample import resample_mask, resample_volume
from mri_bme.segment_edema.judge import CALIBRATION, calibrated, edema_logit
from mri_bme.segment_edema.segmentation import gather_evidence, judge_evidence
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Mask, Volume, VolumeGeometry

DATA_FOLDER = Path(os.environ.get("MRI_BME_DATA", "../shared/data"))
RULES = SegmentSettings(judge="rules", n_draws=8)
NETWORK = SegmentSettings(judge="network", n_draws=8)
TURN_DEGREES = 3.0  # within the slice
COARSER = 1.3  # pixels
SHIFT_PIXELS = 0.5
TILT = 0.3  # of the logarithm, from one side of the picture to the other
NOISE = 0.06  # SD, of the median of what is not air


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """A scan, its T1W, and what was drawn in it."""

    volume: Volume
    t1: Volume
    bones: Mask
    normal: Mask

    def on(self, grid: VolumeGeometry) -> "Drawn":
        """Resample all of it."""
        return Drawn(
            volume=resample_volume(self.volume, grid),
            t1=resample_volume(self.t1, grid),
            bones=resample_mask(self.bones, grid),
            normal=resample_mask(self.normal, grid),
        )

    def looking(self, voxels: NDArray[np.floating]) -> "Drawn":
        """Replace the intensities of the fluid-sensitive series."""
        return replace(self, volume=Volume(geometry=self.volume.geometry, voxels=voxels))


def _grid(
    grid: VolumeGeometry, *, degrees: float = 0.0, coarser: float = 1.0, shift: float = 0.0
) -> VolumeGeometry:
    """Turn, coarsen and shift a grid within its slices, about its middle."""
    angle = np.radians(degrees)
    slices, rows, columns = grid.shape
    shape = (slices, int(rows // coarser), int(columns // coarser))
    middle, own = (np.array(s[1:]) / 2 - 0.5 for s in (grid.shape, shape))
    turn = coarser * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    old_from_new = np.eye(4)
    old_from_new[1:3, 1:3] = turn
    old_from_new[1:3, 3] = middle - turn @ own + shift
    return VolumeGeometry(
        shape=shape,
        lps_from_index=grid.lps_from_index @ old_from_new,
        frame_of_reference=grid.frame_of_reference,
    )


def _dimmed(scan: Drawn) -> Drawn:
    tilt = np.linspace(-TILT / 2, TILT / 2, scan.volume.geometry.shape[2])
    return scan.looking(0.4 * scan.volume.voxels * np.exp(tilt))


def _noisy(scan: Drawn) -> Drawn:
    voxels = scan.volume.voxels
    sd = NOISE * float(np.median(voxels[scan.normal.voxels]))
    noise = np.random.default_rng(17).normal(0, sd, voxels.shape)
    return scan.looking(np.maximum(voxels + noise, 0))


LOOKS: dict[str, Callable[[Drawn], Drawn]] = {
    "as acquired": lambda scan: scan,
    "half a pixel aside": lambda scan: scan.on(_grid(scan.volume.geometry, shift=SHIFT_PIXELS)),
    "turned": lambda scan: scan.on(_grid(scan.volume.geometry, degrees=TURN_DEGREES)),
    "coarser": lambda scan: scan.on(_grid(scan.volume.geometry, coarser=COARSER)),
    "dimmed": _dimmed,
    "noisy": _noisy,
}


def edema_retest(
    weights: Annotated[
        Path, typer.Argument(help="Folder with SUBJECT/edema.onnx that never saw that subject.")
    ],
    folder: Annotated[Path, typer.Option("--scans", help="Folder with sij_nifti.")] = DATA_FOLDER,
) -> None:
    """Measure real scans as acquired, moved, turned, coarser, dimmed and noisy.

    Drawn bones and normal marrow go along. The within-subject coefficient of variation of the
    volume, by the rules and by the judge with held-out weights, is what is compared.
    """
    table = pd.DataFrame(
        [
            row
            for subject in sorted((folder / "sij_nifti").glob("sub-*"))
            if (weights / subject.name / "edema.onnx").is_file()
            for row in _rows(subject, weights / subject.name / "edema.onnx")
        ]
    )
    typer.echo(table.round(3).to_string(index=False) + "\n")
    typer.echo(variation(table).round(3).to_string())


def variation(table: pd.DataFrame) -> pd.DataFrame:
    """Coefficient of variation of the volume over the looks, by subject and contrasts."""
    groups = table.groupby(["contrasts", "subject"], sort=False)[["rules_ml", "judge_ml"]]
    means: pd.DataFrame = groups.mean()
    spread = groups.std() / means.where(means > 0)
    return spread.rename(columns=lambda name: name.replace("_ml", "_wcv"))


def _rows(subject: Path, weights: Path) -> Iterator[dict[str, Any]]:
    volume = read_nifti(subject / "stir.nii.gz")
    grid = volume.geometry
    scan = Drawn(
        volume=volume,
        t1=read_nifti(subject / "t1w.nii.gz"),
        bones=read_nifti_mask(subject / "bone_region_manual.nii.gz", grid, what="bones"),
        normal=read_nifti_mask(subject / "normal_marrow_manual.nii.gz", grid, what="marrow"),
    )
    for look, changed in LOOKS.items():
        seen = changed(scan)
        bones = seen.bones.voxels.astype(np.uint8)
        rois = place_rois(seen.volume, t1=seen.t1, bones=bones, reference=seen.normal)
        for contrasts, t1 in (("T1W", seen.t1), ("no T1W", None)):
            evidence, statistics = gather_evidence(seen.volume, rois, t1, RULES)
            chance = calibrated(edema_logit(evidence, weights=weights), evidence, CALIBRATION)
            judged = replace(evidence, probability=chance)
            yield {
                "subject": subject.name,
                "contrasts": contrasts,
                "look": look,
                "rules_ml": judge_evidence(evidence, statistics, RULES).edema_ml,
                "judge_ml": judge_evidence(judged, statistics, NETWORK).edema_ml,
            }
