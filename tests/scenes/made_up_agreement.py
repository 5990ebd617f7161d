"""Two made-up readers and the program, in the numbers of the page of agreement."""

from mri_bme.agreement import MaskAgreement, Overruled, ReadVisit, reader_agreement
from mri_bme.record.agreement import MaskPair, OverruledRow, ReadRow
from mri_bme.report.agreement_page import AgreementPage

VOLUMES = {"R1": (9, 6, 8, 7, 10, 6), "R2": (2, 1, 4, 1, 5, 2), "auto": (5, 3, 6, 2, 6, 4)}


def row(reader: str, n: int, *, seconds: float) -> ReadRow:
    return ReadRow(
        reader=reader, subject=f"S{n}", case=f"sub-S{n}", visit="baseline", repeat=1, edema_ml=1.0,
        sparcc=None, berlin=None, asas=None, impression=None, quality=None, seconds=seconds,
        n_amendments=n == 0,
    )  # fmt: skip


def made_up_agreement() -> AgreementPage:
    """Six subjects read by both, one of them to be adjudicated."""
    read = [
        ReadVisit(reader=reader, subject=f"S{n}", visit="baseline", values={"edema_ml": float(v)})
        for reader, values in VOLUMES.items()
        for n, v in enumerate(values)
    ]
    masks = MaskAgreement(
        dice=0.71, surface_mean_mm=1.5, surface_95_mm=4.0, n_first=3, n_second=2,
        n_first_matched=2, n_second_matched=1, first_ml=1.0, second_ml=0.5,
    )  # fmt: skip
    return AgreementPage(
        statistics=reader_agreement(read, baseline="baseline"),
        read=read,
        rows=[row(r, n, seconds=60 + n) for r in ("R1", "R2") for n in range(6)],
        masks=[MaskPair(subject="S1", visit="baseline", first="R1", second="R2", masks=masks)],
        overruled=[
            OverruledRow(
                reader="R1",
                subject="S1",
                visit="baseline",
                overruled=Overruled(what="taken back", label=n, volume_ml=0.25, rule="rim"),
            )
            for n in (1, 2)
        ],
        to_adjudicate={"S<b>": ("baseline: volume differs by 7 mL",)},
        limits={"edema_ml": 0.5},
        baseline="baseline",
    )
