"""Put together what an export tore apart: one stack sent under several series UIDs."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from mri_bme.errors import InvalidGeometry
from mri_bme.intake.dicom.frames import Frame
from mri_bme.intake.dicom.geometry import SAME_POSITION_MM, positions_along
from mri_bme.intake.dicom.stacks import Stack, stack_of

SeriesKey = tuple[str, str, str]
MIN_SLICES = 3  # any two slices are evenly spaced, so two prove nothing


def merge_split_series(
    stacks: Mapping[SeriesKey, Sequence[Stack]],
) -> dict[SeriesKey, list[Stack]]:
    """Merge stacks of different series UIDs that are even only, or also, together.

    Parts must agree in everything a scanner sets, share no position, and lie side by
    side; interleaved parts must also carry one SeriesNumber.

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
        *(a.description, a.protocol, a.sequence_name, a.scan_options, a.slice_thickness_mm),
        tuple(None if n is None else round(n, 1) for n in numbers),
        tuple(round(v, 2) for v in directions),
    )


def _union(parts: list[tuple[SeriesKey, Stack]]) -> Stack | None:
    if len({key for key, _ in parts}) < 2 or _share_a_place([stack for _, stack in parts]):
        return None
    frames = [frame for _, stack in parts for frame in stack.frames]
    if len(frames) < MIN_SLICES:
        return None
    if any(frame.damage for frame in frames) or not _lie_side_by_side(parts, frames):
        return None
    notes = tuple(dict.fromkeys(note for _, stack in parts for note in stack.defects))
    note = f"put together from {len(parts)} series of one stack"
    whole = stack_of(frames, (*notes, note), (1, 1))
    return None if whole.refused else whole


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
    if len({stack.acquisition.series_number for _, stack in parts}) == 1:
        return True
    owners = np.repeat(np.arange(len(parts)), [len(stack.frames) for _, stack in parts])
    in_order = owners[np.argsort(along)]
    return int(np.count_nonzero(np.diff(in_order))) == len(parts) - 1
