"""Which part of the signal an image shows: magnitude, phase, Dixon water, a map, ..."""

import re

_TOKENS: dict[str, frozenset[str]] = {
    "phase": frozenset({"P", "PHASE", "PHASE MAP", "PHASE_MAP", "P_FFE", "P_SE", "P_IR"}),
    "real": frozenset({"R", "REAL", "R_FFE", "R_SE", "R_IR"}),
    "imaginary": frozenset({"I", "IMAGINARY", "I_FFE", "I_SE", "I_IR"}),
    "water": frozenset({"W", "WATER", "DIXON_W", "W_FFE", "W_SE", "WATER_ONLY", "WO"}),
    "fat": frozenset({"F", "FAT", "DIXON_F", "F_FFE", "F_SE", "FAT_ONLY", "FO"}),
    "in-phase": frozenset({"IP", "IN_PHASE", "INPHASE", "IN", "IP_FFE", "IP_SE"}),
    "opposed-phase": frozenset(
        {"OP", "OUT_PHASE", "OPP_PHASE", "OPPOSED", "OUTPHASE", "OPP", "OP_FFE", "OP_SE",
         "OUT_OF_PHASE"}
    ),
    "field map": frozenset({"B0", "B0 MAP", "B0_MAP", "FIELD_MAP", "FIELD MAP", "FM_B0"}),
    "fat fraction": frozenset({"FF", "FAT_FRACTION", "FATFRACTION", "PDFF", "FRACTION"}),
    "map": frozenset(
        {"ADC", "FA", "TRACEW", "T1 MAP", "T2 MAP", "T1_MAP", "T2_MAP", "T2_STAR MAP", "R2",
         "R2 MAP", "T2STAR", "EADC", "PERFUSION", "VELOCITY", "CBF", "CBV", "MTT", "TTP"}
    ),
    "projection": frozenset({"MIP", "MINIP", "PROJECTION IMAGE", "MAX_IP", "MIN_IP"}),
    "subtraction": frozenset({"SUB", "SUBTRACTION", "SUBTRACT"}),
}  # fmt: skip
_SUFFIX = re.compile(r"(?:^|[\s_\-.])(opp|in|w|f|water|fat)\s*$", re.IGNORECASE)
_SUFFIX_COMPONENT = {
    "opp": "opposed-phase",
    "in": "in-phase",
    "w": "water",
    "f": "fat",
    "water": "water",
    "fat": "fat",
}
_PREFIX = re.compile(
    r"^\s*(water|fat|in[ _-]?phase|out[ _-]?(?:of[ _-]?)?phase)\s*:", re.IGNORECASE
)
_PREFIX_COMPONENT = {"w": "water", "f": "fat", "i": "in-phase", "o": "opposed-phase"}
_DIXON = re.compile(r"dixon|ideal|flex|\bfse[_ ]?dixon|lava|wfi|wfs|fatsep", re.IGNORECASE)


def component_of(image_type: tuple[str, ...], description: str = "") -> str:
    """Judge from ImageType (values 3 on), then from the name.

    Single letters count in the two places where scanners put them; later ones are
    filters. ``MPR`` is a reformatted image only where the first value says derived: it
    also marks acquired obliques.

    GE puts ``WATER:`` before the name of a series; others end the name of a Dixon series
    with the part.
    """
    tokens = {*image_type[2:4], *(word for word in image_type[4:] if len(word) > 2)}
    if "MPR" in tokens and image_type[0] == "DERIVED":
        return "projection"
    for component, names in _TOKENS.items():
        if tokens & names:
            return component
    beginning = _PREFIX.search(description)
    if beginning:
        return _PREFIX_COMPONENT[beginning.group(1)[0].lower()]
    ending = _SUFFIX.search(description)
    if ending and (_DIXON.search(description) or any("DIXON" in token for token in tokens)):
        return _SUFFIX_COMPONENT[ending.group(1).lower()]
    return "magnitude"
