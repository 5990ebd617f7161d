"""What tissues are made of: densities of water and fat, and relaxation times at 1.5 and 3 T.

Sources
-------
D   de Bazelaire et al., Radiology 230:652, 2004 (in vivo, abdomen and pelvis)
G   Gold et al., AJR 183:343, 2004 (in vivo, knee)
S   Stanisz et al., Magn Reson Med 54:507, 2005 (in vitro, 37 degrees)
R   Ruschke et al., NMR Biomed 34:e4439, 2021 (vertebral marrow, 260 subjects)
K   Koyun & Arda, Diagnostics 15:1634, 2025 (sacroiliac joints, T2 of osteitis)
    Cartilage: of the knee in vivo T2 is 42 and 37 ms (G), which would make the joint brighter than
    marrow on STIR; on scans of sacroiliac joints it is a dark line, as S's 30 and 27 ms make it.
A   assumed; `lab.benchmark contrast` tells what other values change

Whole marrow relaxes with T1 of 549 and 586 ms and T2 of 49 ms (D). Of its two parts fat has G's
times; A: its water has T1 of 900 and 1000 ms, with which the mean rate of both parts is that of
504 and 608 ms, and T2 of 35 ms, between 21 ms in single-voxel spectra (R) and the whole's 49.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mri_bme.phantom.contrast.signal import (
    FIELDS_TESLA,
    PulseSequence,
    SequenceKind,
    inversion_recovery,
    spin_echo,
    water_and_fat,
)

ByField = tuple[float, float]
FAT_T1_MS: ByField = (288.0, 371.0)  # G, subcutaneous
FAT_T2_MS: ByField = (165.0, 133.0)  # G
MARROW_FAT = 0.37  # R, median of its proton density fat fraction
MARROW_DENSITY = 0.85  # A: trabeculae fill the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """Densities of water and fat relative to pure water, and relaxation times of the water."""

    water: float
    fat: float = 0.0
    t1_ms: ByField
    t2_ms: ByField
    source: str

    def signal(self, sequence: PulseSequence) -> float:
        """Magnitude of its signal; pure water at equilibrium has 1."""
        at = FIELDS_TESLA.index(sequence.field_tesla)
        equation = inversion_recovery if sequence.kind is SequenceKind.STIR else spin_echo
        water = self.water * equation(self.t1_ms[at], self.t2_ms[at], sequence)
        fat = self.fat * equation(FAT_T1_MS[at], FAT_T2_MS[at], sequence)
        return water_and_fat(water, fat, sequence)


def _marrow(fat_fraction: float) -> Tissue:
    return Tissue(
        water=MARROW_DENSITY * (1 - fat_fraction),
        fat=MARROW_DENSITY * fat_fraction,
        t1_ms=(900, 1000),
        t2_ms=(35, 35),
        source="R, G, A",
    )


TISSUES: Mapping[str, Tissue] = {
    "marrow": _marrow(MARROW_FAT),
    "fatty_marrow": _marrow(0.75),
    "healed": _marrow(0.75),
    "sclerosis": Tissue(water=0.2, fat=0.1, t1_ms=(900, 1000), t2_ms=(25, 25), source="A"),
    "exudate": Tissue(water=0.9, t1_ms=(1300, 1500), t2_ms=(100, 100), source="K, A"),
    "cortex": Tissue(water=0.2, t1_ms=(250, 250), t2_ms=(0.5, 0.5), source="A"),
    "cartilage": Tissue(water=0.8, t1_ms=(1024, 1168), t2_ms=(30, 27), source="S, at 0 degrees"),
    "ligament": Tissue(water=0.5, fat=0.15, t1_ms=(800, 900), t2_ms=(25, 25), source="A"),
    "fat": Tissue(water=0.08, fat=0.9, t1_ms=(856, 898), t2_ms=(27, 29), source="G, D"),
    "muscle": Tissue(water=0.8, fat=0.02, t1_ms=(856, 898), t2_ms=(27, 29), source="D"),
    "fluid": Tissue(water=1.0, t1_ms=(2850, 3620), t2_ms=(1210, 767), source="G"),
    "nerve": Tissue(water=0.8, fat=0.05, t1_ms=(815, 1083), t2_ms=(77, 78), source="S"),
    "vein": Tissue(water=0.5, t1_ms=(1441, 1932), t2_ms=(290, 275), source="S, A: half flows off"),
    "marrow_vein": Tissue(water=0.4, t1_ms=(1441, 1932), t2_ms=(290, 275), source="S, A"),
    "artery": Tissue(water=0.05, t1_ms=(1441, 1932), t2_ms=(290, 275), source="S, A: flow void"),
    "disc": Tissue(water=0.6, t1_ms=(900, 1000), t2_ms=(30, 30), source="A"),
    "nucleus": Tissue(water=0.85, t1_ms=(1200, 1300), t2_ms=(80, 80), source="A"),
    "bowel_wall": Tissue(water=0.8, t1_ms=(1000, 1200), t2_ms=(70, 70), source="A"),
    "gas": Tissue(water=0.0, t1_ms=(1000, 1000), t2_ms=(10, 10), source="none"),
    "stool": Tissue(water=0.4, fat=0.1, t1_ms=(600, 700), t2_ms=(50, 50), source="A"),
    "chyme": Tissue(water=0.9, t1_ms=(1500, 1800), t2_ms=(150, 150), source="A"),
    "skin": Tissue(water=0.6, fat=0.1, t1_ms=(900, 1000), t2_ms=(40, 40), source="A"),
}
