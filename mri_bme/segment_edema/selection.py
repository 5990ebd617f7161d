"""Rules that say which candidates are edema, each with the reason it gives."""

from collections.abc import Callable, Mapping

from mri_bme.settings import SegmentSettings

Features = Mapping[str, float]
Objection = str | None
"""Why a candidate is not edema, or None when the rule has nothing against it."""


def speck(features: Features, settings: SegmentSettings) -> Objection:
    """Too small to be told from noise."""
    if features["counted_ml"] >= settings.min_volume_ml:
        return None
    return f"speck: {features['counted_ml']:.3f} mL, at least {settings.min_volume_ml:g} mL needed"


def far_from_joint(features: Features, settings: SegmentSettings) -> Objection:
    """Bright marrow that nowhere comes near the joint is not sacroiliitis."""
    nearest = features["distance_to_joint_mm"]
    if nearest <= settings.periarticular_mm:
        return None
    return (
        f"not periarticular: {nearest:.1f} mm from the joint, at most "
        f"{settings.periarticular_mm:g} mm"
    )


def single_slice(features: Features, settings: SegmentSettings) -> Objection:
    """Seen on one slice only, and small there.

    ASAS calls a lesion definite when it shows on two consecutive slices, or is more than
    one lesion on a slice (Rudwaleit et al., Ann Rheum Dis 68:1520-1527, 2009).
    """
    if features["n_slices"] > 1 or features["area_mm2"] >= settings.single_slice_min_mm2:
        return None
    return (
        f"on one slice only: {features['area_mm2']:.0f} mm², at least "
        f"{settings.single_slice_min_mm2:g} mm² needed there"
    )


def tubular(features: Features, settings: SegmentSettings) -> Objection:
    """Thin but long, as vessels are: edema that reaches deep is broad as well.

    Voxels are up to ten times as long across slices as within them, too coarse for a
    filter of second derivatives (Frangi et al., MICCAI 1998) to tell tubes from plates, so
    the shape of the whole candidate decides: the longest axis of its structure tensor over
    the widest disc that fits into it on a slice, and how far it runs from the joint.
    """
    width, length = features["in_plane_width_mm"], features["length_mm"]
    run = features["depth_mm"] - features["distance_to_joint_mm"]
    if (
        run < settings.tubular_min_run_mm
        or width > settings.tubular_max_width_mm
        or length < settings.tubular_elongation * width
    ):
        return None
    return (
        f"tubular: {length:.1f} mm long, {width:.1f} mm wide, running {run:.1f} mm away from "
        "the joint, as vessels do"
    )


def rim(features: Features, settings: SegmentSettings) -> Objection:
    """On the border of marrow beside something at least as bright: partial volume of that.

    Joint fluid, vessels and nerve roots in foramina and the thecal sac shine into the
    voxels beside them; edema has dark cortex or cartilage beside it.
    """
    share, ratio = features["rim_share"], features["beyond_ratio"]
    if share < settings.rim_min_share or ratio < settings.rim_min_ratio:
        return None
    return (
        f"rim: {share:.0%} of it on the border of marrow, beside tissue {ratio:.2f} times as bright"
    )


def joint_space(features: Features, settings: SegmentSettings) -> Objection:
    """Hugging the joint, no deeper than cartilage, and as dark on T1W: the joint itself.

    Bones that are found reach into the joint by a voxel or two where they lie close
    together, and cartilage or a film of fluid between two dark cortices looks bright.
    """
    depth, fat = features["depth_mm"], features.get("t1_mean", 1.0)
    share, ratio = features["rim_share"], features["beyond_ratio"]
    if (
        depth > settings.joint_space_depth_mm
        or fat > settings.joint_space_max_t1
        or share < settings.joint_space_min_share
        or ratio < settings.joint_space_min_ratio
    ):
        return None
    return (
        f"joint space: within {depth:.1f} mm of the joint, {fat:.2f} times normal marrow on T1W, "
        f"{share:.0%} of it on the border of marrow beside tissue {ratio:.2f} times as bright"
    )


def like_marrow_beside(features: Features, settings: SegmentSettings) -> Objection:
    """No brighter than the marrow beside it, and nowhere above the cut-off of plain marrow.

    Where tissue by the joint is dark the cut-off is lower. Inflamed tissue there stands out
    from what is around it; normal marrow between dark tissues, as in the tip of the ilium,
    does not.
    """
    beside, plain = features.get("beside_ratio"), features["ratio_to_marrow_cutoff"]
    if beside is None or beside >= settings.beside_min_ratio or plain > 1:
        return None
    return (
        f"like the marrow beside it: at its brightest {beside:.2f} times that, at least "
        f"{settings.beside_min_ratio:g} where the cut-off is lower than for plain marrow"
    )


def fluid(features: Features, settings: SegmentSettings) -> Objection:
    """As bright as the fluid and vessels around the marrow, and dark on T1W: a cyst or fluid."""
    ratio, fat = features["fluid_ratio"], features.get("t1_mean", 0.0)
    if ratio < settings.fluid_min_ratio or fat > settings.fluid_max_t1:
        return None
    return f"fluid: {ratio:.2f} times the brightness of fluid around, and dark on T1W"


def bright_on_t1(features: Features, settings: SegmentSettings) -> Objection:
    """As bright on T1W as pure fat: its signal was not suppressed.

    Edema is dark on T1W, but edema in the fatty marrow that inflammation leaves behind is
    not darker than normal marrow: only what is far brighter is left out.
    """
    fat = features.get("t1_mean", 0.0)
    if fat <= settings.max_t1:
        return None
    return f"bright on T1W: {fat:.2f} times normal marrow, at most {settings.max_t1:g} in edema"


RULES: dict[str, Callable[[Features, SegmentSettings], Objection]] = {
    "speck": speck,
    "far_from_joint": far_from_joint,
    "single_slice": single_slice,
    "tubular": tubular,
    "rim": rim,
    "joint_space": joint_space,
    "like_marrow_beside": like_marrow_beside,
    "fluid": fluid,
    "bright_on_t1": bright_on_t1,
}


def rule_against(features: Features, settings: SegmentSettings) -> tuple[str, str] | None:
    """Name the first rule that speaks against a candidate and its reason; None to keep it."""
    for name, rule in RULES.items():
        if name not in settings.switched_off and (objection := rule(features, settings)):
            return name, objection
    return None
