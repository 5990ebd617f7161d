"""Every number that changes a result, saved with every result.

Read from TOML (`Settings.model_validate(tomllib.loads(text))`), one table per stage.
"""

from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

RoiSource = Literal["manual", "joint_lines", "bones", "other_visit", "atlas", "automatic"]
"""Where ROIs come from: corrected by hand, drawn joints, bones from elsewhere, another
visit of the subject, annotated scans, the network."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class VisitSettings(_Section):
    """Which examinations are which visits."""

    week14_day: int = Field(98, ge=1, description="Day of the main follow-up.")
    week14_window_days: int = Field(
        28, ge=0, description="A visit this far from `week14_day` still is week 14."
    )


class SelectSettings(_Section):
    """Which series is measured."""

    pin: str = Field(
        "", description="Series number, identifier or part of its description; taken if unique."
    )
    min_slices: int = Field(
        3, ge=1, description="Fewer slices cannot show both joints (SPARCC scores 6)."
    )
    enough_slab_mm: float = Field(
        60.0, gt=0, description="Slabs this thick cover both joints; more is no better."
    )


class RegisterSettings(_Section):
    """How two visits are brought together, and when the fit is believed.

    The limits separate the same pelvis (similarity 0.80 to 0.87 on real T1W pairs, above
    0.85 on moved, noisy STIR) from two people (real scans below 0.25; phantoms, which
    share a shape model, up to 0.48 with their bones as masks);
    `python -m mri_bme.benchmark registration` measures all of them.
    """

    levels_mm: tuple[float, ...] = Field(
        (6.0, 3.0, 1.2), min_length=2, description="In-plane resolutions, coarse to fine."
    )
    n_points: int = Field(16_000, ge=2000, description="Points compared at the finer levels.")
    n_starts: int = Field(6, ge=1, description="Starts taken from the search over all shifts.")
    seed: int = Field(20, ge=0, description="Of the choice of points.")
    min_similarity: float = Field(
        0.5, ge=-1, le=1, description="Correlation of locally normalised volumes at 3 mm."
    )
    min_margin: float = Field(
        0.25, ge=0, le=2, description="Similarity above that of displaced copies."
    )
    min_overlap: float = Field(
        0.4, ge=0, le=1, description="Share of the joint region that both visits must show."
    )
    max_rotation_degrees: float = Field(
        30.0, gt=0, le=180, description="More tilt between two visits is not plausible."
    )
    max_inconsistency_mm: float = Field(
        0.5, gt=0, description="Disagreement with a fit the other way round from other points."
    )


class RoiSettings(_Section):
    """Where edema is looked for."""

    sources: tuple[RoiSource, ...] = Field(
        ("manual", "joint_lines", "bones", "other_visit", "atlas", "automatic"),
        min_length=1,
        description="Where ROIs come from, in the order in which it is tried; one that is not "
        "given or not named is left out. At `other_visit`, ROIs that another visit got from a "
        "source named before it are carried over by registration; they also stand in when "
        "nothing else works.",
    )
    bone_numbers: dict[Literal["sacrum", "left_ilium", "right_ilium", "l5"], tuple[int, ...]] = (
        Field(
            default={},
            description="Numbers of the bones in a label map from elsewhere. Empty: 1 sacrum, "
            "2 left ilium, 3 right ilium, 4 L5; in a map with higher numbers those of "
            "TotalSegmentator MR (18 sacrum, 38 left and 39 right hip).",
        )
    )
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="Automatic and atlas bones below this confidence are not used."
    )
    certainty_range: tuple[float, float] = Field(
        (0.75, 0.88), description="Mean probability of marrow's label, from no to full confidence."
    )
    mirror_agreement_range: tuple[float, float] = Field(
        (0.6, 0.85),
        description="Overlap (Dice, worst bone) of the bones in the volume and in its mirror "
        "image, from no to full confidence.",
    )
    atlas_similarity_range: tuple[float, float] = Field(
        (0.2, 0.5),
        description="Local correlation of the volume with the warped annotated scans of an "
        "atlas, from no to full confidence.",
    )
    atlas_agreement_range: tuple[float, float] = Field(
        (0.5, 0.8),
        description="Overlap (Dice, worst bone) of an annotated scan with the vote of all, median "
        "over scans, from no to full confidence. Leaving one of five public subjects (Hepburn "
        "et al. 2023) out: 0.74 to 0.87 where the region was right (Dice 0.82 to 0.89), 0.46 "
        "on the one STIR where it was not (0.59).",
    )
    min_bone_ml: float = Field(
        20.0, ge=0, description="Less marrow than this of sacrum or an ilium is half a pelvis."
    )
    max_void_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="A bone with more than this share of its marrow without signal lies beside "
        "metal. Real scans have at most 0.03.",
    )
    joint_line_depth_mm: float = Field(
        15.0, gt=0, description="How far ROIs reach from a drawn joint when no bone was found."
    )
    max_joint_gap_mm: float = Field(
        8.0, gt=0, description="Sacral and iliac marrow further apart do not form a joint."
    )
    limb_width_mm: float = Field(
        20.0,
        gt=0,
        description="How far cartilage reaches from the front and lower border of the joint; "
        "between and behind are ligaments. Mean width of either limb of the articular surface "
        "(Waldrop et al., J Orthop Trauma 7:510-513, 1993).",
    )
    joint_half_width_mm: float = Field(
        0.75, ge=0, description="Marrow this near to the joint surface is joint space or cortex."
    )
    rim_mm: float = Field(
        0.6, ge=0, description="Marrow this near to soft tissue, within the slice, is part cortex."
    )
    reference_min_distance_mm: float = Field(
        20.0, ge=0, description="Reference marrow lies further than this from the joints."
    )
    reference_rim_mm: float = Field(
        5.0, ge=0, description="Reference marrow lies further than this from soft tissue."
    )
    reference_min_voxels: int = Field(
        200, ge=1, description="Fewer candidate voxels give no reference marrow."
    )

    @field_validator("sources")
    @classmethod
    def _check_sources(cls, sources: tuple[RoiSource, ...]) -> tuple[RoiSource, ...]:
        if len(set(sources)) < len(sources):
            raise ValueError("a source of ROIs may be named only once")
        return sources


SelectivityRule = Literal[
    "speck", "far_from_joint", "single_slice", "tubular", "rim", "fluid", "bright_on_t1"
]


class SegmentSettings(_Section):
    """What counts as edema.

    What was tuned on what: `n_sd`, the numbers of dark tissue, and the limits of the rules
    were chosen on the four subjects with readers (Hepburn et al., PLOS ONE 2023), the credit
    of partial volume and the width of intervals on 35 phantoms of an earlier look. The rules
    themselves follow anatomy. Within 20 mm of the joint and in manual bones the mean Dice is
    0.605; what each rule adds to it, by switching it off, stands in its description
    (`python -m mri_bme.benchmark segmentation`). On the phantoms of seed 101, used for
    nothing else, no rule of shape drops edema. Leaving one subject out, an `n_sd` of 3.5
    would be chosen (0.612); 4 finds less where no reader has anything and less too much on
    phantoms. With the exponent of dark tissue
    and the share of rims chosen along with it, the subject left out scores 0.571 on average.
    """

    rule: Literal["robust_sd", "quartile_iqr", "two_threshold", "fixed_ratio", "otsu"] = Field(
        "robust_sd", description="How the cut-off follows from normal marrow."
    )
    n_sd: float = Field(
        4.0, gt=0, description="Rule robust_sd: height above the median, in robust SDs."
    )
    n_iqr: float = Field(
        2.0, gt=0, description="Rule quartile_iqr: height above the third quartile, in IQRs."
    )
    ratio: float = Field(
        1.6, gt=1, description="Rule fixed_ratio: cut-off in medians of reference marrow."
    )
    grow_to: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Hysteresis on any rule: candidates start above the cut-off and grow to "
        "neighbours down to this share of its height above normal marrow; 1 switches it off. Off "
        "by default: seeds at 5 SDs grown to 3.5 find what 3.5 SDs find (Dice 0.612 both).",
    )
    correct_shading: bool = Field(
        True, description="Undo a log-linear change of brightness across the marrow."
    )
    smoothing_mm: float = Field(
        0.6, ge=0, description="SD of the in-plane Gaussian that steadies voxels before the cut."
    )
    dark_exponent: float = Field(
        0.5,
        ge=0,
        description="How much lower the cut-off is where T1W and the neighbourhood are dark, by "
        "the joint; 0 switches off. Set on four subjects with readers.",
    )
    around_mm: float = Field(
        3.5, gt=0, description="SD of the in-plane Gaussian that is the neighbourhood."
    )
    dark_tissue_mm: float = Field(
        6.0, ge=0, description="The cut-off is lowered only this near to the joint."
    )
    darkest_normal: float = Field(
        0.27, gt=0, le=1, description="T1W or neighbourhood darker than this counts as this."
    )
    min_volume_ml: float = Field(
        0.03,
        ge=0,
        description="Rule speck: a smaller candidate is noise; SPARCC readers ignore 1-2 voxels. "
        "Hardly changes the Dice (-0.001) beside the rule single_slice.",
    )
    periarticular_mm: float = Field(
        10.0,
        gt=0,
        description="Rule far_from_joint: a lesion must come this near the joint; it may extend "
        "deeper. Adds 0.001 to the Dice, which looks only within 20 mm of the joint.",
    )
    single_slice_min_ml: float = Field(
        0.06,
        ge=0,
        description="Rule single_slice: a candidate on one slice only must be this large. Adds "
        "0.006 to the Dice.",
    )
    tubular_max_width_mm: float = Field(
        3.0,
        gt=0,
        description="Rule tubular: a vessel in marrow is at most this wide within the slice. Adds "
        "nothing beside bright_on_t1, which drops the same vessel where there is T1W.",
    )
    tubular_elongation: float = Field(
        5.0, gt=1, description="A vessel is at least this many times as long as wide."
    )
    tubular_min_run_mm: float = Field(
        8.0, ge=0, description="What runs less far from the joint is not taken for a vessel."
    )
    rim_min_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Rule rim: a rim has this share of its voxels on the border of marrow. Adds "
        "0.007 to the Dice.",
    )
    rim_min_ratio: float = Field(
        0.95, gt=0, description="Beyond the border of a rim it is this many times as bright."
    )
    fluid_min_ratio: float = Field(
        0.8,
        gt=0,
        description="Rule fluid: fluid is at least this share of the brightness of fluid around. "
        "None of the four subjects has any inside bone: no change of the Dice.",
    )
    fluid_max_t1: float = Field(
        0.7, gt=0, description="Fluid is at most this bright on T1W, in medians of marrow."
    )
    max_t1: float = Field(
        2.0,
        gt=0,
        description="Rule bright_on_t1: edema is at most this bright on T1W, in medians of marrow; "
        "pure fat is 2 to 3. At 1.3 it adds 0.003 to the Dice on four subjects with readers, and "
        "takes a plain lesion in fatty marrow from another.",
    )
    doubtful_t1: float = Field(
        1.3,
        gt=0,
        description="Edema brighter than this on T1W lies in fatty marrow, or is fat whose signal "
        "was not suppressed; much of it is flagged.",
    )
    depth_limit_mm: float = Field(
        40.0, gt=0, description="Marrow further from the joint than this is not searched."
    )
    switched_off: tuple[SelectivityRule, ...] = Field(
        (), description="Names of selectivity rules that are not applied."
    )
    min_reference_ml: float = Field(
        0.3, gt=0, description="Less normal marrow than this cannot say what normal is."
    )
    max_reference_cv: float = Field(
        0.5, gt=0, description="A reference with a larger robust SD / median is no normal marrow."
    )
    n_draws: int = Field(
        128, ge=8, description="Quasi-random draws behind the interval; a power of two is best."
    )


class ScoreSettings(_Section):
    """How a mask becomes a score."""

    depth_band_edges_mm: tuple[float, ...] = Field(
        (5.0, 10.0, 20.0),
        description="Limits between depth bands, mm from the joint; 10 mm is where SPARCC "
        "calls a lesion deep (Maksymowych et al., Arthritis Rheum 53:703-709, 2005).",
    )

    min_visible_mm2: float = Field(
        10.0,
        ge=0,
        description="Edema on a slice smaller than this is not seen by the estimated reader. "
        "Own choice: some 3 x 3 mm.",
    )
    subchondral_mm: float = Field(
        5.0,
        gt=0,
        description="Marrow this close to the joint is at the joint: it shows that a slice cuts "
        "the joint, and where a deep lesion must begin. Own choice.",
    )
    intense_rule: Literal["fluid", "fixed"] = Field(
        "fluid",
        description="Intense as SPARCC means it: `fluid`, as bright as the brightest tissue "
        "around the marrow, presacral vessels or fluid (Maksymowych et al., Arthritis Rheum "
        "53:703-709, 2005; spa-imaging.org names cerebrospinal fluid or discs); `fixed`, from "
        "`intense_least`.",
    )
    intense_percentile: float = Field(
        99.0,
        gt=0,
        lt=100,
        description="Percentile of the tissue around the marrow that stands for vessels and "
        "fluid; 2.3 to 7.6 times reference marrow in five public scans (Hepburn et al. 2023).",
    )
    intense_least: float = Field(
        2.0,
        gt=1,
        description="A lesion below this relative intensity is never intense. Own choice: the "
        "signal of definite lesions runs from 1.4 to 2.6 times reference marrow.",
    )
    berlin_depth_mm: float = Field(
        20.0,
        gt=0,
        description="How far a quadrant of the Berlin score reaches from the joint. Own choice: "
        "about the way to the sacral foramina.",
    )
    readable_spacing_mm: tuple[float, float] = Field(
        (2.5, 6.0),
        description="Slice spacings for which rules made for 4 mm slices (SPARCC, ASAS) are "
        "applied.",
    )

    @field_validator("depth_band_edges_mm")
    @classmethod
    def _check_edges(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if any(b <= a for a, b in pairwise((0.0, *edges))):
            raise ValueError("depth band edges must be positive and increase")
        return edges


class CompareSettings(_Section):
    """When a change is a change."""

    min_covered_fraction: float = Field(
        0.5, gt=0, le=1, description="Less common marrow than this is not evaluable."
    )
    detection_limit_ml: float = Field(
        0.18,
        ge=0,
        description="Less edema than this is no edema. Limit of blank on phantoms without edema "
        "and with bones found automatically (95th percentile of 6 scans; 0.00 mL with given "
        "bones; design of `mri-bme verify --quick`).",
    )
    detectable_at_ml: tuple[float, ...] = Field(
        (0.0, 0.5, 2.0, 6.0, 20.0),
        description="Volumes (mean of the two visits) at which `detectable_ml` is known; "
        "linear in between, proportional beyond the last.",
    )
    detectable_ml: tuple[float, ...] = Field(
        (0.18, 0.18, 0.26, 0.79, 2.64),
        description="Smallest detectable change at each of these volumes.",
    )
    detectable_source: str = Field(
        "design of mri-bme verify 0.1.0 --quick, bones found automatically: upper 95 % bounds "
        "of the repeatability coefficient from 15 test-retest phantom pairs together, not below "
        "the detection limit; 1.1 mm pixels, 4.0 mm slices every 5.0 mm, noise 9 % of marrow. "
        "Phantoms vary less than patients, and the bone network has learnt from phantoms: "
        "measure your own protocol with `mri-bme verify`, and scan patients twice",
        description="Where the smallest detectable change comes from.",
    )
    match_min_overlap: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Share of the smaller lesion that must lie in the other for the two to be "
        "one. Own choice: lower than any overlap of a lesion with itself after a "
        "registration error of 2 mm.",
    )
    match_max_distance_mm: float = Field(
        5.0,
        ge=0,
        description="Lesions without overlap are one when each is the other's nearest and they "
        "are this close. Own choice: one slice spacing.",
    )

    @model_validator(mode="after")
    def _check_table(self) -> Self:
        at, change = self.detectable_at_ml, self.detectable_ml
        if len(at) != len(change) or not at or at[0] < 0 or min(change) <= 0:
            raise ValueError("detectable_at_ml and detectable_ml need equally many values >= 0")
        if any(b <= a for a, b in pairwise(at)):
            raise ValueError("detectable_at_ml must increase")
        return self


class StatsSettings(_Section):
    """How cohort statistics are computed; saved with them, apart from a run's settings."""

    seed: int = Field(20240214, ge=0, description="Seed of the bootstrap.")
    n_bootstrap: int = Field(
        5000,
        ge=1000,
        description="Resamples; 2.5 % tails need some thousands (Efron & Tibshirani 1993, 14.3).",
    )


class Settings(_Section):
    """Everything that changes a result."""

    visits: VisitSettings = VisitSettings()
    select: SelectSettings = SelectSettings()
    registration: RegisterSettings = RegisterSettings()
    rois: RoiSettings = RoiSettings()
    segment: SegmentSettings = SegmentSettings()
    score: ScoreSettings = ScoreSettings()
    compare: CompareSettings = CompareSettings()
