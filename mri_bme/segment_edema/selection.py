"""Rules that say which candidates are edema, each with the reason it gives."""

from collections.abc import Callable, Mapping

from mri_bme.settings import SegmentSettings

Features = Mapping[str, float]
Verdict = str | None
"""Why a candidate is not edema, or None when the rule has nothing against it."""


def speck(features: Features, settings: SegmentSettings) -> Verdict:
    """Too small to be told from noise."""
    if features["volume_ml"] >= settings.min_volume_ml:
        return None
    return f"speck: {features['volume_ml']:.3f} mL, at least {settings.min_volume_ml:g} mL needed"


def far_from_joint(features: Features, settings: SegmentSettings) -> Verdict:
    """Bright marrow that nowhere comes near the joint is not sacroiliitis."""
    nearest = features["distance_to_joint_mm"]
    if nearest <= settings.periarticular_mm:
        return None
    return (
        f"not periarticular: {nearest:.1f} mm from the joint, at most "
        f"{settings.periarticular_mm:g} mm"
    )


RULES: dict[str, Callable[[Features, SegmentSettings], Verdict]] = {
    "speck": speck,
    "far_from_joint": far_from_joint,
}


def rule_against(features: Features, settings: SegmentSettings) -> tuple[str, str] | None:
    """Name the first rule that speaks against a candidate and its reason; None to keep it."""
    for name, rule in RULES.items():
        if name not in settings.switched_off and (verdict := rule(features, settings)):
            return name, verdict
    return None
