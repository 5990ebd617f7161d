"""What counts as edema."""

from typing import Literal

from pydantic import Field

from mri_bme.settings.section import Section

SelectivityRule = Literal[
    "speck",
    "far_from_joint",
    "single_slice",
    "tubular",
    "rim",
    "joint_space",
    "like_marrow_beside",
    "fluid",
    "bright_on_t1",
]


class SegmentSettings(Section):
    """What counts as edema; `docs/why-these-numbers.md` says what each number is worth."""

    rule: Literal["robust_sd", "quartile_iqr", "two_threshold", "fixed_ratio", "otsu"] = Field(
        "robust_sd", description="How the cut-off follows from normal marrow."
    )
    n_sd: float = Field(
        5.0,
        gt=0,
        description="Rule robust_sd: height above the median, in SDs of smoothed normal marrow.",
    )
    least_ratio: float = Field(
        1.35,
        ge=1,
        description="Lowest cut-off that any rule may set, in medians of reference marrow.",
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
        description="Candidates grow down to this share of the cut-off's height; 1 is no growth.",
    )
    judge: Literal["network", "rules"] = Field(
        "network",
        description="Who says which bright marrow is edema: a network that learned from readers, "
        "or the rules alone.",
    )
    judge_probability: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Judge network: least probability for which the lower cut-off suffices.",
    )
    judge_veto: float = Field(
        0.08,
        ge=0,
        le=1,
        description="Judge network: a bright part of which no voxel is likelier is left out.",
    )
    judge_height: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Judge network: share of the cut-off's height above normal marrow that "
        "suffices.",
    )
    correct_shading: bool = Field(
        True,
        description="Undo a log-linear change of brightness across the marrow, and a curved one "
        "that T1W shows as well.",
    )
    smoothing_mm: float = Field(
        0.6,
        ge=0,
        description="SD (mm) of the in-plane Gaussian smoothing before the cut-off is applied.",
    )
    dark_exponent: float = Field(
        0.5,
        ge=0,
        description="How much lower the cut-off is in dark tissue by the joint; 0 switches off.",
    )
    bright_exponent: float = Field(
        0.25,
        ge=0,
        description="How much higher the cut-off is where T1W is bright; 0 switches off.",
    )
    around_mm: float = Field(
        3.5,
        gt=0,
        description="SD (mm) of the in-plane Gaussian that averages over the neighbourhood.",
    )
    dark_tissue_mm: float = Field(
        6.0, ge=0, description="The cut-off is lowered only this near (mm) to the joint."
    )
    darkest_normal: float = Field(
        0.3,
        gt=0,
        le=1,
        description="Floor for the brightness of T1W and neighbourhood, in medians of marrow.",
    )
    min_volume_ml: float = Field(
        0.03,
        ge=0,
        description="Rule speck: a candidate smaller than this (mL) is noise.",
    )
    periarticular_mm: float = Field(
        10.0,
        gt=0,
        description="Rule far_from_joint: a lesion must come this near (mm) to the joint.",
    )
    single_slice_min_mm2: float = Field(
        18.2,
        ge=0,
        description="Rule single_slice: least area (mm²) of a candidate on one slice only.",
    )
    tubular_max_width_mm: float = Field(
        3.0,
        gt=0,
        description="Rule tubular: greatest width (mm) of a vessel in marrow within the slice.",
    )
    tubular_elongation: float = Field(
        5.0, gt=1, description="Rule tubular: a vessel is at least this many times as long as wide."
    )
    tubular_min_run_mm: float = Field(
        8.0,
        ge=0,
        description="Rule tubular: a vessel runs at least this far (mm) away from the joint.",
    )
    rim_min_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Rule rim: least share of a rim's voxels on the border of marrow.",
    )
    rim_min_ratio: float = Field(
        0.95,
        gt=0,
        description="Rule rim: least brightness beyond the border, over its own.",
    )
    joint_space_depth_mm: float = Field(
        4.0,
        ge=0,
        description="Rule joint_space: the joint reaches at most this deep (mm) into found bone.",
    )
    joint_space_max_t1: float = Field(
        0.45,
        ge=0,
        description="Rule joint_space: greatest brightness on T1W, in medians of marrow.",
    )
    joint_space_min_share: float = Field(
        0.4, ge=0, le=1, description="Rule joint_space: least share on the border of marrow."
    )
    joint_space_min_ratio: float = Field(
        0.7,
        gt=0,
        description="Rule joint_space: least brightness beyond the border, over its own.",
    )
    beside_min_ratio: float = Field(
        1.15,
        ge=1,
        description="Rule like_marrow_beside: least brightness of edema in dark tissue, over that "
        "of marrow beside it.",
    )
    fluid_min_ratio: float = Field(
        0.8,
        gt=0,
        description="Rule fluid: least brightness, as a share of that of the fluid around.",
    )
    fluid_max_t1: float = Field(
        0.7, gt=0, description="Rule fluid: greatest brightness on T1W, in medians of marrow."
    )
    max_t1: float = Field(
        2.0,
        gt=0,
        description="Rule bright_on_t1: greatest brightness of edema on T1W, in medians of marrow.",
    )
    doubtful_t1: float = Field(
        1.3,
        gt=0,
        description="Much edema that is brighter than this on T1W (medians of marrow) is flagged.",
    )
    rim_mm: float = Field(
        0.6,
        ge=0,
        description="No edema starts in marrow this near (mm) to soft tissue, within the slice.",
    )
    depth_limit_mm: float = Field(
        40.0, gt=0, description="Marrow further than this (mm) from the joint is not searched."
    )
    switched_off: tuple[SelectivityRule, ...] = Field(
        (), description="Names of selectivity rules that are not applied."
    )
    min_reference_ml: float = Field(0.3, gt=0, description="Least volume (mL) of reference marrow.")
    max_reference_cv: float = Field(
        0.5, gt=0, description="Greatest robust SD / median of reference marrow."
    )
    n_draws: int = Field(
        128,
        ge=8,
        description="Number of quasi-random draws behind an interval; a power of two is best.",
    )
