"""What a module about one vendor offers to the intake."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mri_bme.intake.dicom.frames import Frame

HeaderFacts = Callable[[Mapping[int, bytes], bool], dict[str, float]]
DescribeFrames = Callable[[Sequence[Frame]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor's private elements.

    `header_tags` are read of every file (they must lie before the pixel description to
    cost nothing), and `header_facts` makes `n_tiles` and `b_value` of them, told whether
    numbers are little endian. Everything else goes by `describe_frames`, which adds to the
    frames of a series, in place, what a closer look at one of its files shows.
    """

    name: str
    header_tags: tuple[int, ...] = ()
    header_facts: HeaderFacts | None = None
    describe_frames: DescribeFrames | None = None
