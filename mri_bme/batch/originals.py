"""Find the original series of a measured visit, for results that go back to its PACS."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mri_bme.batch.inputs import InputRecord, Source, SubjectUnit, hashed_inputs
from mri_bme.batch.status import SubjectStatus
from mri_bme.errors import UnreadableInput
from mri_bme.export.objects.source_images import SourceImages, original_images
from mri_bme.intake.dicom.datasets import read_dataset
from mri_bme.intake.dicom.key import make_key
from mri_bme.intake.nifti import is_nifti
from mri_bme.intake.source import find_one_series
from mri_bme.study import Series
from mri_bme.volume import with_storable_spacing

VOLUME_ROLE = "volume"


def original_series(unit: SubjectUnit | None, status: SubjectStatus, label: str) -> SourceImages:
    """Read the headers of the series that a visit was measured on, with identity and UIDs.

    Raises
    ------
    UnreadableInput
        If it is not in the input, is no DICOM, or is not what was measured.
    """
    if unit is None:
        raise UnreadableInput("the subject is not in INPUT")
    sources = {visit.label: visit.volume for visit in unit.visits}
    source = sources.get(label)
    if source is None:
        raise UnreadableInput("INPUT holds no series of this visit")
    if _hashes(hashed_inputs(unit)).get(label) != _hashes(status.inputs).get(label):
        raise UnreadableInput("the series in INPUT is not the one that was measured; run again")
    return _images(_series_of(source))


def _hashes(inputs: Iterable[InputRecord]) -> Mapping[str, str]:
    return {found.visit: found.sha256 for found in inputs if found.role == VOLUME_ROLE}


def _series_of(source: Source) -> Series:
    if source.series is not None:
        return source.series
    path = source.path or Path()
    if is_nifti(path):
        raise UnreadableInput("it was read from NIfTI, which tells no identity")
    return find_one_series(path)


def _images(series: Series) -> SourceImages:
    if series.geometry is None:
        raise UnreadableInput("the series has no geometry")
    paths = list(dict.fromkeys(instance.path for instance in series.instances))
    try:
        datasets = [read_dataset(path, with_pixels=False) for path in paths]
    except OSError as error:
        raise UnreadableInput(f"a file of the series cannot be read: {error.strerror}") from error
    frames = [instance.frame for instance in series.instances if instance.frame is not None]
    if frames and len(paths) > 1:
        raise UnreadableInput("the series is spread over several multi-frame files")
    return original_images(
        datasets,
        with_storable_spacing(series.geometry),
        frames=frames or None,
        key=make_key(),
    )
