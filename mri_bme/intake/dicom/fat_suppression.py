"""Whether fat was suppressed: what the header says first, what the series is called second."""

import re
from dataclasses import dataclass
from typing import Literal

from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.wording import MINUS, WITHOUT, plain_text, words_of

Source = Literal["header", "name", ""]

OPTIONS = frozenset(
    {"FS", "SFS", "WFS", "FATSAT", "FAT_SAT", "FS_GEMS", "SPECIAL_GEMS", "SPIR", "SPAIR"}
    | {"ASPIR", "CHESS", "FC_FS", "FSS", "WE", "PROSET", "WATEREXC", "CHEMSAT_FAT"}
)
"""Values of ScanOptions that mean chemical fat suppression (PS3.3 C.8.3.1 and vendors' own)."""
SPATIAL_OPTIONS = frozenset({"SP", "SAT_GEMS", "SAT1", "SAT2", "SAT3", "SAT4", "SAT5", "SAT6"})
SELECTED = frozenset({"FAT", "FAT_AND_WATER"})  # of SpectrallySelectedSuppression
_SEQUENCE = re.compile(r"(?<![a-z])(?:spair|spir|fatsat|chess|proset)(?![a-z])", re.IGNORECASE)

_TERM = re.compile(
    r"fs|fsat|fa?sat|spai?r|aspir|chess|proset|watsel|satgr\w*|satfat|satgordura|satgrass?[ao]"
    r"|fat(?:sat|sup)\w*|fett(?:ges|sat|saet|sup|unterdr|undertr|met|matt|null)\w*|fedt(?:sat|sup|undertr|m)\w*"
    r"|vet(?:sat|sup|onderdr|verzad)\w*|rasva(?:vaimen|satur|sup)\w*|zsirelnyom\w*|жироподав\w*"
    r"|spir"
)
_FAT = re.compile(
    r"fat|fett\w{0,2}|fedt\w?|vet|graiss\w*|gras|gr|gras[ao]|grass[ao]|adipo\w*|gord|gordura"
    r"|tuk\w?|tluszcz\w*|yag\w?|zsir|rasva\w?|жир\w*|λιπ\w*|lipid\w*|masn\w*|grasim\w*"
)
_SUPPRESSED = re.compile(
    r"sats?|satur\w*|sup|supp\w*|supr\w*|sopp\w*|unterdr\w*|onderdr\w*|undertr\w*|mett\w*"
    r"|gesatt\w*|gesaett\w*|verzad\w*|bask\w*|potlac\w*|подав\w*|супр\w*|elnyom\w*|vaimen\w*"
    r"|katast\w*|annul\w*|elim\w*|nullified|nulled|сатур\w*|насыщ\w*|καταστ\w*|κορεσ\w*|tlumi\w*"
)
_DENIAL = frozenset(
    {WITHOUT, MINUS, "no", "non", "not", "wo", "nil", "un", "sine", "n"}
    | {"ohne", "nicht", "kein", "keine", "keiner", "sans", "pas", "senza", "sin", "sem", "nao"}
    | {"zonder", "niet", "geen", "uten", "ikke", "utan", "inte", "ej", "uden", "ilman", "ei"}
    | {"bez", "ne", "nie", "nu", "fara", "tanpa", "brak", "без", "не", "нет", "χωρις", "无", "無"}
    | {"不", "非", "未", "没", "没有", "沒有", "비", "무", "미", "olmadan", "nincs"}
)
_DENIAL_AFTER = frozenset(
    {"off", "aus", "none", "nein", "uit", "yok", "olmadan", "nelkul", "disabled", "inactive"}
    | {"inactif", "apagado", "apagada", "desligado", "spento", "avstangd", "pois", "vypnuto"}
    | {"wyl", "wylaczone", "inactiv", "deaktiviert", "выкл", "нет", "なし", "無し", "オフ", "없음"}
    | {"无", "無", "关", "關", MINUS}
)
_LAST_ONLY = frozenset(
    {"no", "non", "not", "n", "av", "ne", "nie", "nao", "0", "ei", "false", "pas"}
)
_FILLERS = frozenset(
    {"de", "la", "le", "du", "d", "l", "di", "del", "della", "dello", "da", "do", "el", "der"}
    | {"die", "den", "das", "des", "af", "av", "von", "the", "any", "using", "spectral", "of"}
    | {"spektrale", "spektraler", "chem", "chemical", "selective", "mit", "a", "en", "i"}
)
_GLUED = re.compile(
    r"(?:non|not|no|ohne|nicht|kein|sans|senza|sin|sem|zonder|niet|geen|uten|ikke|utan|ej|uden"
    r"|bez|n|un|wo)(?=(?:fs|fat\w*|fett\w*|vet(?:s|o|v)\w*|spair|spir|sat|sup\w*|satur\w*)$)"
)
_DENYING = re.compile(r"(?:un|non|nicht|no)(?:sat|sup|ges)\w*|bask\w*s[iu]z\w*|\w*vaimentamat\w*")
_WEIGHTED = frozenset({"t", "1", "2", "pd", "dp", "pdw", "w"})
_OF_A_BAND = re.compile(
    r"ant\w*|post\w*|sup|inf\w*|lat\w*|band\w*|bande\w*|slab\w*|l|r|a|p|h|f|left|right|links"
    r"|rechts|gauche|droite|rest|region\w*|spatial\w*|ap|pa|hf|fh|is|si|top|bottom|vor\w*|hint\w*"
    r"|oben|unten|sag\w*|ax\w*|tra\w*|cor\w*|obl\w*|schicht\w*|streifen|pre|bladder|bowel|arter\w*"
    r"|ven\w*|vasc\w*|x|\d+"
)
_EAST = re.compile(r"脂肪?(?:抑制|饱和|飽和|抑|压|壓)|[压壓抑]脂|지방\s?(?:억제|포화)|脂肪信号抑制")
_EAST_DENIAL = re.compile(r"(?:无|無|不|非|未|没有?|沒有?|不[带帶]|[关關]|비|무|미|안)\W{0,2}$")
_EAST_DENIAL_AFTER = re.compile(r"^\W{0,2}(?:なし|無し|无|無|off|オフ|[关關]|없|안|미|해제|しない)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """Whether fat is suppressed, what says so, and whether a name says the contrary."""

    is_suppressed: bool
    source: Source = ""
    denied_by_name: bool = False


def judge_suppression(a: Acquisition, names: str) -> Suppression:
    """Judge by the attributes of the sequence; by its name only where they are silent.

    An enhanced object that declares no spectral suppression is believed against its name,
    and so is one that suppresses water or silicone.
    """
    named = named_suppression(names, a.scan_options)
    denied = named is False
    if a.fat_suppression in SELECTED or _by_options(a) or _SEQUENCE.search(a.sequence_name):
        return Suppression(is_suppressed=True, source="header", denied_by_name=denied)
    if a.fat_suppression:
        return Suppression(is_suppressed=False, source="header", denied_by_name=denied)
    if named:
        return Suppression(is_suppressed=True, source="name")
    return Suppression(is_suppressed=False, denied_by_name=denied)


def suppression_words(a: Acquisition) -> str:
    """Name the technique of a spectral suppression, where header or name tell it; else nothing."""
    options = {option.replace(" ", "_") for option in a.scan_options}
    words = {*words_of(f"{a.sequence_name} {a.description}"), *(o.lower() for o in options)}
    if words & {"spair", "aspir"}:
        return "SPAIR"
    return "SPIR" if "spir" in words else ""


def _by_options(a: Acquisition) -> bool:
    return bool(OPTIONS & {option.replace(" ", "_") for option in a.scan_options})


def named_suppression(names: str, scan_options: tuple[str, ...] = ()) -> bool | None:
    """Tell what a name says: True, False when it denies fat suppression, None for nothing."""
    if any(_DENYING.fullmatch(word) for word in words_of(names)):
        return False
    words = _unglued(words_of(names))
    told = [not is_denied(words, first, last) for first, last in _mentions(words)]
    told += _told_in_the_east(plain_text(names))
    if told:
        return all(told)
    is_band = bool(SPATIAL_OPTIONS & set(scan_options))
    return True if not is_band and _is_weighted_sat(words) else None


def _unglued(words: tuple[str, ...]) -> list[str]:
    """Part ``nonfs`` and its like."""
    parted: list[str] = []
    for word in words:
        found = _GLUED.match(word)
        parted += [found.group(), word[found.end() :]] if found else [word]
    return parted


def _mentions(words: list[str]) -> list[tuple[int, int]]:
    """First and last word of every mention of fat suppression."""
    found = [(i, i) for i, word in enumerate(words) if _TERM.fullmatch(word)]
    for i, word in enumerate(words):
        if not _FAT.fullmatch(word):
            continue
        for k in range(max(0, i - 3), min(len(words), i + 4)):
            between = words[min(i, k) + 1 : max(i, k)]
            if _SUPPRESSED.fullmatch(words[k]) and _FILLERS.issuperset(between):
                found.append((min(i, k), max(i, k)))
                break
    return found


def is_denied(words: list[str] | tuple[str, ...], first: int, last: int) -> bool:
    """Tell whether a word before or behind a mention denies it.

    ``no contrast FS`` denies the contrast: only articles may stand between.
    """
    before = first - 1
    while before >= 0 and (words[before] in _FILLERS and words[before] not in _DENIAL):
        before -= 1
    if before >= 0 and words[before] in _DENIAL:
        return not _is_single_letter(words, before)
    after = last + 1
    if after >= len(words):
        return False
    if words[after] in _DENIAL_AFTER:
        return True
    return words[after] in _LAST_ONLY and after == len(words) - 1


def _is_single_letter(words: list[str] | tuple[str, ...], place: int) -> bool:
    """``n`` denies only what follows at once, and nothing at the beginning of a sentence."""
    return words[place] == "n" and place + 1 < len(words) and words[place + 1] in _FILLERS


def _told_in_the_east(text: str) -> list[bool]:
    """Tell the same for names in Chinese, Japanese and Korean, which part no words."""
    return [
        not (
            _EAST_DENIAL.search(text[: found.start()])
            or _EAST_DENIAL_AFTER.search(text[found.end() :])
        )
        for found in _EAST.finditer(text)
    ]


def _is_weighted_sat(words: list[str]) -> bool:
    """``T2 SAT`` is short for fat saturation in some languages; ``SAT ANT`` is a band."""
    for i, word in enumerate(words):
        if word != "sat" or not i or words[i - 1] not in _WEIGHTED or is_denied(words, i, i):
            continue
        if i + 1 == len(words) or not _OF_A_BAND.fullmatch(words[i + 1]):
            return True
    return False
