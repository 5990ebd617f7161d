"""What became of each lesion between two visits."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy

from mri_bme.compare_visits.lesion_voxels import LesionVoxels, lesion_voxels
from mri_bme.findings import ComparedVisit, Fate, LesionFate
from mri_bme.measurement_error import is_detectable, smallest_detectable_change_ml
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings
from mri_bme.volume import RigidTransform

Pair = tuple[int, int]
# A motion and its inverse differ in the last bits. What lies on the border between two voxels, or
# at the same distance from two lesions, must not depend on them.
INDEX_DECIMALS = 6  # of a voxel
DISTANCE_DECIMALS = 6  # of a mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lesions of both visits that are one another's counterparts."""

    before: tuple[int, ...]
    after: tuple[int, ...]


def match_lesions(
    baseline: ComparedVisit,
    followup: ComparedVisit,
    followup_from_baseline: RigidTransform,
    *,
    settings: CompareSettings,
    wider_by: float = 1.0,
) -> tuple[LesionFate, ...]:
    """Find the counterparts of every lesion, and its fate, over common marrow.

    Lesions are linked when they overlap by `match_min_overlap` of the smaller one; the
    overlap is counted on both grids and averaged, which treats the visits alike and
    resamples no mask (as a comparison in a half-way space would). Lesions without a link
    are then joined when, within one bone, each is the other's nearest and they are no
    further apart than `match_max_distance_mm`; of several that are equally near, all are.

    Linked lesions form a group. It has ``merged`` when the follow-up has fewer lesions
    than the baseline, ``split`` when more; else it has ``grown`` or ``shrunk`` when its
    volume changed by the smallest detectable change of a lesion of that size or more, and is
    ``stable`` if not. A lesion without a counterpart is ``new`` or ``resolved`` by the same
    rule, and ``stable`` when it is too small to be told from none. Lesions that lie outside the
    common marrow have no fate. Smallest detectable changes are `wider_by` times as large where the
    visits were not scanned alike.
    """
    before, after = lesion_voxels(baseline), lesion_voxels(followup)
    groups = _groups(before, after, followup_from_baseline, settings)
    volumes = before.volumes_ml(), after.volumes_ml()
    rows: list[LesionFate] = []
    for group in groups:
        rows += _fates_of(group, volumes, (baseline.label, followup.label), settings, wider_by)
    first = [r for r in rows if r.visit == baseline.label]
    second = [r for r in rows if r.visit == followup.label]
    return tuple(sorted(first, key=_label) + sorted(second, key=_label))


def _label(fate: LesionFate) -> int:
    return fate.label


def _groups(
    before: LesionVoxels,
    after: LesionVoxels,
    after_from_before: RigidTransform,
    settings: CompareSettings,
) -> list[Group]:
    labels_before, labels_after = sorted(before.volumes_ml()), sorted(after.volumes_ml())
    links = _overlapping(before, after, after_from_before, settings.match_min_overlap)
    linked_before, linked_after = {b for b, _ in links}, {a for _, a in links}
    links |= _mutually_nearest(
        before,
        after,
        after_from_before,
        free=(
            [b for b in labels_before if b not in linked_before],
            [a for a in labels_after if a not in linked_after],
        ),
        most_mm=settings.match_max_distance_mm,
    )
    return _connected(labels_before, labels_after, links)


def _overlapping(
    before: LesionVoxels,
    after: LesionVoxels,
    after_from_before: RigidTransform,
    least: float,
) -> set[Pair]:
    forth = _shared_ml(before, after, after_from_before)
    back = _shared_ml(after, before, after_from_before.inverse())
    sizes_before, sizes_after = before.volumes_ml(), after.volumes_ml()
    links: set[Pair] = set()
    for b, a in sorted(forth.keys() | {(b, a) for a, b in back}):
        shared_ml = (forth.get((b, a), 0.0) + back.get((a, b), 0.0)) / 2
        if shared_ml >= least * min(sizes_before[b], sizes_after[a]):
            links.add((b, a))
    return links


def _shared_ml(
    source: LesionVoxels, target: LesionVoxels, target_from_source: RigidTransform
) -> dict[Pair, float]:
    """Volume of each source lesion whose voxel centres lie in each target lesion."""
    points = target_from_source.apply(source.points_lps_mm)
    places = target.geometry.indices_of(points).round(INDEX_DECIMALS)
    indices = np.rint(places).astype(np.intp)
    inside = np.all((indices >= 0) & (indices < target.geometry.shape), axis=1)
    owner = np.zeros(len(indices), dtype=np.int32)
    owner[inside] = target.owners[tuple(indices[inside].T)]
    shared: dict[Pair, float] = {}
    hits = np.flatnonzero(owner)
    for s, t, ml in zip(
        source.owner[hits].tolist(),
        owner[hits].tolist(),
        source.volume_ml[hits].tolist(),
        strict=True,
    ):
        shared[s, t] = shared.get((s, t), 0.0) + ml
    return shared


def _mutually_nearest(
    before: LesionVoxels,
    after: LesionVoxels,
    after_from_before: RigidTransform,
    *,
    free: tuple[list[int], list[int]],
    most_mm: float,
) -> set[Pair]:
    free_before, free_after = free
    if not free_before or not free_after:
        return set()
    distance = np.full((len(free_before), len(free_after)), np.inf)
    bones_before, bones_after = before.bones(), after.bones()
    moved = after_from_before.apply(before.points_lps_mm)
    fixed = after.points_lps_mm
    for j, a in enumerate(free_after):
        tree = scipy.spatial.cKDTree(fixed[after.owner == a])
        for i, b in enumerate(free_before):
            if bones_before[b] == bones_after[a]:
                distance[i, j] = tree.query(moved[before.owner == b])[0].min()
    distance = distance.round(DISTANCE_DECIMALS)
    is_nearest = (distance == distance.min(axis=1, keepdims=True)) & (
        distance == distance.min(axis=0, keepdims=True)
    )
    return {
        (free_before[i], free_after[j]) for i, j in np.argwhere(is_nearest & (distance <= most_mm))
    }


def _connected(labels_before: list[int], labels_after: list[int], links: set[Pair]) -> list[Group]:
    nodes = [("before", b) for b in labels_before] + [("after", a) for a in labels_after]
    number = {node: i for i, node in enumerate(nodes)}
    ends = [(number["before", b], number["after", a]) for b, a in sorted(links)]
    rows, columns = np.array(ends, dtype=np.intp).reshape(-1, 2).T
    graph = scipy.sparse.coo_array(
        (np.ones(len(ends)), (rows, columns)), shape=(len(nodes), len(nodes))
    )
    n_groups, group_of = scipy.sparse.csgraph.connected_components(graph, directed=False)
    members: list[list[tuple[str, int]]] = [[] for _ in range(n_groups)]
    for node, group in zip(nodes, group_of, strict=True):
        members[group].append(node)
    return [
        Group(
            before=tuple(label for visit, label in group if visit == "before"),
            after=tuple(label for visit, label in group if visit == "after"),
        )
        for group in members
    ]


def _fates_of(
    group: Group,
    volumes: tuple[Mapping[int, float], Mapping[int, float]],
    visits: tuple[str, str],
    settings: CompareSettings,
    wider_by: float,
) -> list[LesionFate]:
    sizes_before = {b: volumes[0][b] for b in group.before}
    sizes_after = {a: volumes[1][a] for a in group.after}
    total_before, total_after = sum(sizes_before.values()), sum(sizes_after.values())
    change_ml = total_after - total_before
    fate = _fate(group, total_before, total_after, settings, wider_by)
    detectable_ml = smallest_detectable_change_ml(
        (total_before + total_after) / 2, settings, kind=RegionKind.LESION, wider_by=wider_by
    )
    ids = _ids(group, visits[1])

    def row(visit: str, label: int, matched: tuple[int, ...], share: float) -> LesionFate:
        ml = (sizes_before if visit == visits[0] else sizes_after)[label]
        return LesionFate(
            visit=visit,
            label=label,
            lesion_id=ids[visit == visits[0], label],
            fate=fate,
            matched=matched,
            volume_ml=ml,
            change_ml=change_ml * share,
            detectable_ml=detectable_ml,
        )

    return [row(visits[0], b, group.after, ml / total_before) for b, ml in sizes_before.items()] + [
        row(visits[1], a, group.before, ml / total_after) for a, ml in sizes_after.items()
    ]


def _fate(
    group: Group, before_ml: float, after_ml: float, settings: CompareSettings, wider_by: float
) -> Fate:
    if group.before and group.after and len(group.before) != len(group.after):
        return Fate.MERGED if len(group.before) > len(group.after) else Fate.SPLIT
    if not is_detectable(
        before_ml, after_ml, kind=RegionKind.LESION, settings=settings, wider_by=wider_by
    ):
        return Fate.STABLE
    if not group.before or not group.after:
        return Fate.RESOLVED if group.before else Fate.NEW
    return Fate.GROWN if after_ml > before_ml else Fate.SHRUNK


def _ids(group: Group, followup: str) -> dict[tuple[bool, int], str]:
    """Name the lesions of a group; the key says whether the lesion is the baseline's."""
    ids = {(True, b): f"L{b}" for b in group.before}
    if not group.before:
        return ids | {(False, a): f"{followup}.{a}" for a in group.after}
    stem = "+".join(f"L{b}" for b in group.before)
    if len(group.after) == 1:
        return ids | {(False, group.after[0]): stem}
    return ids | {(False, a): f"{stem}.{part}" for part, a in enumerate(group.after, start=1)}
