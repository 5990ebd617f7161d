"""Enhanced (multi-frame) MR objects: where every frame lies and what it shows."""

import gzip
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from mri_bme.io.dicom.components import component_of
from mri_bme.io.dicom.frames import Acquisition, Frame, uid_digest
from mri_bme.io.dicom.header import FileFound, text_of
from mri_bme.io.dicom.octets import GZIP_MAGIC, INFLATE_LIMIT_BYTES

MAX_FRAMES = 100_000
_NOTHING = Dataset()  # stands for groups that are not there; never written to
_COMPLEX_COMPONENTS = {
    "PHASE": "phase",
    "REAL": "real",
    "IMAGINARY": "imaginary",
}


@contextmanager
def quietly() -> Iterator[None]:
    """Silence pydicom's remarks on values that vendors write wrongly every day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_dataset(path: Path, *, with_pixels: bool) -> Dataset:
    """Read a data set with pydicom; anything may be wrong with it."""
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP_MAGIC
    source: Any = path
    if packed:
        with gzip.open(path) as stream:
            source = BytesIO(stream.read(INFLATE_LIMIT_BYTES))
    with quietly():
        return pydicom.dcmread(source, force=True, stop_before_pixels=not with_pixels)


def read_multiframe(path: Path) -> FileFound:
    """Find the frames of an enhanced object."""
    try:
        with quietly():
            dataset = read_dataset(path, with_pixels=False)
            frames = tuple(_frames(path, dataset))
    except MemoryError:
        raise
    except Exception as error:
        return FileFound(
            kind="damaged", damage=f"its functional groups cannot be read ({type(error).__name__})"
        )
    return FileFound(frames=frames, series_uid=_text(dataset, "SeriesInstanceUID"))


def _frames(path: Path, dataset: Dataset) -> Iterator[Frame]:
    shared = _first(dataset, "SharedFunctionalGroupsSequence")
    groups = dataset.get("PerFrameFunctionalGroupsSequence") or []
    declared = int(dataset.get("NumberOfFrames") or 1)
    if not 1 <= declared <= MAX_FRAMES or len(groups) not in (0, declared):
        damage = f"it declares {declared} frames and describes {len(groups)}"
        groups = [Dataset()]
    else:
        damage = None
        groups = groups or [Dataset() for _ in range(declared)]
    common = _common(dataset)
    seen: dict[Acquisition, Acquisition] = {}
    known: dict[tuple[str, str], Any] = {}
    for index, group in enumerate(groups):
        lookup = _Groups(group, shared, dataset, known)
        made = _acquisition(lookup, common)
        acquisition = seen.setdefault(made, made)
        yield _frame(path, index, lookup, acquisition, damage)


class _Groups:
    """Look a value up in the frame's functional group, then in the shared ones."""

    def __init__(
        self,
        frame: Dataset,
        shared: Dataset,
        dataset: Dataset,
        known: dict[tuple[str, str], Any],
    ) -> None:
        self._frame, self._shared, self._dataset = frame, shared, dataset
        self._known = known  # what the shared groups say, looked up once for all frames

    def get(self, sequence: str, keyword: str) -> Any:
        value = _value(self._frame, sequence, keyword)
        if value is not None:
            return value
        if (sequence, keyword) not in self._known:
            self._known[sequence, keyword] = _value(self._shared, sequence, keyword)
        return self._known[sequence, keyword]

    def number(self, sequence: str, keyword: str, fallback: str = "") -> float | None:
        value = self.get(sequence, keyword)
        if value is None and fallback:
            value = self._dataset.get(fallback)
        return _number(value)


def _first(dataset: Dataset, keyword: str) -> Dataset:
    items = dataset.get(keyword)
    return items[0] if items else _NOTHING


def _value(groups: Dataset, sequence: str, keyword: str) -> Any:
    """Value in the first item of a sequence; None when it is missing or empty."""
    item = _first(groups, sequence)
    value = None if item is _NOTHING else item.get(keyword)
    return None if value == "" else value


def _text(dataset: Dataset, keyword: str) -> str:
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip(" \0")


def _number(value: Any) -> float | None:
    if isinstance(value, (list, tuple)) or (
        hasattr(value, "__len__") and not isinstance(value, str)
    ):
        value = value[0] if len(value) else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e12 else None


def _numbers(value: Any, n: int) -> tuple[float, ...] | None:
    if value is None or isinstance(value, str) or len(value) != n:
        return None
    numbers = tuple(float(v) for v in value)
    return numbers if all(abs(v) < 1e12 for v in numbers) else None


def _parts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    values = value.split("\\") if isinstance(value, str) else list(value)
    return tuple(str(v).strip(" \0").upper() for v in values if str(v).strip(" \0"))


def _common(dataset: Dataset) -> dict[str, Any]:
    """Fields of `Acquisition` that lie outside the functional groups."""
    return {
        "sop_class": _text(dataset, "SOPClassUID"),
        "modality": _text(dataset, "Modality").upper(),
        "series_uid": _text(dataset, "SeriesInstanceUID"),
        "study_uid": _text(dataset, "StudyInstanceUID"),
        "patient_id": _text(dataset, "PatientID"),
        "patient_name": _text(dataset, "PatientName"),
        "birth_date": _text(dataset, "PatientBirthDate"),
        "accession": _text(dataset, "AccessionNumber"),
        "study_date": _text(dataset, "StudyDate"),
        "other_dates": tuple(
            _text(dataset, name)
            for name in ("AcquisitionDateTime", "AcquisitionDate", "SeriesDate", "ContentDate")
        ),
        "frame_of_reference": _text(dataset, "FrameOfReferenceUID"),
        "series_number": _whole(dataset.get("SeriesNumber")),
        "description": _text(dataset, "SeriesDescription"),
        "protocol": _text(dataset, "ProtocolName"),
        "sequence_name": _text(dataset, "PulseSequenceName") or _text(dataset, "SequenceName"),
        "scanning_sequence": _scanning_sequence(dataset),
        "is_3d": "3D" in _text(dataset, "MRAcquisitionType").upper(),
        "field_tesla": _number(dataset.get("MagneticFieldStrength")),
        "manufacturer": _text(dataset, "Manufacturer"),
        "model": _text(dataset, "ManufacturerModelName"),
        "body_part": _text(dataset, "BodyPartExamined"),
        "patient_position": _text(dataset, "PatientPosition"),
        "rows": int(dataset.get("Rows") or 0),
        "columns": int(dataset.get("Columns") or 0),
        "samples_per_pixel": int(dataset.get("SamplesPerPixel") or 1),
        "photometric": _text(dataset, "PhotometricInterpretation").upper(),
        "bits_allocated": int(dataset.get("BitsAllocated") or 16),
        "contrast_agent": "ContrastBolusAgentSequence" in dataset,
    }


def _scanning_sequence(dataset: Dataset) -> tuple[str, ...]:
    """Classic words for what an enhanced object says in EchoPulseSequence and its like."""
    echo = _text(dataset, "EchoPulseSequence").upper()
    words = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}.get(echo, ())
    if _text(dataset, "EchoPlanarPulseSequence").upper() == "YES":
        words = (*words, "EP")
    classic = _parts(dataset.get("ScanningSequence"))
    return classic or words


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _acquisition(groups: _Groups, common: dict[str, Any]) -> Acquisition:
    dataset = groups._dataset
    frame_type = _parts(groups.get("MRImageFrameTypeSequence", "FrameType"))
    image_type = frame_type or _parts(dataset.get("ImageType"))
    complex_part = groups.get("MRImageFrameTypeSequence", "ComplexImageComponent")
    complex_part = str(complex_part or _text(dataset, "ComplexImageComponent")).upper()
    component = component_of(image_type, common["description"])
    if component == "magnitude":
        component = _COMPLEX_COMPONENTS.get(complex_part, component)
    timing, modifier = "MRTimingAndRelatedParametersSequence", "MRModifierSequence"
    inversion = str(groups.get(modifier, "InversionRecovery") or "").upper() == "YES"
    scanning = common["scanning_sequence"] + (("IR",) if inversion else ())
    spacing = _numbers(groups.get("PixelMeasuresSequence", "PixelSpacing"), 2)
    return Acquisition(
        **{**common, "scanning_sequence": tuple(dict.fromkeys(scanning))},
        image_type=image_type,
        component=component,
        fat_suppression=_fat_suppression(groups, modifier),
        scan_options=_parts(dataset.get("ScanOptions")),
        echo_time_ms=groups.number("MREchoSequence", "EffectiveEchoTime", "EchoTime"),
        repetition_time_ms=groups.number(timing, "RepetitionTime", "RepetitionTime"),
        inversion_time_ms=groups.number(modifier, "InversionTimes", "InversionTime"),
        flip_angle=groups.number(timing, "FlipAngle", "FlipAngle"),
        echo_train_length=_whole(
            groups.get(timing, "EchoTrainLength")
            or groups.get(timing, "RFEchoTrainLength")
            or dataset.get("EchoTrainLength")
        ),
        b_value=groups.number("MRDiffusionSequence", "DiffusionBValue"),
        slice_thickness_mm=groups.number("PixelMeasuresSequence", "SliceThickness"),
        spacing_between_slices_mm=groups.number(
            "PixelMeasuresSequence", "SpacingBetweenSlices", "SpacingBetweenSlices"
        ),
        orientation=_numbers(groups.get("PlaneOrientationSequence", "ImageOrientationPatient"), 6),
        pixel_spacing_mm=(spacing[0], spacing[1]) if spacing and min(spacing) > 0 else None,
        stack_id=str(groups.get("FrameContentSequence", "StackID") or ""),
    )


def _fat_suppression(groups: _Groups, modifier: str) -> str:
    value = groups.get(modifier, "SpectrallySelectedSuppression")
    return "" if value is None or str(value).upper() == "NONE" else str(value).upper()


def _frame(
    path: Path, index: int, groups: _Groups, acquisition: Acquisition, damage: str | None
) -> Frame:
    position = _numbers(groups.get("PlanePositionSequence", "ImagePositionPatient"), 3)
    content = "FrameContentSequence"
    return Frame(
        path=path,
        frame=index,
        acquisition=acquisition,
        sop_uid=f"{uid_digest(_text(groups._dataset, 'SOPInstanceUID').encode())}#{index}",
        position=(position[0], position[1], position[2]) if position else None,
        instance_number=(_whole(groups._dataset.get("InstanceNumber")) or 0) * MAX_FRAMES + index,
        acquisition_number=_whole(groups.get(content, "FrameAcquisitionNumber")),
        temporal_index=_whole(groups.get(content, "TemporalPositionIndex")),
        trigger_time_ms=groups.number(
            "CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"
        ),
        time=text_of(
            str(groups.get(content, "FrameAcquisitionDateTime") or "").encode("latin-1", "replace")
        ),
        dimensions=_dimensions(groups.get(content, "DimensionIndexValues")),
        damage=damage,
    )


def _dimensions(value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    return tuple(int(v) for v in value) if hasattr(value, "__len__") else (int(value),)
