"""Codes of what is exported: SNOMED CT, DICOM, IBSI, UCUM, and a scheme of our own.

DICOM asks for a code wherever it can be had [1]_. What nobody has coded, such as the estimate
of a reader's score, stands under `OWN_SCHEME`, which every report declares.

References
----------
.. [1] DICOM PS3.16, Content Mapping Resource.
"""

from collections.abc import Mapping

from highdicom.sr.coding import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from mri_bme.export.dicom_writer import uid_for
from mri_bme.findings import Verdict
from mri_bme.sacroiliac import Bone, Side

OWN_SCHEME = "99MRIBME"
OWN_SCHEME_NAME = "mri_bme: bone marrow edema of the sacroiliac joints"


def code(value: str, scheme: str, meaning: str) -> CodedConcept:
    """Make a coded concept."""
    return CodedConcept(value=value, scheme_designator=scheme, meaning=meaning)


EDEMA = code("79654002", "SCT", "Edema")
ABNORMAL_STRUCTURE = code("49755003", "SCT", "Morphologically Abnormal Structure")
ANATOMICAL_STRUCTURE = code("91723000", "SCT", "Anatomical Structure")
TISSUE = code("85756007", "SCT", "Tissue")
BONE_MARROW = code("14016003", "SCT", "Bone marrow")
SACROILIAC_JOINT = code("39723000", "SCT", "Sacroiliac joint")
BONES: Mapping[Bone, CodedConcept] = {
    Bone.SACRUM: code("54735007", "SCT", "Sacrum"),
    Bone.ILIUM: code("22356005", "SCT", "Ilium"),
}
SIDES: Mapping[Side, CodedConcept] = {
    Side.LEFT: code("7771000", "SCT", "Left"),
    Side.RIGHT: code("24028007", "SCT", "Right"),
}
BOTH_SIDES = code("51440002", "SCT", "Bilateral")

VOLUME = code("118565006", "SCT", "Volume")
VOXEL_SUMMATION = code("YEKZ", "IBSI", "Volume from Voxel Summation")
MILLILITRE = code("mL", "UCUM", "milliliter")
RATIO = code("{ratio}", "UCUM", "ratio")
POINTS = code("{points}", "UCUM", "points")
DAYS = code("d", "UCUM", "day")
THRESHOLD = code("122411", "DCM", "Threshold Value")
MRI = code("113091000", "SCT", "Magnetic resonance imaging")
ARTIFICIAL_INTELLIGENCE = code("123110", "DCM", "Artificial Intelligence")
BASELINE = code("121079", "DCM", "Baseline")

CHANGE = code("CHANGE", OWN_SCHEME, "Change of edema volume since the baseline")
VERDICT = code("VERDICT", OWN_SCHEME, "Verdict on the change of edema")
VERDICTS: Mapping[Verdict, CodedConcept] = {
    verdict: code(verdict.name, OWN_SCHEME, verdict.value.replace("_", " ")) for verdict in Verdict
}
SPARCC = code("SPARCC", OWN_SCHEME, "SPARCC score estimated from the mask (0 to 72)")
BERLIN = code("BERLIN", OWN_SCHEME, "Berlin score estimated from the mask (0 to 24)")
ASAS = code("ASAS", OWN_SCHEME, "Active lesion by the ASAS definition, estimated from the mask")
EVALUABLE = code("EVALUABLE", OWN_SCHEME, "Whether the visit could be measured")
YES = code("373066001", "SCT", "Yes")
NO = code("373067005", "SCT", "No")


def declare_own_scheme(dataset: Dataset) -> None:
    """Say in an object what scheme our own codes belong to (PS3.3, C.12.1.1.15)."""
    scheme = Dataset()
    scheme.CodingSchemeDesignator = OWN_SCHEME
    scheme.CodingSchemeUID = uid_for("mri_bme coding scheme")
    scheme.CodingSchemeName = OWN_SCHEME_NAME
    scheme.CodingSchemeResponsibleOrganization = "The mri_bme developers"
    dataset.CodingSchemeIdentificationSequence = Sequence([scheme])
