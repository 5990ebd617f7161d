"""Fill the CLAIM checklist from a folder of results."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from mri_bme.batch.made_with import PROVENANCE_NAME
from mri_bme.files import write_text
from mri_bme.readings.shelf import find_readings
from mri_bme.record.claim import StudyFacts, claim_items, claim_markdown, write_claim_table
from mri_bme.record.made_with import MadeWith
from mri_bme.record.sensitivity import SENSITIVITY
from mri_bme.record.tables import read_table
from mri_bme.report.claim import write_claim_page
from mri_bme.summarize_cohort import Cohort, Statistic

CLAIM_FILES = ("CLAIM.csv", "CLAIM.md", "CLAIM.html")


def write_claim(
    out: Path,
    folder: Path,
    cohort: Cohort,
    statistics: Sequence[Statistic],
    made_with: MadeWith | None,
) -> None:
    """Write the checklist as a table, as Markdown and as a page.

    `made_with` says whose edema the statistics are of, which a folder that readers read does not.
    """
    items = claim_items(study_facts(out, cohort, statistics, made_with))
    write_claim_table(folder / CLAIM_FILES[0], items)
    write_text(folder / CLAIM_FILES[1], claim_markdown(items))
    write_claim_page(items, folder / CLAIM_FILES[2])


def study_facts(
    out: Path, cohort: Cohort, statistics: Sequence[Statistic], made_with: MadeWith | None
) -> StudyFacts:
    """Collect what results tell of a study; what a run did not leave stays unknown."""
    subjects = read_table(out / "subjects.csv", ("subject", "status", "reason"))
    versions, machine = _provenance(out)
    return StudyFacts(
        made_with=made_with,
        n_subjects=len(subjects),
        n_measured=sum(row["status"] == "ok" for row in subjects),
        reasons=Counter(
            row["reason"] or "no reason was recorded" for row in subjects if row["status"] != "ok"
        ),
        scanners=[f"{name} ({n})" for name, n in sorted(Counter(cohort.strata.values()).items())],
        visits=(cohort.baseline, *cohort.followups),
        readers=sorted({place.reader for place, told in find_readings(out) if told["signed"]}),
        libraries=versions,
        machine=machine,
        sources=sorted({found.source for found in statistics if found.source}),
        n_hanging=_n_hanging(out / f"{SENSITIVITY.name}.csv"),
        has_agreement=(out / "agreement" / "agreement.html").is_file(),
        has_verification=any(out.glob("*/detectable.toml")),
        has_clinical=bool(cohort.clinical_measures),
    )


def _n_hanging(table: Path) -> int | None:
    """Count subjects whose verdict flips at an end of a source of error."""
    if not table.is_file():
        return None
    rows = read_table(table, ("subject", "flips"))
    return len({row["subject"] for row in rows if row["flips"] == "true"})


def _provenance(out: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    try:
        told = json.loads((out / PROVENANCE_NAME).read_bytes())
        versions = {str(name): str(version) for name, version in told["versions"].items()}
        machine = {str(name): str(value) for name, value in told["machine"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, {}
    return versions, machine
