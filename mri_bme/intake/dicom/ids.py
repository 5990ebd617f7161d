"""What subjects are called: by pseudonym, by their own ID, or by a table of the user's."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mri_bme.errors import InvalidSettings
from mri_bme.intake.dicom.codes import cannot_be_personal, is_of_a_phantom
from mri_bme.intake.dicom.pseudonyms import MARK_DIGITS, keyed_digest, subject_pseudonym

if TYPE_CHECKING:  # settings are checked before arrays are loaded
    from mri_bme.intake.dicom.people import Person

KEEP = "keep"
NAMED = "\1"  # before a name from the user's table: no PatientID may be taken for one
PATIENT_COLUMNS = ("patient_id", "patientid", "id", "mrn")
SUBJECT_COLUMNS = ("subject", "subject_id", "code", "pseudonym")


@dataclass(frozen=True, slots=True)
class Ids:
    """How PatientIDs become subjects.

    With neither, they become pseudonyms, but for objects that declare that identity was
    removed and whose ID cannot be a name, initials or a date. `is_kept` keeps every ID;
    `table` names subjects by the user's own list, and may give several IDs to one.
    """

    is_kept: bool = False
    table: Mapping[str, str] = field(default_factory=dict)

    def patient_of(self, patient_id: str) -> str:
        """Give one name to all IDs that the user's table says are one person's."""
        named = self.table.get(patient_id.strip())
        return patient_id.strip() if named is None else f"{NAMED}{named}"

    def subject_of(self, person: "Person", key: bytes) -> str:
        """Name a person; people under one ID get a mark each."""
        name = self._unmarked(person, key)
        if not person.mark:
            return name
        return f"{name}-{keyed_digest(f'{person.patient_id} {person.mark}', key)[:MARK_DIGITS]}"

    def name_of(self, patient_id: str, key: bytes) -> str:
        """Name the owner of an ID of whom nothing else is known."""
        patient = self.patient_of(patient_id)
        is_named = self.is_kept or patient.startswith(NAMED)
        return _shown(patient) if is_named else subject_pseudonym(patient, key)

    def _unmarked(self, person: "Person", key: bytes) -> str:
        patient_id = person.patient_id
        is_named = self.is_kept or patient_id.startswith(NAMED)
        if person.has_id and (is_named or _is_declared_free(person)):
            return _shown(patient_id)
        return subject_pseudonym(patient_id, key)


def _shown(name: str) -> str:
    return "".join(c for c in name if c.isprintable())


def _is_declared_free(person: "Person") -> bool:
    acquisitions = [item.acquisition for item in person.items]
    if not cannot_be_personal(person.patient_id):
        return False
    return all(
        a.is_identity_removed or is_of_a_phantom(person.patient_id, a.patient_name)
        for a in acquisitions
    )


def read_ids(option: str | None) -> Ids:
    """Understand ``--ids``: nothing, ``keep``, or a CSV with the columns patient_id, subject.

    Raises
    ------
    InvalidSettings
        If the table cannot be read or gives one ID two subjects.
    """
    if option is None:
        return Ids()
    if option == KEEP:
        return Ids(is_kept=True)
    path = Path(option)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            dialect = ";" if ";" in stream.readline() else ","
            stream.seek(0)
            rows = [[cell.strip() for cell in row] for row in csv.reader(stream, delimiter=dialect)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSettings(
            "--ids wants `keep` or a CSV file with the columns patient_id and subject; the file "
            "cannot be read"
        ) from error
    return Ids(table=_table(rows))


def _table(rows: list[list[str]]) -> dict[str, str]:
    header = [name.lower() for name in rows[0]] if rows else []
    patient = next((header.index(name) for name in PATIENT_COLUMNS if name in header), None)
    subject = next((header.index(name) for name in SUBJECT_COLUMNS if name in header), None)
    if patient is None or subject is None:
        raise InvalidSettings("the table of --ids needs a header with patient_id and subject")
    table: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) <= max(patient, subject) or not row[patient] or not row[subject]:
            raise InvalidSettings(f"row {number} of the table of --ids has an empty cell")
        if table.setdefault(row[patient], row[subject]) != row[subject]:
            raise InvalidSettings(f"row {number} of the table of --ids names a patient again")
    return table
