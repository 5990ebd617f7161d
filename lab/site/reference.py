"""The page of the Python interface: every public name, by what it is for."""

from collections.abc import Mapping

import mri_bme

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Read": ("read_volume", "index_study", "read_series", "select_series"),
    "Measure": (
        "analyze_subject",
        "place_rois",
        "segment_edema",
        "explain_voxel",
        "score_edema",
        "register_visits",
        "compare_visits",
    ),
    "Geometry": (
        "Volume",
        "Mask",
        "VolumeGeometry",
        "RigidTransform",
        "resample_volume",
        "resample_mask",
    ),
}
OTHERS = "What is returned, and what else there is"

HEAD = """# Python reference

Made from the docstrings of the public names; their examples are run as tests.

    import mri_bme as bme
"""


def homes() -> dict[str, str]:
    """Public names, and the full name of each where it is defined."""
    found = {}
    for name in mri_bme.__all__:
        if not name.startswith("_"):
            one = getattr(mri_bme, name)
            found[name] = f"{one.__module__}.{one.__qualname__}"
    return found


def reference_page() -> str:
    """Write the page, with a directive for each name."""
    left = homes()
    sections = []
    for title, names in GROUPS.items():
        found = [left.pop(name) for name in names if name in left]
        sections.append(_section(title, found))
    return "\n".join([HEAD, *sections, _section(OTHERS, list(left.values()))])


def _section(title: str, names: list[str]) -> str:
    return "\n".join([f"## {title}", "", *(f"::: {name}\n" for name in names)])
