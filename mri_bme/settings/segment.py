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
    "fluid",
    "bright_on_t1",
]


class SegmentSettings(Section):
    """What counts as edema.

    What was tuned on what: `n_sd`, the numbers of dark and of fatty tissue, and the limits of
    the rules were chosen on the four subjects with readers (Hepburn et al., PLOS ONE 2023);
    where the outline of a lesion lies on 72 phantoms (seeds 9101 to 9106, half of them with
    the protocol and marrow of sub-1007) and on the four subjects, the width of intervals on
    35 phantoms of an earlier look. The rules themselves follow anatomy. Within 20 mm of the
    joint and in manual bones the mean Dice is 0.629; what each rule adds to it, by switching
    it off, stands in its description (`python -m lab.benchmark segmentation`). On the
    phantoms of seed 101 only the rule far_from_joint drops anything. With `n_sd`, the
    exponent of dark tissue and the share of rims chosen without it, the subject left out
    scores 0.624 on average.
    """

    rule: Literal["robust_sd", "quartile_iqr", "two_threshold", "fixed_ratio", "otsu"] = Field(
        "robust_sd", description="How the cut-off follows from normal marrow."
    )
    n_sd: float = Field(
        5.0,
        gt=0,
        description="Rule robust_sd: height above the median, in robust SDs of smoothed reference "
        "marrow (some 4 SDs of single voxels, which would rise with noise).",
    )
    least_ratio: float = Field(
        1.35,
        ge=1,
        description="No rule puts the cut-off lower than this, in medians of reference marrow: on "
        "even, quiet scans normal marrow still varies from place to place. What readers agree on "
        "has 1.4 to 2.6 (eight subjects of Hepburn et al., PLOS ONE 2023).",
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
        "by default: seeds at 6 SDs grown to 4.2 score a Dice of 0.605, no better than 5.",
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
    bright_exponent: float = Field(
        0.25,
        ge=0,
        description="How much higher the cut-off is where T1W is brighter than marrow, as fat that "
        "is not quite suppressed or the coil's field would be; 0 switches off. Adds 0.008 to the "
        "Dice, and leaves out a quarter of what is found where no reader saw anything.",
    )
    around_mm: float = Field(
        3.5, gt=0, description="SD of the in-plane Gaussian that is the neighbourhood."
    )
    dark_tissue_mm: float = Field(
        6.0, ge=0, description="The cut-off is lowered only this near to the joint."
    )
    darkest_normal: float = Field(
        0.3, gt=0, le=1, description="T1W or neighbourhood darker than this counts as this."
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
        "deeper. Adds 0.006 to the Dice, which looks only within 20 mm of the joint.",
    )
    single_slice_min_ml: float = Field(
        0.06,
        ge=0,
        description="Rule single_slice: a candidate on one slice only must be this large. Adds "
        "0.007 to the Dice.",
    )
    tubular_max_width_mm: float = Field(
        3.0,
        gt=0,
        description="Rule tubular: a vessel in marrow is at most this wide within the slice. Adds "
        "0.012 to the Dice.",
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
        "0.009 to the Dice.",
    )
    rim_min_ratio: float = Field(
        0.95, gt=0, description="Beyond the border of a rim it is this many times as bright."
    )
    joint_space_depth_mm: float = Field(
        4.0,
        ge=0,
        description="Rule joint_space: the joint reaches no deeper into what was found as bone. No "
        "change of the Dice; on healthy phantoms whose bones are found automatically it leaves "
        "out up to 0.1 mL. Its limits lie between those and what four readers drew.",
    )
    joint_space_max_t1: float = Field(
        0.45, ge=0, description="Cartilage and fluid are this dark on T1W, in medians of marrow."
    )
    joint_space_min_share: float = Field(
        0.4, ge=0, le=1, description="This share of it lies on the border of marrow."
    )
    joint_space_min_ratio: float = Field(
        0.7, gt=0, description="Beyond the border it is this many times as bright."
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
    rim_mm: float = Field(
        0.6,
        ge=0,
        description="Marrow this near to soft tissue, within the slice, is part cortex: no edema "
        "starts there. It belongs to what lies beside it. The outermost voxel always does.",
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
