"""Put together what an export tore apart: one stack sent under several series UIDs."""

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from mri_bme.errors import InvalidGeometry
from mri_bme.intake.dicom.frames import Frame
from mri_bme.intake.dicom.geometry import SAME_POSITION_MM, positions_along
from mri_bme.intake.dicom.stacks import NUMBERS_SKIP, Stack, stack_of

SeriesKey = tuple[str, str, str]
SLICES_TOUCH = 0.95  # of the thickness
SPACING_AGREES = 0.03
_OF_A_PART = re.compile(
    r"\d+|(?<![a-z])(?:odd|even|(?:un)?gerade|(?:im)?pair|(?:im)?par|pack(?:age)?|part|teil)(?![a-z])"
)
MIN_SLICES = 3  # any two slices are evenly spaced, so two prove nothing


def merge_split_series(
    stacks: Mapping[SeriesKey, Sequence[Stack]],
) -> dict[SeriesKey, list[Stack]]:
    """Merge stacks of different series UIDs that are even only, or also, together.

    Parts must agree in everything a scanner sets and share no position. Parts that
    interleave must carry one SeriesNumber, or be no closer together than a slice is thick
    and as the header says: two scans with a shift between them are.

    Stacks that one series tells apart by a StackID only are merged likewise.

    Parameters
    ----------
    stacks : mapping
        Stacks per (patient, study, series UID).

    Returns
    -------
    dict
        The same, with the parts of a merged stack under the first of their keys.
    """
    merged = {key: list(members) for key, members in stacks.items()}
    alike: dict[Hashable, list[tuple[SeriesKey, Stack]]] = defaultdict(list)
    for key, members in stacks.items():
        for stack in members:
            if stack.geometry is not None and stack.repeat == (1, 1):
                alike[_fingerprint(key, stack)].append((key, stack))
    for parts in alike.values():
        whole = _union(parts)
        if whole is None:
            continue
        for key, stack in parts:
            merged[key].remove(stack)
        merged[min(key for key, _ in parts)].append(whole)
    return {key: members for key, members in merged.items() if members}


def _fingerprint(key: SeriesKey, stack: Stack) -> Hashable:
    a = stack.acquisition
    numbers = (a.echo_time_ms, a.inversion_time_ms, a.flip_angle, a.repetition_time_ms, a.b_value)
    directions = (*(a.orientation or ()), *(a.pixel_spacing_mm or ()))
    return (
        *(key[:2], a.frame_of_reference, a.component, a.image_type, a.rows, a.columns),
        *(_OF_A_PART.sub("", a.description.lower()), a.protocol, a.sequence_name, a.scan_options),
        *(a.slice_thickness_mm, a.study_date),
        tuple(None if n is None else round(n, 1) for n in numbers),
        tuple(round(v, 2) for v in directions),
    )


def _union(parts: list[tuple[SeriesKey, Stack]]) -> Stack | None:
    n_sources = len({(key, stack.acquisition.stack_id) for key, stack in parts})
    if n_sources < 2 or _share_a_place([stack for _, stack in parts]):
        return None
    frames = [frame for _, stack in parts for frame in stack.frames]
    if len(frames) < MIN_SLICES or any(frame.damage for frame in frames):
        return None
    every = dict.fromkeys(note for _, stack in parts for note in stack.defects)
    notes = tuple(note for note in every if not note.startswith(NUMBERS_SKIP))
    note = f"put together from {len(parts)} {_kind_of(parts)} of one stack"
    whole = stack_of(frames, (*notes, note), (1, 1))
    if whole.refused or not (_lie_side_by_side(parts, frames) or _is_as_said(whole)):
        return None
    return whole


def _kind_of(parts: list[tuple[SeriesKey, Stack]]) -> str:
    return "series" if len({key for key, _ in parts}) > 1 else "StackIDs"


def _is_as_said(whole: Stack) -> bool:
    """Tell whether slices lie as far apart as the header says, and not one in another."""
    a = whole.acquisition
    if whole.geometry is None:
        return False
    spacing, said, thickness = (
        whole.geometry.spacing_mm[0],
        a.spacing_between_slices_mm,
        a.slice_thickness_mm,
    )
    if said is None and thickness is None:
        numbers = [frame.instance_number for frame in whole.frames]
        return bool(a.stack_id) or len(set(numbers)) == len(numbers)
    is_apart = thickness is None or spacing >= SLICES_TOUCH * thickness
    is_said = said is None or said < (thickness or 0) or abs(spacing / said - 1) <= SPACING_AGREES
    return is_apart and is_said


def _share_a_place(stacks: list[Stack]) -> bool:
    """Tell by their grids, without their frames: most series of one kind are repeats."""
    grids = [stack.geometry for stack in stacks if stack.geometry is not None]
    normal = grids[0].directions[:, 0]
    places = [
        normal
        @ grid.points_lps(
            np.stack([np.arange(grid.shape[0]), *np.zeros((2, grid.shape[0]))], axis=1)
        ).T
        for grid in grids
    ]
    return bool(np.diff(np.sort(np.concatenate(places))).min(initial=np.inf) <= SAME_POSITION_MM)


def _lie_side_by_side(parts: list[tuple[SeriesKey, Stack]], frames: list[Frame]) -> bool:
    try:
        along = positions_along(frames)
    except InvalidGeometry:
        return False
    if np.diff(np.sort(along)).min() <= SAME_POSITION_MM:
        return False
    numbers = {stack.acquisition.series_number for _, stack in parts}
    if len(numbers) == 1 and _kind_of(parts) == "series":
        return True
    owners = np.repeat(np.arange(len(parts)), [len(stack.frames) for _, stack in parts])
    in_order = owners[np.argsort(along)]
    return int(np.count_nonzero(np.diff(in_order))) == len(parts) - 1
