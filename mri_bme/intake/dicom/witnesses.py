"""What the header says of a stack as a whole, against the slices that came."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.stacks import NUMBERS_SKIP, Stack
from mri_bme.volume import FloatArray

SPACING_AGREES = 0.03  # relative; scanners that round write 4.4 for 4.38
MULTIPLE_AGREES = 0.05  # of a slice distance, for whole multiples of it
SPACING_NOT_GAP = 0.95  # of the thickness; smaller values are the gap between slices
FEWEST_SLICES = 3  # two numbers have one step
GOES_ON = 1.5  # slice distances to the next slice of the same scan, at most
TURNED_DEGREES = 20.0  # further apart are planes of one localizer
WIDE_GAP = 1.9  # slice distances in slice thicknesses from which slices may be missing


def missing_parts(frames: Iterable[Frame]) -> str | None:
    """Name the parts of a concatenation (PS3.3 C.7.6.16.2.2.4) that did not come."""
    parts = {a.concatenation for a in _acquisitions(frames) if a.concatenation is not None}
    if not parts:
        return None
    numbers, total = {number for number, _ in parts}, max(total for _, total in parts)
    missing = sorted(set(range(1, max(total, *numbers) + 1)) - numbers)
    if not missing:
        return None
    named = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
    of = f" of {total}" if total else ""
    return f"part {named}{of} of its concatenation is missing: send the series again"


def skipped_numbers(stack: Stack, frames: Sequence[Frame]) -> Stack:
    """Note instance numbers that go up by more than one where the series has none between.

    Asked only where neither distance nor thickness of the slices is told.
    """
    a = stack.acquisition
    if a.spacing_between_slices_mm is not None or a.slice_thickness_mm is not None:
        return stack
    numbers = sorted(frame.instance_number or 0 for frame in stack.frames)
    steps = {b - a for a, b in pairwise(numbers)}
    if len(numbers) < FEWEST_SLICES or len(steps) != 1 or stack.frames[0].frame is not None:
        return stack
    (step,) = steps
    others = {frame.instance_number for frame in frames}
    if step < 2 or others & set(range(numbers[0] + 1, numbers[0] + step)):
        return stack
    note = f"{NUMBERS_SKIP} {step}: slices between them may be missing"
    return replace(stack, defects=(*stack.defects, note))


def goes_on(stack: Stack, frames: Sequence[Frame]) -> Stack:
    """Note that a scan goes on beside its stack, tilted or on another grid.

    The table was moved or the slices were turned while it ran, or an exporter scaled some
    of them: what is left looks like a whole scan. Stations and echoes are no such parts.
    """
    if stack.geometry is None or stack.geometry.shape[0] < 2:
        return stack
    own = {id(frame) for frame in stack.frames}
    others = [
        frame
        for frame in frames
        if id(frame) not in own and frame.position and _is_alike(frame.acquisition, stack)
    ]
    normal, spacing = stack.geometry.directions[:, 0], stack.geometry.spacing_mm[0]
    depths = [_depth(frame, normal) for frame in stack.frames]
    beyond = [
        max(min(depths) - depth, depth - max(depths))
        for depth in (_depth(frame, normal) for frame in others)
    ]
    if not beyond or min(beyond) <= 0 or min(beyond) > GOES_ON * spacing:
        return stack
    note = (
        f"{len(beyond)} of the {len(depths) + len(beyond)} slices of this scan lie beside these "
        "at another angle or on another grid, and are not part of it"
    )
    return replace(stack, defects=(*stack.defects, note))


def _is_alike(a: Acquisition, stack: Stack) -> bool:
    """Tell slices of the same contrast whose normal is within some degrees of the stack's."""
    b = stack.acquisition
    if a.orientation is None or b.orientation is None or a.component != b.component:
        return False
    if (a.echo_time_ms, a.inversion_time_ms) != (b.echo_time_ms, b.inversion_time_ms):
        return False
    own, other = (np.cross(o[:3], o[3:]) for o in (b.orientation, a.orientation))
    return bool(own @ other > np.cos(np.radians(TURNED_DEGREES)))


def _depth(frame: Frame, normal: FloatArray) -> float:
    return float(normal @ (frame.position or (np.nan,) * 3))


def _acquisitions(frames: Iterable[Frame]) -> Iterable[Acquisition]:
    return {id(frame.acquisition): frame.acquisition for frame in frames}.values()


def heard(stack: Stack, members: Sequence[Stack]) -> Stack:
    """Refuse or note a stack that its header contradicts.

    Parameters
    ----------
    stack : Stack
        One stack of a series.
    members : sequence of Stack
        All of them: the header counts what came in several.
    """
    if stack.refused is not None or stack.geometry is None:
        return stack
    refused, notes = _about_spacing(stack)
    notes = (*notes, *_about_counts(stack, members), *_about_values(stack.acquisition))
    return replace(stack, refused=refused, defects=(*stack.defects, *notes))


def _about_spacing(stack: Stack) -> tuple[str | None, tuple[str, ...]]:
    a, geometry = stack.acquisition, stack.geometry
    if geometry is None or geometry.shape[0] < 2:
        return None, ()
    found, said = geometry.spacing_mm[0], a.spacing_between_slices_mm
    thickness = a.slice_thickness_mm
    if said is None:
        if thickness is None or found < WIDE_GAP * thickness:
            return None, ()
        return None, (
            f"slices of {thickness:.3g} mm lie {found:.3g} mm apart: some may be missing",
        )
    if abs(found - said) <= SPACING_AGREES * said or _is_gap(said, thickness, found):
        return None, ()
    times = round(found / said)
    is_spacing = thickness is None or said >= SPACING_NOT_GAP * thickness
    if times > 1 and is_spacing and abs(found - times * said) <= MULTIPLE_AGREES * said:
        return (
            f"slices lie {found:.3g} mm apart where the header says {said:.3g} mm: only one in "
            f"{times} has come: send the series again"
        ), ()
    return None, (f"slices lie {found:.3g} mm apart where the header says {said:.3g} mm",)


def _is_gap(said: float, thickness: float | None, found: float) -> bool:
    """Tell a gap between slices, which some scanners write in place of their distance."""
    return thickness is not None and abs(thickness + said - found) <= SPACING_AGREES * found


def _about_counts(stack: Stack, members: Sequence[Stack]) -> Iterable[str]:
    a = stack.acquisition
    n_found = sum(len(member.frames) for member in members)
    for declared, where in (
        (a.n_images_declared, "images in its acquisition"),
        (a.n_in_series_declared, "images in its series"),
    ):
        if (declared or 0) > n_found:
            yield f"the header counts {declared} {where}, {n_found} were found"
    n_slices = sum(len(member.frames) for member in members if _is_same_image(member, stack))
    if (a.n_slices_declared or 0) > n_slices:
        yield f"the header counts {a.n_slices_declared} slices, {n_slices} were found"


def _is_same_image(one: Stack, other: Stack) -> bool:
    a, b = one.acquisition, other.acquisition
    return (one.repeat, a.component, a.echo_time_ms, a.inversion_time_ms, a.b_value) == (
        *(other.repeat, b.component, b.echo_time_ms, b.inversion_time_ms, b.b_value),
    )


def _about_values(a: Acquisition) -> Iterable[str]:
    if a.were_seconds:
        yield "its times are written in seconds, not milliseconds; they were taken as such"
    if a.is_lossy:
        yield "its pixels were compressed with loss"
    if a.concatenation is not None and not a.concatenation[1]:
        yield "it is part of a concatenation that does not say how many parts it has"
    if a.photometric == "MONOCHROME1":
        yield "its grey scale is stored inverted (MONOCHROME1) and turned round before measuring"
