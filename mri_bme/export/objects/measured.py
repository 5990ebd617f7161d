"""What is exported of one visit, whatever the format."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import ChangeReport
from mri_bme.record.subject import VisitFindings
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.volume import Volume


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredVisit:
    """A visit as a run left it, in the reading order of its volume.

    Parameters
    ----------
    subject : str
        Pseudonym.
    number : int
        Place of the visit among those of the subject, from 1.
    findings : VisitFindings
        What was told of it; its `burden` is None where it was not evaluable.
    volume : Volume
        The series that was measured.
    lesion_labels, quadrants, reference, probability : array or None
        On the grid of `volume`: lesions by label, quadrants by label, normal marrow, and how
        likely edema is (0 to 1); None where there is none.
    lesion_names : mapping of int to str
        Name of each lesion. Two visits share a name only where the lesion was found to be
        the same.
    change : ChangeReport or None
        Comparison of the baseline with this visit.
    acquisition : mapping
        How the series was acquired, in the words of BIDS (seconds, tesla).
    made_by : str
        Version of the software that measured.
    settings_sha256 : str
        Of the settings it measured with.
    read_by : str
        ``auto``, or who read.
    content : str
        Hash of the files that the visit was read from: the same results get the same UIDs.
    """

    subject: str
    number: int
    findings: VisitFindings
    volume: Volume
    lesion_labels: NDArray[np.integer[Any]] | None = None
    quadrants: NDArray[np.uint8] | None = None
    reference: NDArray[np.bool_] | None = None
    probability: NDArray[np.float32] | None = None
    lesion_names: Mapping[int, str] = field(default_factory=dict)
    change: ChangeReport | None = None
    acquisition: Mapping[str, Any] = field(default_factory=dict)
    made_by: str = ""
    settings_sha256: str = ""
    read_by: str = "auto"
    content: str = ""

    @property
    def label(self) -> str:
        """Label of the visit."""
        return self.findings.label

    @property
    def is_evaluable(self) -> bool:
        """Whether edema was measured, be it none."""
        return self.findings.burden is not None

    @property
    def image_key(self) -> str:
        """What the UIDs of the pseudonymous copies are made from: subject, visit and voxels."""
        voxels = hashlib.sha256(np.ascontiguousarray(self.volume.voxels).tobytes()).hexdigest()
        return f"mri_bme copy/{self.subject}/{self.label}/{voxels}"

    @property
    def result_key(self) -> str:
        """What the UIDs of the results are made from; another result has other UIDs."""
        return f"mri_bme result/{self.subject}/{self.label}/{self.content}"

    def lesion_key(self, label: int) -> str:
        """Give what the tracking UID of a lesion is made from: subject and name, not the visit."""
        return f"mri_bme lesion/{self.subject}/{self.lesion_names[label]}"

    def quadrant_counts(self) -> dict[int, int]:
        """Voxels of each quadrant that is there, by label."""
        if self.quadrants is None:
            return {}
        counts = np.bincount(self.quadrants.ravel(), minlength=max(QUADRANTS) + 1)
        return {label: int(counts[label]) for label in QUADRANTS if counts[label]}
