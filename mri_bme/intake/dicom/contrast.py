"""What a series makes bright: judged from physics first, from names second."""

import re
from dataclasses import dataclass

from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.study import Contrast

STIR_TI_MS = (80.0, 350.0)  # fat is nulled at 130-180 ms (1.5 T) and 200-250 ms (3 T)
FLAIR_TI_MS = 1200.0
T1_MAX_TR_MS, T1_MAX_TE_MS = 1200.0, 30.0
T2_MIN_TE_MS, PD_MIN_TE_MS = 45.0, 12.0
LONG_TR_MS = 1500.0
SHORT_GRADIENT_TE_MS, SHORT_GRADIENT_TR_MS = 15.0, 50.0

_STIR = re.compile(r"\b(?:stir|tirm|t[_ ]?i[_ ]?r|irtse|ir[_ -]?fse)|stir|tirm", re.IGNORECASE)
_FAT_SAT = re.compile(
    r"(?<![a-z])(?:fs|fat[ _-]?sat\w*|fat[ _-]?supp\w*|spair|spir|special|chess|fsat|sat"
    r"|proset|asset[ _]?fs|fettges\w*|fs[ _]?t2|sat[ _]?graisse|satgr|grasa|soppressione"
    r"|dp[ _-]?fs|pd[ _-]?fs|t2[ _-]?fs|t1[ _-]?fs)(?![a-z])|spair|fatsat|_fs\b|fs_"
    r"|fett\w*|vet[ _-]?(?:supp|onder|sat)\w*|grasso|gordura|ya[gğ][ _-]?bas\w*|지방[ _]?억제"
    r"|脂肪抑制|压脂|抑脂|脂抑|подавл\w*[ _]?жир\w*|жироподав\w*",
    re.IGNORECASE,
)
_LOCALIZER = re.compile(
    r"\bloc|scout|survey|localis|localiz|repérage|reperage|plan[ _]?scan|topogram|3[ -]?plane"
    r"|3-?pl\b|\btopo|定位|локал",
    re.IGNORECASE,
)
_T2 = re.compile(r"(?<![a-z0-9])t2(?!\*)", re.IGNORECASE)
_T1 = re.compile(r"(?<![a-z0-9])t1", re.IGNORECASE)
_PD = re.compile(r"(?<![a-z0-9])(?:pd|dp|rho|prot(?:on)?[ _]?dens\w*)(?![a-z])", re.IGNORECASE)
_FLAIR = re.compile(r"flair|dark[ _-]?fluid", re.IGNORECASE)
_DIFFUSION = re.compile(
    r"(?<![a-z])(?:dwi|dti|diff\w*|ep2d|epi|resolve|adc)(?![a-z])", re.IGNORECASE
)
_FAT_OPTIONS = frozenset({"FS", "SPECIAL_GEMS", "FATSAT", "SPIR", "SPAIR", "FC_FS", "FSS"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """A contrast, what it was judged from, and what speaks against it."""

    contrast: Contrast
    reason: str
    doubts: tuple[str, ...] = ()


def judge_contrast(a: Acquisition) -> Judgement:
    """Judge the contrast of a series.

    Traps of real files: Siemens writes the image filter ``FS`` into ImageType (ignored
    here); a STIR carries the scan option ``IR`` and not ``FS``; echo-planar series carry
    ``FS``; a FLAIR differs from a STIR by its inversion time only.
    """
    names = " ".join((a.description, a.protocol, a.sequence_name))
    for judge in (_not_diagnostic, _by_component, _by_inversion):
        judged = judge(a, names)
        if judged is not None:
            return judged
    return _by_weighting(a, names)


def _not_diagnostic(a: Acquisition, names: str) -> Judgement | None:
    if "LOCALIZER" in a.image_type or _LOCALIZER.search(a.description or a.protocol):
        return Judgement(Contrast.LOCALIZER, "a localizer")
    if "EP" in a.scanning_sequence or (a.b_value or 0) > 0 or _DIFFUSION.search(names):
        return Judgement(Contrast.OTHER, "echo-planar or diffusion-weighted")
    return None


def _by_component(a: Acquisition, names: str) -> Judgement | None:
    if a.component == "magnitude":
        return None
    if a.component == "water":
        weighting = _weighting(a, names)
        if weighting is Contrast.T1:
            return Judgement(Contrast.T1_FS, "Dixon water of a T1-weighted sequence")
        return Judgement(Contrast.DIXON_WATER, f"Dixon water, {_times(a)}")
    return Judgement(Contrast.OTHER, f"{a.component} image")


def _by_inversion(a: Acquisition, names: str) -> Judgement | None:
    if (a.inversion_time_ms or 0) >= FLAIR_TI_MS or _FLAIR.search(names):
        ti = a.inversion_time_ms or 0
        return Judgement(Contrast.OTHER, f"FLAIR (inversion time {ti:.0f} ms nulls fluid)")
    return None if _is_gradient_echo(a) else _stir(a, names)


def _stir(a: Acquisition, names: str) -> Judgement | None:
    """Tell a STIR by its short inversion time; by name only where the header is silent."""
    ti, tr = a.inversion_time_ms, a.repetition_time_ms
    inverted = "IR" in a.scanning_sequence or "IR" in a.scan_options
    named = bool(_STIR.search(names))
    nulls_fat = ti is not None and STIR_TI_MS[0] <= ti <= STIR_TI_MS[1]
    if nulls_fat and (inverted or named):
        doubts = () if inverted or not a.scanning_sequence else ("inversion known by name only",)
        return Judgement(Contrast.STIR, f"inversion recovery, {_times(a)}", doubts)
    if not named or (ti or 0) > STIR_TI_MS[1] or (tr and tr < LONG_TR_MS):
        return None  # fat cannot be inverted out in a short TR
    if inverted:
        return Judgement(Contrast.STIR, f"inversion recovery without TI, named STIR, {_times(a)}")
    doubt = "named STIR, but the header shows no inversion"
    return Judgement(Contrast.STIR, f"named STIR, {_times(a)}", (doubt,))


def _by_weighting(a: Acquisition, names: str) -> Judgement:
    weighting = _weighting(a, names)
    suppressed, how = _is_fat_suppressed(a, names)
    fat_free = {
        Contrast.T1: Contrast.T1_FS,
        Contrast.T2: Contrast.T2_FS,
        Contrast.PD_FS: Contrast.PD_FS,
    }
    if weighting is Contrast.PD_FS:
        contrast = Contrast.PD_FS if suppressed else Contrast.OTHER
        label = "proton density"
    elif weighting is Contrast.OTHER:
        return Judgement(Contrast.OTHER, f"neither T1 nor T2 nor proton density, {_times(a)}")
    else:
        contrast = fat_free[weighting] if suppressed else weighting
        label = f"{weighting.value}-weighted"
    doubts = ("fat suppression known by name only",) if how == "name" else ()
    state = f"fat-suppressed ({how})" if suppressed else "no fat suppression"
    return Judgement(contrast, f"{label}, {state}, {_times(a)}", doubts)


def _weighting(a: Acquisition, names: str) -> Contrast:
    """T1, T2, PD (told as PD_FS) or OTHER, from TE and TR, then from names."""
    te, tr = a.echo_time_ms, a.repetition_time_ms
    if _is_gradient_echo(a):
        return _gradient_weighting(te, tr, names)
    if te is None or tr is None or tr <= 0:
        return _weighting_by_name(names)
    if te >= T2_MIN_TE_MS and (tr >= LONG_TR_MS or a.is_3d):
        return Contrast.T2
    if tr <= T1_MAX_TR_MS and te <= T1_MAX_TE_MS:
        return Contrast.T1
    return Contrast.PD_FS if tr >= LONG_TR_MS else _weighting_by_name(names)


def _gradient_weighting(te: float | None, tr: float | None, names: str) -> Contrast:
    is_short = te is not None and te < SHORT_GRADIENT_TE_MS and (tr or 0) < SHORT_GRADIENT_TR_MS
    if (_T1.search(names) or is_short) and not _T2.search(names):
        return Contrast.T1
    return Contrast.OTHER


def _weighting_by_name(names: str) -> Contrast:
    for pattern, contrast in ((_T2, Contrast.T2), (_T1, Contrast.T1), (_PD, Contrast.PD_FS)):
        if pattern.search(names):
            return contrast
    return Contrast.OTHER


def _is_gradient_echo(a: Acquisition) -> bool:
    return "GR" in a.scanning_sequence and "SE" not in a.scanning_sequence


def _is_fat_suppressed(a: Acquisition, names: str) -> tuple[bool, str]:
    if a.fat_suppression and a.fat_suppression != "WATER":
        return True, "header"
    if _FAT_OPTIONS & set(a.scan_options):
        return True, "header"
    return (True, "name") if _FAT_SAT.search(names) else (False, "")


def _times(a: Acquisition) -> str:
    shown = [
        f"{name} {value:.0f} ms"
        for name, value in (
            ("TR", a.repetition_time_ms),
            ("TE", a.echo_time_ms),
            ("TI", a.inversion_time_ms),
        )
        if value
    ]
    return ", ".join(shown) or "no TE or TR in the header"
