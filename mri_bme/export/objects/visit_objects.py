"""Every object that is made of one visit, with a word for its file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mri_bme.export.objects.capture import capture, encapsulated_pdf
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.rtstruct import structure_set
from mri_bme.export.objects.segmentation import edema_seg, other_segs
from mri_bme.export.objects.source_images import SourceImages
from mri_bme.export.objects.structured_report import visit_report

Write = Callable[[Path], None]


def writers(objects: Iterable[tuple[str, Dataset]]) -> Iterator[tuple[str, Write]]:
    """Give for each object the function that writes it to a path."""
    for name, made in objects:
        yield name, partial(_write, made)


def _write(made: Dataset, path: Path) -> None:
    made.save_as(path, enforce_file_format=True)


def dicom_objects(
    visit: MeasuredVisit,
    source: SourceImages,
    *,
    pictures: Sequence[NDArray[np.uint8]] = (),
    pdf: bytes | None = None,
    with_probability: bool = False,
) -> Iterator[tuple[str, Dataset]]:
    """Segmentations, report, captures and document of a visit.

    A visit that was not evaluable has a report that says so, and no segmentation.

    Parameters
    ----------
    visit : MeasuredVisit
        What a run left.
    source : SourceImages
        The images that the objects refer to, and whose patient and study they join.
    pictures : sequence of uint8 array
        (rows, columns, RGB), for viewers that show nothing else.
    pdf : bytes or None
        The same for reading and printing.
    with_probability : bool
        Add a fractional segmentation, where the probability is known.
    """
    edema = edema_seg(visit, source) if visit.is_evaluable else None
    if edema is not None:
        yield "seg_edema", edema
        for name, made in other_segs(visit, source, with_probability=with_probability):
            yield f"seg_{name}", made
    yield "report", visit_report(visit, source, edema=edema)
    for number, picture in enumerate(pictures, start=1):
        yield f"capture_{number}", capture(visit, source, picture, number=number)
    if pdf is not None:
        yield "document", encapsulated_pdf(visit, source, pdf)


def contour_objects(visit: MeasuredVisit, source: SourceImages) -> Iterator[tuple[str, Dataset]]:
    """Contours of the lesions; nothing where the visit was not evaluable."""
    if visit.is_evaluable:
        yield "contours", structure_set(visit, source)


def copied_images(source: SourceImages) -> Iterator[tuple[str, Dataset]]:
    """Give the images themselves, slice by slice."""
    for number, dataset in enumerate(source.datasets, start=1):
        yield f"image_{number:04d}", dataset
