"""What is checked, where doubt starts, and what cannot be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite

from mri_bme.signal.common_field import ALONE_BEGINS, BEGINS


class Verdict(StrEnum):
    """What a check says of a scan."""

    FINE = "fine"
    DOUBTFUL = "doubtful"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Inside `usual` a scan is fine; outside of `possible` it is not what it is said to be.

    `meaning` says what a value beyond means, and what to look at.
    """

    usual: tuple[float, float]
    possible: tuple[float, float]
    meaning: str

    def verdict(self, value: float) -> Verdict:
        """Judge a value; the limits themselves are inside."""
        if not self.possible[0] <= value <= self.possible[1]:
            return Verdict.IMPOSSIBLE
        return Verdict.FINE if self.usual[0] <= value <= self.usual[1] else Verdict.DOUBTFUL


LIMITS: Mapping[str, Limits] = {
    "slab_mm": Limits(
        usual=(40, 200),
        possible=(15, 400),
        meaning="the slices together are {value:.3g} mm thick, which shows no pelvis; the distance "
        "between slices in the header is wrong, or slices are missing",
    ),
    "field_of_view_mm": Limits(
        usual=(120, 550),
        possible=(60, 700),
        meaning="the shorter side of a slice is {value:.3g} mm; the voxel size in the header is "
        "wrong, or the scan is cropped",
    ),
    "pixel_mm": Limits(
        usual=(0.4, 1.6),
        possible=(0, inf),
        meaning="pixels of {value:.2g} mm were never tried (0.5 to 1.2 mm were): what is measured "
        "here may be off by more than its interval says",
    ),
    "slice_step_mm": Limits(
        usual=(0.9, 6.6),
        possible=(0, inf),
        meaning="slices {value:.2g} mm apart were never tried (1.2 to 6.5 mm were): what is "
        "measured here may be off by more than its interval says",
    ),
    "independent_slices": Limits(
        usual=(0.95, 1),
        possible=(0, 1),
        meaning="only {value:.0%} of the slices are acquired, the rest is interpolated: "
        "volumes and noise are not those of the acquisition; give the original series",
    ),
    "negative": Limits(
        usual=(-inf, 0.001),
        possible=(-inf, 0.2),
        meaning="{value:.0%} of the voxels are negative, which no magnitude image has; a shift or "
        "a slope was applied, or it is a phase image",
    ),
    "darkest": Limits(
        usual=(-inf, 0.52),
        possible=(-inf, 0.62),
        meaning="the darkest tissue and air are {value:.2f} times as bright as the middle of the "
        "scan, where they must be near 0: a constant was added, or the contrast is inverted",
    ),
    "bright_tail": Limits(
        usual=(2.5, inf),
        possible=(1.0, inf),
        meaning="bright voxels stand out {value:.2f} times as far as dark ones; fluid must stand "
        "out from all other tissue: the contrast is inverted, or this is no fluid-sensitive series",
    ),
    "fluid": Limits(
        usual=(1.03, inf),
        possible=(1.0, inf),
        meaning="fluid stands out {value:.2f} times as much as it must (1) on STIR or T2-FS; "
        "this looks like T1W or another series",
    ),
    "fluid_on_t1": Limits(
        usual=(-inf, 1.0),
        possible=(-inf, 1.03),
        meaning="fluid stands out on what was given as T1W ({value:.2f}, below 1 on T1W): it is "
        "a fluid-sensitive series, or the two are exchanged",
    ),
    "likeness_of_t1": Limits(
        usual=(-inf, 0.85),
        possible=(-inf, 0.92),
        meaning="what was given as T1W is as the fluid-sensitive series (correlation {value:.2f}); "
        "give the T1W of this visit, or none",
    ),
    "t1_covered": Limits(
        usual=(0.9, 1),
        possible=(0, 1),
        meaning="T1W is left out: it covers only {value:.0%} of the fluid-sensitive series",
    ),
    "t1_tilt_degrees": Limits(
        usual=(0, 20),
        possible=(0, 90),
        meaning="T1W is left out: its slices are tilted by {value:.0f} degrees against those of "
        "the fluid-sensitive series",
    ),
    "t1_coarser": Limits(
        usual=(0, 1.6),
        possible=(0, inf),
        meaning="T1W is left out: its slices are {value:.1f} times as far apart as those of the "
        "fluid-sensitive series",
    ),
    "t1_fit": Limits(
        usual=(0.13, inf),
        possible=(-inf, inf),
        meaning="T1W is left out: it does not show what the fluid-sensitive series shows "
        "({value:.2f}, 0.13 needed); it is of another person or place",
    ),
    "t1_mirror_gain": Limits(
        usual=(-inf, 0),
        possible=(-inf, inf),
        meaning="T1W is left out: it fits the fluid-sensitive series better in the mirror (by "
        "{value:.2f}); left and right are exchanged in one of them",
    ),
    "t1_shift_mm": Limits(
        usual=(0, 6),
        possible=(0, inf),
        meaning="T1W is left out: it lies {value:.1f} mm beside the fluid-sensitive series, as "
        "after the patient was moved; it may be of another visit",
    ),
    "t1_turn_degrees": Limits(
        usual=(0, 4),
        possible=(0, inf),
        meaning="T1W is left out: it is turned by {value:.1f} degrees against the fluid-sensitive "
        "series, as after the patient was moved; it may be of another visit",
    ),
    "sides_mm": Limits(
        usual=(40, inf),
        possible=(0, inf),
        meaning="counted towards the patient's left, what is called left lies {value:.0f} mm from "
        "what is called right, 40 or more in people; the sides of the map are exchanged, or the "
        "header says left wrongly",
    ),
    "between_joints_mm": Limits(
        usual=(82, 122),
        possible=(40, 180),
        meaning="the joints are {value:.0f} mm apart, 91 to 114 mm in people; the voxel size in "
        "the header is wrong, or the regions are",
    ),
    "body_size": Limits(
        usual=(0.88, 1.14),
        possible=(0, inf),
        meaning="joints and marrow are {value:.2f} times as large as the mean adult's; people "
        "differ by some 12 %, so the voxel size in the header may be wrong, and with it volumes",
    ),
    "joint_depth_mm": Limits(
        usual=(0, 75),
        possible=(0, 120),
        meaning="a joint is {value:.0f} mm long along the slices, some 50 to 59 mm in people; the "
        "distance between slices in the header is wrong, or the regions are",
    ),
    "joint_seen_mm": Limits(
        usual=(30, inf),
        possible=(0, inf),
        meaning="the slices hold only {value:.0f} mm of one joint's length: what lies beyond was "
        "not measured",
    ),
    "marrow_snr": Limits(
        usual=(3.5, inf),
        possible=(2.4, inf),
        meaning="marrow is only {value:.1f} times as bright as its noise: what is faint cannot be "
        "told from noise",
    ),
    "sharpness": Limits(
        usual=(0.1, inf),
        possible=(0.085, inf),
        meaning="the border of marrow is blurred ({value:.2f} of its brightness per mm): the "
        "patient has moved, or the scan was smoothed",
    ),
    "common_shading": Limits(
        usual=(-inf, 0.16),
        possible=(-inf, 0.3),
        meaning="parts of the marrow are brighter on both series (by {value:.0%}), as no disease "
        "makes them: uneven transmit field, fat that is not suppressed, or signal that folds in",
    ),
    "uneven_field": Limits(
        usual=(-inf, BEGINS),
        possible=(-inf, 0.8),
        meaning="a field across all marrow makes that by the joints up to {value:.0%} brighter on "
        "both series, as uneven transmit or receive coils do; it was evened out",
    ),
    "field_without_t1": Limits(
        usual=(-inf, ALONE_BEGINS),
        possible=(-inf, 0.8),
        meaning="a field across all marrow makes that by the joints up to {value:.0%} brighter, as "
        "uneven transmit or receive coils do; it was evened out, though T1W alone could tell it "
        "from extensive edema",
    ),
    "lost_field_without_t1": Limits(
        usual=(-inf, 0.6),
        possible=(-inf, 0.65),
        meaning="all marrow together is up to {value:.0%} brighter by the joints than in the "
        "middle: the transmit field is lost there, or disease is everywhere, which T1W could tell",
    ),
    "snr_without_t1": Limits(
        usual=(4.0, inf),
        possible=(2.4, inf),
        meaning="marrow is only {value:.1f} times as bright as its noise, and there is no T1W to "
        "tell what is faint from noise",
    ),
    "void_without_t1_ml": Limits(
        usual=(0, 2),
        possible=(0, 20),
        meaning="{value:.0f} mL of marrow lie in or beside a hole of the signal with a bright rim, "
        "as metal and gas make them: signal that was moved there looks like edema, and edema in "
        "the hole is not seen",
    ),
    "fat_without_t1": Limits(
        usual=(0, 2.2),
        possible=(0, 4.0),
        meaning="broad tissue behind and beside the joints is up to {value:.1f} times as bright as "
        "marrow, as fat is whose signal was not suppressed; without T1W it cannot be told from "
        "edema",
    ),
    "field_left_over": Limits(
        usual=(-inf, 0.18),
        possible=(-inf, 0.18),
        meaning="a field makes parts of the marrow brighter on both series (by {value:.0%}), and "
        "so unevenly that it cannot be evened out",
    ),
    "folded_signal": Limits(
        usual=(-inf, BEGINS),
        possible=(-inf, BEGINS),
        meaning="opposite borders of the picture go on in each other, as where signal folds over, "
        "and marrow by the joints is up to {value:.0%} brighter: signal from beyond the field of "
        "view lies on it",
    ),
    "fold_over_mm": Limits(
        usual=(60, inf),
        possible=(25, inf),
        meaning="opposite borders of the picture go on in each other, as where signal folds over, "
        "and a joint lies only {value:.0f} mm from one of them: signal from beyond the field of "
        "view may lie on it",
    ),
    "fat": Limits(
        usual=(0, 1.9),
        possible=(0, inf),
        meaning="fat beside the joints is {value:.1f} times as bright as marrow: its signal was "
        "not suppressed everywhere",
    ),
    "marrow_ml": Limits(
        usual=(40, 500),
        possible=(0.5, 1500),
        meaning="the regions hold {value:.0f} mL of marrow, which no pelvis has in a slab; the "
        "voxel size in the header is wrong, or the regions are",
    ),
    "reference": Limits(
        usual=(0.5, 1.35),
        possible=(0.3, 1.45),
        meaning="reference marrow is {value:.2f} times as bright as the rest of the marrow; it "
        "lies on a lesion or on other tissue: mark normal marrow",
    ),
    "on_marrow": Limits(
        usual=(0.65, 1),
        possible=(0.55, 1),
        meaning="only {value:.0%} of the regions given lies where marrow was found: they belong to "
        "another scan or are shifted; draw them on this series",
    ),
}
"""Usual and possible values of each check; how they were chosen and what they are worth stands in
``docs/appearance.md``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One number of a scan against its limits."""

    name: str
    value: float

    @property
    def limits(self) -> Limits:
        """What is usual and what is possible."""
        return LIMITS[self.name]

    @property
    def verdict(self) -> Verdict:
        """Fine, doubtful or impossible."""
        return self.limits.verdict(self.value)

    @property
    def words(self) -> str:
        """What a value beyond the limits means; empty when it is fine."""
        if self.verdict is Verdict.FINE:
            return ""
        return self.limits.meaning.format(value=self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """Everything that was checked of one visit."""

    checks: tuple[Check, ...] = ()

    def __add__(self, other: "Appearance") -> "Appearance":
        return Appearance(checks=(*self.checks, *other.checks))

    def _words(self, verdict: Verdict) -> tuple[str, ...]:
        return tuple(check.words for check in self.checks if check.verdict is verdict)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is doubtful, in plain words."""
        return self._words(Verdict.DOUBTFUL)

    @property
    def impossible(self) -> tuple[str, ...]:
        """What cannot be, in plain words."""
        return self._words(Verdict.IMPOSSIBLE)


def appearance_of(values: Iterable[tuple[str, float | None]]) -> Appearance:
    """Make checks of values; what could not be computed is not checked."""
    checks = (Check(name=n, value=float(v)) for n, v in values if v is not None and isfinite(v))
    return Appearance(checks=tuple(checks))
