"""What a manifest names, as what is read: a file of a DICOM series stands for all of it."""

from pathlib import Path

from mri_bme.batch.inputs import Source
from mri_bme.intake.dicom import StudyIndex, index_study
from mri_bme.intake.nifti import is_nifti
from mri_bme.intake.source import find_one_series


class NamedSources:
    """Turns paths into sources; every folder is looked at once.

    The whole series is the source, so that a change in any of its files is a change of the input.
    """

    def __init__(self) -> None:
        self._indexes: dict[Path, StudyIndex] = {}

    def source_of(self, path: Path) -> Source:
        """Source of a NIfTI file, a folder, or the series that a file of DICOM is part of.

        Raises
        ------
        UnreadableInput, NothingUsable
            As `find_one_series`.
        """
        if not path.is_file() or is_nifti(path):
            return Source(path=path)
        folder = path.parent
        if folder not in self._indexes:
            self._indexes[folder] = index_study(folder, keep_key=False)
        return Source(series=find_one_series(path, index=self._indexes[folder]))
