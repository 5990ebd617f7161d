"""What makes an output folder a BIDS derivative, besides the names of its files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mri_bme.files import write_json, write_text
from mri_bme.record.evidence import EVIDENCE
from mri_bme.version import __version__

BIDS_VERSION = "1.10.0"
README_NAME = "README"
Facts = Mapping[str, Any]

DESCRIBED: Mapping[str, Facts] = {
    "volume": {
        "Description": "The fluid-sensitive series that was measured, on the grid of acquisition.",
        "SkullStripped": False,
    },
    "t1": {
        "Description": "T1W of the visit as it was used, laid on the series that was measured.",
        "SkullStripped": False,
    },
    "edema": {
        "Description": "Bone marrow edema beside the sacroiliac joints.",
        "Type": "Lesion",
        "SpatialReference": "orig",
    },
    "lesions": {
        "Description": "Bone marrow edema by lesion: each connected part has a number.",
        "SpatialReference": "orig",
    },
    "quadrants": {
        "Description": "The eight quadrants of marrow in which edema was looked for.",
        "SpatialReference": "orig",
    },
    "reference": {
        "Description": "Normal marrow, the yardstick of the cut-off.",
        "Type": "ROI",
        "SpatialReference": "orig",
    },
    **{what: {"Description": meaning} for what, meaning in EVIDENCE.items()},
}
"""What BIDS wants to be told of each file, by what it holds."""

NOT_BIDS = (
    ".stages",
    "*.csv",
    "*.html",
    "*.jpg",
    "*.js",
    "*.jsonl",
    "*.parquet",
    "*.png",
    "*.toml",
    "*.tsv",
    "*.zip",
    "*_map.json",
    "*_map.nii.gz",
    "corrections",
    "figures",
    "provenance.json",
    "readings",
    "stats",
    "sub-*/*.bin",
    "sub-*/*.json",
    "sub-*/*.pdf",
    "sub-*/xfm",
)
"""Files for which BIDS has no name; its validator is told to leave them."""

README = """Bone marrow edema of the sacroiliac joints, measured by mri_bme {version}.

index.html             the cohort; open it in a browser
sub-*/report.html      one subject, for a reader
visits.csv             edema per subject, visit and region
changes.csv            baseline against each follow-up
lesions.csv            every lesion and its fate
subjects.csv           what was measured and what was not, with the reason
settings.toml          the settings that were used
provenance.json        versions, inputs by hash, and the machine

sub-*/ses-*/anat holds, for each visit, the volume that was measured (T2w), edema (label-BME
mask), lesions and quadrants (dseg), normal marrow (mask) and why each voxel counts or not (map),
all on the grid of acquisition, and T1W as it was used (T1w). A
volume is in millilitres, a position in millimetres. An empty cell of a table is a missing value,
never zero.
"""


def sidecar(what: str, facts: Facts, *, sources: Facts, made_from: Sequence[str]) -> Facts:
    """Complete what is said of a file by what BIDS wants.

    Parameters
    ----------
    what : str
        What the file holds, as `visit_files` names it.
    facts : mapping
        What is said of it.
    sources : mapping
        Hash of each input by its role.
    made_from : sequence of str
        Files of the output, relative to it, that this one was made from.
    """
    uris = {"Sources": [f"bids::{path}" for path in made_from]} if made_from else {}
    return {**DESCRIBED.get(what, {}), **facts, **uris, "InputSHA256": dict(sources)}


def write_dataset_description(out: Path) -> None:
    """Say what the output is, in the way of BIDS derivatives."""
    write_json(
        out / "dataset_description.json",
        {
            "Name": "Bone marrow edema of the sacroiliac joints",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [{"Name": "mri_bme", "Version": __version__}],
        },
    )
    write_text(out / README_NAME, README.format(version=__version__))
    write_text(out / ".bidsignore", "\n".join(NOT_BIDS) + "\n")
