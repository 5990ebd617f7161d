"""Codes are those of the dictionaries, where they have one."""

import pytest
from highdicom.sr.coding import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as dictionary

from mri_bme.export.objects import codes


@pytest.mark.parametrize(
    ("own", "published"),
    [
        (codes.EDEMA, dictionary.SCT.Edema),
        (codes.SACROILIAC_JOINT, dictionary.SCT.SacroiliacJoint),
        (codes.VOLUME, dictionary.SCT.Volume),
        (codes.ABNORMAL_STRUCTURE, dictionary.SCT.MorphologicallyAbnormalStructure),
        (codes.ANATOMICAL_STRUCTURE, dictionary.SCT.AnatomicalStructure),
        (codes.ARTIFICIAL_INTELLIGENCE, dictionary.DCM.ArtificialIntelligence),
        (codes.BASELINE, dictionary.DCM.Baseline),
        *zip(codes.BONES.values(), (dictionary.SCT.Sacrum, dictionary.SCT.Ilium), strict=True),
        *zip(codes.SIDES.values(), (dictionary.SCT.Left, dictionary.SCT.Right), strict=True),
    ],
)
def test_a_code_is_the_published_one(own: CodedConcept, published: CodedConcept) -> None:
    assert (own.value, own.scheme_designator) == (published.value, published.scheme_designator)


def test_our_own_scheme_is_declared_by_the_name_that_its_codes_bear() -> None:
    made = Dataset()
    codes.declare_own_scheme(made)
    (scheme,) = made.CodingSchemeIdentificationSequence
    assert scheme.CodingSchemeDesignator == codes.SPARCC.scheme_designator
