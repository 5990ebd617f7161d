"""Write the sample subject again and pin what is measured on it.

Run from the root of the repository after a change that moves phantoms or measurements on
purpose, and say in the commit why the numbers moved::

    python tests/scenes/pin_sample.py            # pins and picture only
    python tests/scenes/pin_sample.py --scan     # scans the sample anew as well

Then look at ``sample_data/change.jpg``.
"""

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mri_bme.export.phantom_files import write_phantom
from mri_bme.findings import ChangeReport, Interval
from mri_bme.intake.dicom import index_study, read_series
from mri_bme.phantom import PhantomSubject, make_phantom
from mri_bme.phantom.prescription import SAMPLE as PROTOCOL
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult, analyze_subject
from mri_bme.report.figures import change_figure
from mri_bme.report.page import subject_page
from mri_bme.study import Contrast, Plane, Series, Visit
from mri_bme.version import __version__

SAMPLE = Path(__file__).parents[2] / "sample_data"
BONES = Path(__file__).parent / "data" / "sample_bones.npz"
SCENARIO, SEED = "letter", 1


def sample_visits() -> tuple[Visit, ...]:
    """Index the sample: two visits of one subject."""
    (subject,) = index_study(SAMPLE).subjects
    return subject.visits


def measured_sample(visits: tuple[Visit, ...], *, true_bones: bool = True) -> SubjectResult:
    """Take the sample through the pipeline, with the phantom's own bones or without."""
    with np.load(BONES) as bones:
        return analyze_subject(
            [
                VisitInput(
                    label=visit.label,
                    day=visit.day,
                    volume=read_series(_semicoronal(visit, Contrast.STIR)),
                    t1=read_series(_semicoronal(visit, Contrast.T1)),
                    bones=bones[visit.label] if true_bones else None,
                )
                for visit in visits
            ]
        )


def _semicoronal(visit: Visit, contrast: Contrast) -> Series:
    planes = (Plane.SEMICORONAL, Plane.CORONAL)
    return next(s for s in visit.series if s.contrast is contrast and s.plane in planes)


def scan_sample() -> PhantomSubject:
    """Write DICOM and truth of the sample as ``mri-bme phantom sample_data`` does."""
    made = make_phantom(SCENARIO, seed=SEED, protocol=PROTOCOL)
    shutil.rmtree(SAMPLE / made.subject_id, ignore_errors=True)
    write_phantom(made, SAMPLE)
    bones = {visit.label: visit.bone_labels for visit in made.visits}
    np.savez_compressed(BONES, **bones)  # type: ignore[arg-type]
    return made


def pinned(result: SubjectResult, found: SubjectResult) -> dict[str, Any]:
    """Describe what was measured with true bones and with found ones, for ``expected.json``."""
    truth = json.loads((SAMPLE / "truth.json").read_text())
    known = {visit["visit"]: visit["edema_ml"]["total"] for visit in truth["visits"]}
    change = result.changes["week14"]
    return {
        "about": f"What version {__version__} measures on this sample with the true bones of "
        "the phantom; truth_ml is what was put in.",
        "bones": "true bone labels of the phantom (tests/scenes/data/sample_bones.npz)",
        "visits": {v.label: _visit(v, known[v.label]) for v in result.visits},
        "change": {"verdict": change.verdict.value, "change_ml": _change_ml(change)},
        "bones_found": told_of(found),
    }


def told_of(found: SubjectResult) -> dict[str, Any]:
    """What the documents tell of the sample with found bones: totals, the healthy joint, change."""
    change = found.changes["week14"]
    total = change.regions["total"]
    return {
        **{visit.label: _told_of_visit(visit) for visit in found.visits},
        "change": {
            "verdict": change.verdict.value,
            "change_ml": _change_ml(change),
            "interval_95_ml": _rounded(total.interval_ml),
        },
    }


def _told_of_visit(visit: VisitResult) -> dict[str, Any]:
    assert visit.burden is not None, visit.reason
    total, healthy = (visit.burden.regions[name] for name in ("total", "right"))
    return {
        "edema_ml": round(total.edema_ml, 3),
        "interval_95_ml": _rounded(total.interval_ml),
        "right_ml": round(healthy.edema_ml, 3),
        "right_interval_95_ml": _rounded(healthy.interval_ml),
    }


def _rounded(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [round(interval.low, 3), round(interval.high, 3)]


def _change_ml(change: ChangeReport) -> float | None:
    ml = change.regions["total"].change_ml
    return None if ml is None else round(ml, 3)


def _visit(visit: VisitResult, truth_ml: float) -> dict[str, Any]:
    assert visit.burden is not None, visit.reason
    total = visit.burden.regions["total"]
    return {
        "truth_ml": round(truth_ml, 3),
        "edema_ml": {name: round(r.edema_ml, 3) for name, r in visit.burden.regions.items()},
        "sparcc_estimate": visit.burden.sparcc_estimate,
        "interval_95_ml": _rounded(total.interval_ml),
    }


def write_picture(result: SubjectResult) -> None:
    """Write matching slices of both visits, for the README."""
    stream = io.BytesIO()
    figure = change_figure(subject_page(result, subject_id="phantom0001"))
    figure.savefig(stream, dpi=176, bbox_inches="tight")
    Image.open(stream).convert("RGB").save(SAMPLE / "change.jpg", quality=82, subsampling=0)


def main() -> None:
    """Scan if asked to, measure, pin, draw."""
    if "--scan" in sys.argv[1:]:
        scan_sample()
    visits = sample_visits()
    result = measured_sample(visits)
    automatic = measured_sample(visits, true_bones=False)
    text = json.dumps(pinned(result, automatic), indent=2)
    (SAMPLE / "expected.json").write_text(text + "\n", encoding="utf-8")
    write_picture(automatic)
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
