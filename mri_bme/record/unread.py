"""``unread.csv``: what of the input reached no other table."""

from mri_bme.record.schema import Column, Table
from mri_bme.study import Unread

UNREAD = Table[Unread](
    name="unread",
    holds="one row per kind of file or folder of the input that gave nothing; absent without any",
    columns=(
        Column(
            name="subject",
            meaning="pseudonym of the subject",
            read=lambda one: one.subject or None,
            empty="where nobody can tell whose it is",
        ),
        Column(name="n_files", meaning="files or folders", read=lambda one: one.n_files),
        Column(name="reason", meaning="why, and what to do", read=lambda one: one.reason),
    ),
)
