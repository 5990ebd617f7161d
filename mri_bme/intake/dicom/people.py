"""Whose a series is: two people under one ID, and one person under two."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from mri_bme.intake.dicom.dates import parse_date
from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.pseudonyms import name_words
from mri_bme.study import Series

NO_ID = "\0"  # before the study that stands for a person without PatientID
LONGEST_TRIAL_YEARS = 10  # a person is not older by more between two visits
_AGE = re.compile(r"\d{3}Y")
_PLACEHOLDER_IDS = frozenset(
    {"anonymous", "anonymized", "anonymised", "anon", "unknown", "none", "patient", "noid", "na"}
    | {"", "test", "deidentified", "removed", "xxx", "xxxx", "subject", "anonym", "anonyme"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSeries:
    """A series beside the header that says whose and from when it is."""

    series: Series
    acquisition: Acquisition


@dataclass(frozen=True, slots=True)
class Identity:
    """What a header says of a person besides the PatientID; empty where it is silent."""

    trial_subject: str
    issuer: str
    name: frozenset[str]
    birth: str
    sex: str
    age_years: int | None = None

    @property
    def n_known(self) -> int:
        """Count of what is said."""
        return sum(map(bool, (self.trial_subject, self.issuer, self.name, self.birth, self.sex)))


@dataclass(slots=True, kw_only=True)
class Person:
    """Series of one person; `mark` tells people under one ID apart, `notes` what is odd."""

    patient_id: str
    items: list[FoundSeries]
    identities: list[Identity]
    mark: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def has_id(self) -> bool:
        """Whether a header gave a PatientID; else a study stands for the person."""
        return not self.patient_id.startswith(NO_ID)

    @property
    def study_uids(self) -> set[str]:
        """Studies of this person."""
        return {item.acquisition.study_uid for item in self.items} - {""}


def identity_of(a: Acquisition) -> Identity:
    """Read who it is; names that are codes or placeholders, and false dates, say nothing."""
    birth = parse_date(a.birth_date)
    return Identity(
        trial_subject=a.trial_subject.strip(),
        issuer=a.issuer.strip().casefold(),
        name=frozenset(name_words([a.patient_name])),
        birth="" if birth is None else birth.isoformat(),
        sex=a.sex if a.sex in ("M", "F") else "",
        age_years=int(a.age[:3]) if _AGE.fullmatch(a.age) else None,
    )


def find_people(
    found: Sequence[FoundSeries], patient_of: Callable[[str], str] = str.strip
) -> list[Person]:
    """Gather series by PatientID, part those of different people, and note who may be one.

    `patient_of` gives one name to IDs that the user says are one person's. Series without
    a PatientID are of the one patient whom the rest of their study names.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for item in found:
        owners[item.acquisition.study_uid].add(patient_of(item.acquisition.patient_id))
    by_id: dict[str, list[FoundSeries]] = defaultdict(list)
    adopted: dict[str, int] = defaultdict(int)
    for item in found:
        a = item.acquisition
        named = owners[a.study_uid] - {""} if a.study_uid else set()
        key = patient_of(a.patient_id) or (min(named) if len(named) == 1 else "")
        by_id[key or f"{NO_ID}{a.study_uid}"].append(item)
        adopted[key] += not patient_of(a.patient_id)
    people = [person for key, items in by_id.items() for person in _people_under(key, items)]
    for person in people:
        if person.has_id and adopted[person.patient_id]:
            n = adopted[person.patient_id]
            person.notes.append(f"{n} series without a PatientID counted to that of their study")
    _note_one_person_twice(people)
    return people


def _people_under(key: str, items: list[FoundSeries]) -> list[Person]:
    by_identity: dict[Identity, list[FoundSeries]] = defaultdict(list)
    for item in items:
        by_identity[identity_of(item.acquisition)].append(item)
    people: list[Person] = []
    ordered = sorted(by_identity, key=lambda i: (-i.n_known, repr(sorted(i.name)), repr(i)))
    for identity in ordered:
        mine = by_identity[identity]
        home = _home(people, identity, mine)
        if home is None:
            people.append(Person(patient_id=key, items=mine, identities=[identity]))
        else:
            home.items = [*home.items, *mine]
            home.identities.append(identity)
    for person in people:
        _describe(person, people)
    return people


def _home(people: list[Person], identity: Identity, mine: list[FoundSeries]) -> Person | None:
    """Find the person to whom series of an identity belong; by their studies where many fit."""
    fitting = [p for p in people if not any(_are_two(p, i, identity) for i in p.identities)]
    studies = {item.acquisition.study_uid for item in mine} - {""}
    of_study = [p for p in fitting if p.study_uids & studies]
    return next(iter(of_study or fitting), None)


def _are_two(person: Person, one: Identity, other: Identity) -> bool:
    """Tell two people; a mistyped birth date or a new surname makes no second one."""
    differ = set(differences(one, other))
    if differ & {TRIAL_SUBJECT, ISSUER}:
        return True
    agree_in_name = bool(one.name & other.name)
    if differ & {BIRTH, SEX, AGE}:
        return not agree_in_name or len(differ & {BIRTH, SEX, AGE}) > 1
    letters = "".join(filter(str.isalnum, person.patient_id)).casefold()
    is_placeholder = letters in _PLACEHOLDER_IDS or not letters.strip("0")
    confirmed = bool(one.birth and other.birth and one.sex and other.sex)
    return NAME in differ and not agree_in_name and is_placeholder and not confirmed


TRIAL_SUBJECT, ISSUER = "ClinicalTrialSubjectID", "issuer of the PatientID"
NAME, BIRTH, SEX, AGE = "name", "birth date", "sex", "age"


def differences(one: Identity, other: Identity) -> list[str]:
    """Name what both say and say differently."""
    pairs: tuple[tuple[str, Hashable, Hashable], ...] = (
        (TRIAL_SUBJECT, one.trial_subject, other.trial_subject),
        (ISSUER, one.issuer, other.issuer),
        (NAME, one.name, other.name),
        (BIRTH, one.birth, other.birth),
        (SEX, one.sex, other.sex),
    )
    found = [what for what, mine, theirs in pairs if mine and theirs and mine != theirs]
    ages = one.age_years, other.age_years
    if None not in ages and abs((ages[0] or 0) - (ages[1] or 0)) > LONGEST_TRIAL_YEARS:
        found.append(AGE)
    return found


def _describe(person: Person, people: list[Person]) -> None:
    if not person.has_id:
        person.notes.append("no PatientID; the study counts as one subject")
    within = _all_differences(person.identities, person.identities)
    if within:
        differ = "differs" if len(within) == 1 else "differ"
        person.notes.append(f"{_listed(within)} {differ} under one PatientID; check the export")
    if len(people) > 1:
        others = [i for other in people if other is not person for i in other.identities]
        differ = _listed(_all_differences(person.identities, others))
        fullest = person.identities[0]  # stays the same when more of a person comes
        person.mark = repr((sorted(fullest.name), *_plain(fullest)))
        person.notes.append(
            f"{len(people)} people under one PatientID, told apart by what differs ({differ}); "
            "give each an ID of its own"
        )


def _plain(identity: Identity) -> tuple[object, ...]:
    i = identity
    return i.trial_subject, i.issuer, i.birth, i.sex, i.age_years


def _all_differences(some: Iterable[Identity], others: Sequence[Identity]) -> list[str]:
    found = [what for one in some for other in others for what in differences(one, other)]
    return [what for what in (TRIAL_SUBJECT, ISSUER, NAME, BIRTH, SEX, AGE) if what in found]


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _note_one_person_twice(people: list[Person]) -> None:
    kinds: tuple[tuple[Callable[[Person], Iterable[Hashable]], str], ...] = (
        (_letters_of_id, "another PatientID differs from this one only in case or punctuation"),
        (_full_identities, "another PatientID has the same name, birth date and sex"),
        (_trial_subjects, "another PatientID has the same ClinicalTrialSubjectID"),
        (lambda person: person.study_uids, "a study of this PatientID is another's too"),
    )
    for keys_of, note in kinds:
        owners: dict[Hashable, list[Person]] = defaultdict(list)
        for person in people:
            for key in set(keys_of(person)):
                owners[key].append(person)
        for together in owners.values():
            if len({person.patient_id for person in together}) > 1:
                for person in together:
                    person.notes.append(f"{note}; check whether they are one person")
    for person in people:
        person.notes = list(dict.fromkeys(person.notes))


def _letters_of_id(person: Person) -> Iterable[Hashable]:
    if person.has_id:
        yield "".join(filter(str.isalnum, person.patient_id)).casefold()


def _full_identities(person: Person) -> Iterable[Hashable]:
    return ((i.name, i.birth, i.sex) for i in person.identities if i.name and i.birth)


def _trial_subjects(person: Person) -> Iterable[Hashable]:
    return (i.trial_subject.casefold() for i in person.identities if i.trial_subject)
