"""When a change is a change."""

from itertools import pairwise
from typing import Any, Self

from pydantic import Field, model_validator

from mri_bme.regions import RegionKind
from mri_bme.settings.section import Section


class CompareSettings(Section):
    """When a change is a change."""

    min_covered_fraction: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Least share of a region's marrow that both visits must measure to compare it.",
    )
    detection_limit_ml: float = Field(
        0.06,
        ge=0,
        description="Less edema than this (mL) counts as none.",
    )
    detectable_at_ml: tuple[float, ...] = Field(
        (0.0, 0.25, 0.5, 1.0, 2.0, 6.0, 12.0, 20.0, 40.0, 60.0),
        description="Mean volumes (mL) at which `detectable_ml` is known; linear in between.",
    )
    detectable_ml: tuple[float, ...] = Field(
        (0.172, 0.173, 0.181, 0.242, 0.333, 0.564, 0.868, 1.315, 2.544, 3.81),
        description="Smallest detectable change (mL) for the total at each of these volumes.",
    )
    detectable_side_ml: tuple[float, ...] = Field(
        (0.148, 0.151, 0.165, 0.216, 0.295, 0.507, 0.955, 1.571, 3.117, 4.666),
        description="The same (mL) for one side; empty: as for the total.",
    )
    detectable_bone_ml: tuple[float, ...] = Field(
        (0.141, 0.146, 0.164, 0.216, 0.293, 0.505, 0.933, 1.508, 2.948, 4.389),
        description="The same (mL) for one bone on both sides; empty: as for the total.",
    )
    detectable_side_bone_ml: tuple[float, ...] = Field(
        (0.14, 0.151, 0.187, 0.25, 0.343, 0.594, 1.086, 1.743, 3.387, 5.031),
        description="The same (mL) for one bone on one side; empty: as for the total.",
    )
    detectable_quadrant_ml: tuple[float, ...] = Field(
        (0.065, 0.148, 0.199, 0.274, 0.382, 0.721, 1.332, 2.144, 4.171, 6.197),
        description="The same (mL) for a quadrant; empty: as for the total.",
    )
    detectable_lesion_ml: tuple[float, ...] = Field(
        (0.142, 0.152, 0.184, 0.245, 0.335, 0.595, 1.107, 1.793, 3.511, 5.229),
        description="The same (mL) for a single lesion; empty: as for the total.",
    )
    detectable_source: str = Field(
        "bones given or found automatically, whichever changes more: upper 95 % bounds of how far "
        "two scans of unchanged phantom subjects (30 of one volume each and 6 of every volume, 0 "
        "to 60 mL) differ, by kind of region and not below the detection limit; 0.82 mm pixels, "
        "4.0 mm slices every 4.4 mm, noise 9 % of marrow, a quarter with 1.1 mm pixels and slices "
        "every 5 mm. Phantoms vary less than patients, and the bone network has learnt from "
        "phantoms: measure your own protocol with `mri-bme verify`, and scan patients twice",
        description="Where the smallest detectable change comes from, in words.",
    )
    match_min_overlap: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Least share of the smaller lesion inside the other for the two to be matched.",
    )
    match_max_distance_mm: float = Field(
        5.0,
        ge=0,
        description="Greatest distance (mm) at which lesions that do not overlap are matched.",
    )

    def detectable_of(self, kind: RegionKind) -> tuple[float, ...]:
        """Smallest detectable changes of a kind of region at `detectable_at_ml`."""
        if kind is RegionKind.TOTAL:
            return self.detectable_ml
        of_kind: tuple[float, ...] = getattr(self, f"detectable_{kind}_ml")
        return of_kind or self.detectable_ml

    @model_validator(mode="before")
    @classmethod
    def _drop_tables_of_other_volumes(cls, given: Any) -> Any:
        """Leave no shipped table of a kind beside a table of one's own."""
        if not isinstance(given, dict) or not {"detectable_at_ml", "detectable_ml"} & set(given):
            return given
        kinds = [f"detectable_{kind}_ml" for kind in RegionKind if kind is not RegionKind.TOTAL]
        return {**dict.fromkeys(kinds, ()), **given}

    @model_validator(mode="after")
    def _check_table(self) -> Self:
        at = self.detectable_at_ml
        for kind in RegionKind:
            change = self.detectable_of(kind)
            if len(at) != len(change) or not at or at[0] < 0 or min(change) <= 0:
                raise ValueError(
                    "detectable_at_ml and the detectable changes of every kind need equally many "
                    f"values, all above 0: found {len(at)} volumes and {len(change)} of {kind}"
                )
        if any(b <= a for a, b in pairwise(at)):
            raise ValueError("detectable_at_ml must increase")
        return self
