from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.intake.clinical import read_clinical
from mri_bme.intake.dicom.key import make_key
from mri_bme.intake.dicom.pseudonyms import subject_pseudonym

SUBJECTS, VISITS = {"01", "02"}, {"baseline", "week14"}


def read(tmp_path, text, **more):
    path = tmp_path / "clinical.csv"
    path.write_text(text, encoding="utf-8")
    return read_clinical(path, subjects=SUBJECTS, visits=VISITS, **more)


def test_numbers_are_read_by_subject_and_visit(tmp_path) -> None:
    table = read(tmp_path, "subject,visit,BASDAI,CRP\n01,baseline,6.1,12\nsub-02,week14,,NA\n")
    assert table.measures == ("BASDAI", "CRP")
    assert [dict(row.numbers) for row in table.rows] == [{"BASDAI": 6.1, "CRP": 12.0}, {}]
    assert table.rows[1].subject == "02"


def test_a_prefix_on_either_side_does_not_matter(tmp_path) -> None:
    (tmp_path / "c.csv").write_text("subject,visit,CRP\n01,baseline,3\nsub-02,baseline,4\n")
    table = read_clinical(tmp_path / "c.csv", subjects={"sub-01", "sub-02"}, visits=VISITS)
    assert [row.subject for row in table.rows] == ["sub-01", "sub-02"]


def test_a_semicolon_file_may_have_decimal_commas(tmp_path) -> None:
    table = read(tmp_path, "Subject;Visit;BASDAI\n01;baseline;6,1\n")
    assert table.rows[0].numbers == {"BASDAI": 6.1}


def test_unknown_subjects_and_visits_are_listed_and_left_out(tmp_path) -> None:
    table = read(tmp_path, "subject,visit,CRP\n01,baseline,1\n77,baseline,2\n01,month3,3\n")
    assert (table.unknown_subjects, table.unknown_visits) == (("77",), ("month3",))
    assert len(table.rows) == 1


def test_text_in_a_column_of_numbers_is_named_by_row_and_not_repeated(tmp_path) -> None:
    text = "subject,visit,CRP\n01,baseline,1\n01,week14,under 5\n02,baseline,inf\n"
    with pytest.raises(InvalidSettings, match=r"CRP in row\(s\) 3, 4") as error:
        read(tmp_path, text)
    assert "under" not in str(error.value)


def test_duplicated_rows_are_refused(tmp_path) -> None:
    with pytest.raises(InvalidSettings, match="rows 2 and 4"):
        read(tmp_path, "subject,visit,CRP\n01,baseline,1\n02,baseline,1\n01,baseline,2\n")
    two_readers = "subject,visit,reader,CRP\n01,baseline,1,4\n01,baseline,2,5\n"
    assert len(read(tmp_path, two_readers).rows) == 2


def test_a_text_column_is_kept_only_when_asked_for(tmp_path) -> None:
    text = "subject,visit,arm,name\n01,baseline,drug,x\n01,week14,,x\n02,baseline,placebo,y\n"
    table = read(tmp_path, text, word_columns=("arm",))
    assert table.ignored == ("name",)
    assert table.words_by_subject("arm") == {"01": "drug", "02": "placebo"}
    assert all("name" not in row.words for row in table.rows)


def test_a_subject_in_two_arms_is_refused(tmp_path) -> None:
    text = "subject,visit,arm\n01,baseline,drug\n01,week14,placebo\n"
    with pytest.raises(InvalidSettings, match="row 3"):
        read(tmp_path, text, word_columns=("arm",)).words_by_subject("arm")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("subject,CRP\n01,3\n", "lacks the column"),
        ("subject,vist,CRP\n01,baseline,3\n", r"lacks the column\(s\) visit; did you mean vist\?"),
        ("subject,visit,CRP,CRP\n01,baseline,3,4\n", "two columns named CRP"),
        ("subject,visit,CRP\n01,baseline,3,4\n", "row 2 .* has 4 cells"),
        ("", "lacks the column"),
    ],
)
def test_a_broken_table_is_refused_with_what_is_wrong(tmp_path, text, says) -> None:
    with pytest.raises(InvalidSettings, match=says):
        read(tmp_path, text)


def test_a_missing_or_binary_file_is_refused(tmp_path) -> None:
    with pytest.raises(InvalidSettings, match=r"no file absent\.csv"):
        read_clinical(tmp_path / "absent.csv", subjects=SUBJECTS, visits=VISITS)
    (tmp_path / "x.csv").write_bytes(b"subject,visit\n\xff\xfe\x00")
    with pytest.raises(InvalidSettings, match="UTF-8"):
        read_clinical(tmp_path / "x.csv", subjects=SUBJECTS, visits=VISITS)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("edema_ml", "-3.2"),
        ("edema_ml", "2460"),
        ("sparcc", "300"),
        ("SPARCC", "-4"),
        ("BASDAI", "-1"),
        ("CRP", "-0.1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_line_and_column(tmp_path, column, cell) -> None:
    with pytest.raises(InvalidSettings, match=f"{column} {cell} in row 3"):
        read(tmp_path, f"subject,visit,{column}\n01,baseline,1\n01,week14,{cell}\n")


def test_the_ends_of_what_can_be_are_allowed(tmp_path) -> None:
    table = read(tmp_path, "subject,visit,sparcc,edema_ml\n01,baseline,72,0\n01,week14,0.5,0.01\n")
    assert table.rows[0].numbers == {"sparcc": 72.0, "edema_ml": 0.0}


def test_a_prefix_of_visits_does_not_matter(tmp_path) -> None:
    table = read(tmp_path, "subject,visit,CRP\nsub-01,ses-baseline,3\n02,week14,4\n")
    assert [row.visit for row in table.rows] == ["baseline", "week14"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("77,baseline,3\n", "no subject in common: it has 77"),
        ("1,baseline,3\n2,week14,3\n", "leading zeros"),
        ("01,month9,3\n", "no visit in common: it has month9"),
        ("", "no rows"),
    ],
)
def test_a_table_that_fits_nothing_is_refused_with_the_true_reason(tmp_path, rows, says) -> None:
    with pytest.raises(InvalidSettings, match=says):
        read(tmp_path, f"subject,visit,CRP\n{rows}")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+x", "@x", "a\x1b[31m"])
def test_names_that_a_spreadsheet_or_terminal_would_act_on_are_refused(tmp_path, name) -> None:
    with pytest.raises(InvalidSettings, match="rename it") as error:
        read(tmp_path, f"subject,visit,{name}\n01,baseline,1\n")
    assert "\x1b" not in str(error.value)
    with pytest.raises(InvalidSettings, match="row 2, column arm"):
        read(tmp_path, f"subject,visit,arm\n01,baseline,{name}\n", word_columns=("arm",))


def test_raw_ids_are_joined_through_the_key(tmp_path: Path) -> None:
    """A clinic's table has PatientIDs, the results their pseudonyms."""
    subject = subject_pseudonym("Doe-Jane", make_key())
    path = tmp_path / "clinical.csv"
    path.write_text("subject,visit,asdas\nDoe-Jane,baseline,2.5\nRoe-Max,baseline,1.5\n")
    found = read_clinical(path, subjects=[subject], visits=["baseline"])
    assert [(row.subject, row.numbers["asdas"]) for row in found.rows] == [(subject, 2.5)]
    assert found.unknown_subjects == ("Roe-Max",)
