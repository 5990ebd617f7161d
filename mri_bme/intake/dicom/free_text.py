"""Texts of a header that may leave it: words of the field stay, all others go.

Descriptions are typed by people: names of patients, physicians and hospitals stand in
them. No list of what is personal is complete, so this is a list of what is not.
"""

import re
from functools import lru_cache

from mri_bme.intake.dicom.wording import plain_text

MAX_TEXT = 64
HIDDEN = "#"
LONGEST_NUMBER = 3  # a matrix has three digits, a year and a record number have more
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_DATE = re.compile(r"\d{1,4}(?:[-./:]\d{1,4}){2,}|\d{1,2}[-/]\d{4}|\d{4}[-/]\d{1,2}")
_HIDDEN_AGAIN = re.compile(r"#(?:[\s_\-.,;:^/()']*#)+")

_WORDS = """
t tse fse se ge gre gr ir tir tirm stir spair spir fs fat sat fatsat fatsupp supp suppressed
suppression saturation saturated non no not without with wo ohne nicht kein keine mit sans avec
senza con sin sem com zonder met uten utan med bez off on aus fett fettges fettgesattigt
fettgesaettigt fettsattigung fettsaettigung graisse grasa grasso gordura vet vetsat vetsuppressie
supresion saturacion soppressione saturazione supressao saturacao
pd dp pdw tw w dwi dti dwibs adc diff diffusion ep epi resolve flair dark fluid swi trace map maps
dixon ideal flex lava vibe space cube vista ffe tfe bffe haste blade propeller mdixon wfi wfs medic
merge ciss fiesta trufi true fisp flash mprage thrive proset watsel chess special asset sense
grappa caipi compressed cs arms multivane jets radial turbo fast spin echo echos gradient inversion
recovery long short dual multi me dess rest band bands slab presat
in opp out phase inphase outphase opposed water only ratio fraction magnitude real imaginary
cor coronal corobl coronale koronar sag sagittal sagital sagittale ax axial axiale tra trans
transversal transverse obl oblique oblik schrag para parallel perp perpendicular semi semicor
semicoronal semiaxial paracor paracoronal paraaxial paraxial quer langs plane planes
si sij sijs siji isg ileosakral iliosakral iliosacral ilio sacro sacroiliac sacroiliaca sacroiliacal
sacroiliaque sacroiliaques sacroiliacas sakroiliak joint joints gelenk gelenke articulation
articulations sacrum sakrum sacral ilium iliac pelvis becken bassin pelvi pelvic bone bones marrow
hip hips huft hufte lumbar lws bws hws lspine cspine tspine spine wirbelsaule whole wholespine ls
thoracic cervical abdomen knee kopf head brain body mr mri mrt irm rm spect
left right bilateral both li re links rechts gauche droite upper lower superior inferior anterior
posterior ant post sup inf lat med lateral medial ap pa hf fh rl lr is
loc local localizer localiser localizador localisateur lokalizer scout survey localization pilot
shim shimming plan planning calibration cal ref reference test trial phantom noise repeat rep
rescan new old again copy orig original derived mpr mip minip reformat recon reconstruction nd dis
norm filt filtered filter prescan corrected uncorrected corr distortion average mean sum sub
subtraction combined series scan acq acquisition sequence protocol research study baseline followup
follow up week weeks month months visit day
native pre gad gd gado gadolinium contrast enhanced unenhanced km kontrast ce dyn dynamic early late
delayed perf perfusion mra angio tof iv inj
high low res resolution hires hr iso isotropic thin thick slice slices sl mm cm ms sec s min fov
matrix nex nsa tr te ti fa bw hz deg x by of and und et e y the de du la le des der die das del di
d dd multislice interleaved package pack part odd even concat stack art artefact artifact motion
metal mars mavric semac vat wide bandwidth quick snap shot ss bh breath hold free breathing resp
trig triggered gated gating nav navigator fb
stirlong tfes tsefs fsefs irfse irtse tseir fseir stircor corstir stirfs tiw tid rs rr
i ii iii iv v vi
siemens healthineers healthcare ge medical systems philips toshiba canon hitachi fujifilm united
imaging uih bruker esaote paramed mindray neusoft acme sms syngo gems signa
boost pancreas artrose arthritis spondyloarthritis axspa spa spondylitis sacroiliitis edema oedema
inflammation erosion erosions fat lesion lesions
"""
FIELD_WORDS = frozenset(_WORDS.split())
_EASTERN = re.compile(
    r"冠状位?|矢状位?|横断位?|轴位?|轴|斜|脂肪?抑制|压脂|抑脂|脂抑|骶髂关节|骨盆|定位|水|脂|增强|平扫|抑制|なし"
    r"|冠状断|矢状断|横断|仙腸関節|骨盤|지방|억제|천장관절|관상|시상|축상|골반|无|無|不|没有|없음"
)
_CYRILLIC = frozenset(
    {"кор", "корон", "сагитт", "сагиттальная", "акс", "аксиальная", "без", "жира", "жир"}
    | {"подавление", "подавлением", "подавления", "жироподавление", "таз", "кпс", "крестец"}
)


@lru_cache(maxsize=4096)
def field_words_only(text: str) -> str:
    """Make a text fit for a table: words of the field, small numbers and punctuation.

    Anything else becomes ``#``: names, words of any other kind, long numbers and dates.
    """
    shown = "".join(c if c.isprintable() else " " for c in text[: 4 * MAX_TEXT])
    shown = _DATE.sub(HIDDEN, " ".join(shown.split()))
    shown = _TOKEN.sub(lambda found: _shown(found.group()), shown)
    return _HIDDEN_AGAIN.sub(HIDDEN, shown)[:MAX_TEXT].strip()


def _shown(token: str) -> str:
    if token.isdigit():
        return token if len(token) <= LONGEST_NUMBER and token.isascii() else HIDDEN
    parts = plain_text(token).split()  # CamelCase comes in parts
    if all(_is_of_the_field(part) for part in parts):
        return token
    eastern = "".join(_EASTERN.findall(token))
    return token if eastern == token else (eastern or "") + HIDDEN


def _is_of_the_field(word: str) -> bool:
    return len(word) == 1 or word in FIELD_WORDS or word in _CYRILLIC


MODALITIES = frozenset(
    {"MR", "CT", "PT", "NM", "US", "CR", "DX", "XA", "RF", "MG", "SR", "SEG", "PR", "KO", "OT"}
    | {"SC", "REG", "RTSTRUCT", "RTDOSE", "RTPLAN", "RTIMAGE", "DOC", "ECG", "RWV", "SM", "XC"}
)
"""Modalities whose names count what was skipped; others are any text."""
_FILE_NAME = re.compile(
    r"(?:(?:im|img|image|mr|mri|dcm|i|e|s|z|a|b|c|d|slice|file|frame|sr|ser|series|scan|vol)"
    r"[-_.]?\d{1,8}|0+\d{0,5}|\d{1,4})(?:\.(?:dcm|ima|img|dic|dicom|mr|nii))?(?:\.gz)?",
    re.IGNORECASE,
)


def is_plain_file_name(name: str) -> bool:
    """Tell whether a file name is a plain number that may be shown; others hold UIDs and names."""
    return bool(_FILE_NAME.fullmatch(name))
