"""What a series makes bright: judged from physics first, from names second."""

import re
from dataclasses import dataclass

from mri_bme.intake.dicom.fat_suppression import (
    is_denied,
    judge_suppression,
    named_suppression,
)
from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.wording import plain_text, words_of
from mri_bme.study import Contrast

STIR_TI_MS = (80.0, 350.0)  # fat is nulled at 130-180 ms (1.5 T) and 200-250 ms (3 T)
FLAIR_TI_MS = 1200.0
T1_MAX_TR_MS, T1_MAX_TE_MS = 1200.0, 30.0
T2_MIN_TE_MS = 45.0
LONG_TR_MS, STIR_MIN_TR_MS = 1500.0, 3000.0
_ECHO_TRAINS = frozenset({"tse", "fse", "se", "turbo"})
SHORT_GRADIENT_TE_MS, SHORT_GRADIENT_TR_MS = 15.0, 50.0

_STIR = re.compile(
    r"(?:cor|sag|ax|tra|obl|semicor|paracor|turbo|fast|f|long|w)?(?:stir|tirm)"
    r"(?:cor|sag|ax|tra|obl|long|fse|tse|fs|w|sij|isg)?|irtse|irfse|tseir|fseir|irse"
)
_INVERTING_SEQUENCE = re.compile(
    r"(?<![a-z])(?:tir|stir|tirm|ir[ _-]?[tf]?se|[tf]?seir|fse-?ir)(?![a-z])", re.IGNORECASE
)
_LOCALIZER = re.compile(
    r"(?<![a-z])(?:locs?|\w{0,4}scouts?|survey|scano(?:gram)?|plan[ _-]?scan|topo(?:gram)?"
    r"|3[ _-]?plane|3[ _-]?pl|pilot|lo[ck]ali[sz](?:er|ator|ador|ateur|atore|ation|acion)\w{0,2}"
    r"|reperage|reperes?)(?![a-z])|定位|локал[иa]\w*",
    re.IGNORECASE,
)
_T2 = re.compile(r"(?<![a-z0-9])t2(?!\*)", re.IGNORECASE)
_T1 = re.compile(r"(?<![a-z0-9])t1", re.IGNORECASE)
_PD = re.compile(r"(?<![a-z0-9])(?:pd|dp|rho|prot(?:on)?[ _]?dens\w*)(?![a-z])", re.IGNORECASE)
_FLAIR = re.compile(r"(?<![a-z])(?:\w{0,5}flair|dark[ _-]?fluid)(?![a-z])", re.IGNORECASE)
_DIFFUSION = re.compile(
    r"(?<![a-z])(?:dwi|dwibs|dti|diff|diffusion\w*|diffusie\w*|difusi\w*|ep2d|epi|resolve|adc"
    r"|trace[ _-]?w)(?![a-z])",
    re.IGNORECASE,
)
_DIFFUSION_SEQUENCE = re.compile(r"(?<![a-z])(?:ep2d|ep_b|ep2?d?_|re_b|dwi|epi)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A contrast, what it was judged from, and what speaks against it.

    `is_named_only` says that nothing but a name tells that fat is dark.
    """

    contrast: Contrast
    reason: str
    doubts: tuple[str, ...] = ()
    is_named_only: bool = False


def judge_contrast(a: Acquisition) -> Judgement:
    """Judge the contrast of a series.

    Traps of real files: Siemens writes the image filter ``FS`` into ImageType (ignored
    here); a STIR carries the scan option ``IR`` and not ``FS``; echo-planar series carry
    ``FS``; a FLAIR differs from a STIR by its inversion time only.
    """
    names = own_names(a)
    for judge in (_not_diagnostic, _by_component, _by_inversion):
        judged = judge(a, names)
        if judged is not None:
            return judged
    return _by_weighting(a, names)


def named_aside(description: str) -> str:
    """Say what a series is by its name alone, if edema is never measured on such; else nothing."""
    if _LOCALIZER.search(plain_text(description)):
        return "a localizer"
    return "diffusion-weighted" if _DIFFUSION.search(description) else ""


def own_names(a: Acquisition) -> str:
    """Names that are about the series itself.

    A protocol is often named after the whole examination, so it counts only where the
    description says nothing of the contrast.
    """
    if _says_a_contrast(a.description):
        return f"{a.description} {a.sequence_name}"
    return f"{a.description} {a.protocol} {a.sequence_name}"


def _says_a_contrast(text: str) -> bool:
    return bool(
        any(pattern.search(text) for pattern in (_T1, _T2, _PD, _DIFFUSION, _FLAIR))
        or _is_named_stir(text)
        or named_suppression(text) is not None
    )


def _is_named_stir(names: str) -> bool:
    words = words_of(names)
    found = [i for i, word in enumerate(words) if _STIR.fullmatch(word)]
    found += [i for i in range(len(words) - 1) if words[i] == "ir" and words[i + 1] in _ECHO_TRAINS]
    return any(not is_denied(words, i, i) for i in found)


def _not_diagnostic(a: Acquisition, names: str) -> Judgement | None:
    if "LOCALIZER" in a.image_type or _LOCALIZER.search(plain_text(a.description or a.protocol)):
        return Judgement(Contrast.LOCALIZER, "a localizer")
    if "EP" in a.scanning_sequence or (a.b_value or 0) > 0 or _is_named_diffusion(a, names):
        return Judgement(Contrast.OTHER, "echo-planar or diffusion-weighted")
    return None


def _is_named_diffusion(a: Acquisition, names: str) -> bool:
    """Believe a name, but not that of a protocol against a sequence that is not echo-planar."""
    if _DIFFUSION_SEQUENCE.search(a.sequence_name) or _DIFFUSION.search(a.description):
        return True
    return not a.scanning_sequence and bool(_DIFFUSION.search(names))


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
    """Tell a STIR by its inversion and short inversion time, then by its name."""
    ti, tr = a.inversion_time_ms, a.repetition_time_ms
    inverted, named = _is_inverted(a), _is_named_stir(names)
    nulls_fat = ti is not None and STIR_TI_MS[0] <= ti <= STIR_TI_MS[1]
    if nulls_fat and (inverted or named):
        doubts = () if inverted or not a.scanning_sequence else ("inversion known by name only",)
        return Judgement(Contrast.STIR, f"inversion recovery, {_times(a)}", doubts)
    if (ti or 0) > STIR_TI_MS[1] or (tr and tr < LONG_TR_MS):
        return None  # fat cannot be inverted out in a short TR
    if nulls_fat:
        return _by_inversion_time_alone(a, names)
    if inverted:
        return _without_inversion_time(a, named)
    if not named:
        return None
    doubt = "named STIR, but the header shows no inversion"
    return Judgement(Contrast.STIR, f"named STIR, {_times(a)}", (doubt,), is_named_only=True)


def _is_inverted(a: Acquisition) -> bool:
    return (
        "IR" in a.scanning_sequence
        or "IR" in a.scan_options
        or bool(_INVERTING_SEQUENCE.search(a.sequence_name))
    )


def _by_inversion_time_alone(a: Acquisition, names: str) -> Judgement | None:
    """Tell it from a spectral pulse, whose delay some scanners write as an inversion time."""
    if judge_suppression(a, names).is_suppressed or not a.repetition_time_ms:
        return None
    doubt = "inversion known by its time only"
    return Judgement(Contrast.STIR, f"inversion time that nulls fat, {_times(a)}", (doubt,))


def _without_inversion_time(a: Acquisition, named: bool) -> Judgement | None:
    if named:
        return Judgement(Contrast.STIR, f"inversion recovery without TI, named STIR, {_times(a)}")
    te, tr = a.echo_time_ms or 0, a.repetition_time_ms or 0
    if te < T1_MAX_TE_MS and tr < STIR_MIN_TR_MS:
        return None  # an inversion that darkens fluid in a T1 looks the same
    doubt = "an inversion recovery whose inversion time and name say nothing, taken for a STIR"
    return Judgement(Contrast.STIR, f"inversion recovery, {_times(a)}", (doubt,))


def _by_weighting(a: Acquisition, names: str) -> Judgement:
    weighting = _weighting(a, names)
    found = judge_suppression(a, names)
    suppressed, how = found.is_suppressed, found.source
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
    by_name = suppressed and how == "name"
    doubts = ("fat suppression known by name only",) if by_name else ()
    if suppressed and found.denied_by_name:
        doubts = ("the header says fat suppression, the name denies it",)
    state = f"fat-suppressed ({how})" if suppressed else "no fat suppression"
    reason = f"{label}, {state}, {_times(a)}"
    return Judgement(contrast, reason, doubts, is_named_only=by_name)


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
