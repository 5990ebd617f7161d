"""Changes of a reader to maps of labels: quadrants, normal marrow, and the outlines that follow.

A map is changed where voxels go from one label to another; both are kept, so that every change
can be taken back to the voxel.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels
from mri_bme.readings.strokes import Places, places_from_runs, runs_from_places

MASK, OUTLINE, QUADRANTS, REFERENCE = "mask", "outline", "quadrants", "reference"
LAYERS = (MASK, OUTLINE, QUADRANTS, REFERENCE)
"""The reader's mask; the program's outline that it started from and follows; quadrant labels
(`sacroiliac.QUADRANTS`); normal marrow."""

Labels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerChange:
    """Voxels of one layer of one visit, their labels before and after."""

    visit: str
    layer: str
    places: Places
    before: Labels
    after: Labels

    def undone(self) -> "LayerChange":
        """Give the change that takes this one back."""
        return LayerChange(
            visit=self.visit,
            layer=self.layer,
            places=self.places,
            before=self.after,
            after=self.before,
        )

    def drawn_on(self, held: NDArray[Any]) -> NDArray[Any]:
        """Make the change to a map."""
        drawn = held.copy()
        drawn.reshape(-1)[self.places] = self.after.astype(held.dtype)
        return drawn


@dataclass(frozen=True, kw_only=True, eq=False)
class Moved:
    """Anatomy that was moved at a visit, by a tool, and all that followed from it at once."""

    visit: str
    tool: str
    changes: tuple[LayerChange, ...]

    def undone(self) -> "Moved":
        """Give the move that takes this one back."""
        return Moved(
            visit=self.visit, tool=self.tool, changes=tuple(c.undone() for c in self.changes)
        )

    @property
    def moves_anatomy(self) -> bool:
        """Whether a quadrant or normal marrow is another one now."""
        return any(c.layer in (QUADRANTS, REFERENCE) and len(c.places) for c in self.changes)


def layer_change(visit: str, layer: str, before: NDArray[Any], after: NDArray[Any]) -> LayerChange:
    """Find the voxels in which two maps of a layer differ."""
    places = np.flatnonzero(before != after)
    return LayerChange(
        visit=visit,
        layer=layer,
        places=places,
        before=before.reshape(-1)[places].astype(np.uint8),
        after=after.reshape(-1)[places].astype(np.uint8),
    )


def moved_entry(moved: Moved) -> dict[str, Any]:
    """Give the line of a log that tells a move: ``[from, to, runs]`` by visit and layer."""
    told: dict[str, dict[str, list[Any]]] = {}
    for change in moved.changes:
        if len(change.places):
            told.setdefault(change.visit, {})[change.layer] = list(_pairs(change))
    return {"what": "moved", "visit": moved.visit, "tool": moved.tool, "layers": told}


def _pairs(change: LayerChange) -> Iterable[list[Any]]:
    both = change.before.astype(np.int64) * 256 + change.after
    for code in np.unique(both):
        runs = runs_from_places(change.places[both == code])
        yield [int(code) // 256, int(code) % 256, runs]


def moved_of_entry(line: Mapping[str, Any], n_voxels: Mapping[str, int]) -> Moved:
    """Read such a line again; `n_voxels` is the size of every visit.

    Raises
    ------
    InvalidVoxels
        If it names no layer, or leads out of a scan.
    """
    changes = []
    for visit, layers in line["layers"].items():
        for layer, pairs in layers.items():
            if layer not in LAYERS:
                raise InvalidVoxels("there is no such layer")
            changes.append(_change(visit, layer, pairs, n_voxels[visit]))
    return Moved(visit=line["visit"], tool=line["tool"], changes=tuple(changes))


def _change(visit: str, layer: str, pairs: Sequence[Any], n_voxels: int) -> LayerChange:
    places = [places_from_runs(runs, n_voxels) for _, _, runs in pairs]
    sizes = [len(p) for p in places]
    return LayerChange(
        visit=visit,
        layer=layer,
        places=np.concatenate(places),
        before=np.repeat(np.array([p[0] for p in pairs], np.uint8), sizes),
        after=np.repeat(np.array([p[1] for p in pairs], np.uint8), sizes),
    )


def runs_by_label(labels: NDArray[Any]) -> dict[str, list[int]]:
    """Turn a map of labels into runs of each label but 0."""
    return {
        str(label): runs_from_places(np.flatnonzero(labels == label))
        for label in np.unique(labels).tolist()
        if label
    }


def labels_from_runs(runs: Mapping[str, Sequence[Any]], shape: tuple[int, int, int]) -> Labels:
    """Turn such runs into the map again."""
    labels: Labels = np.zeros(shape, dtype=np.uint8)
    for label, of_label in runs.items():
        labels.reshape(-1)[places_from_runs(of_label, labels.size)] = int(label)
    return labels


@dataclass(frozen=True, kw_only=True, eq=False)
class Anatomy:
    """Quadrants (`sacroiliac.QUADRANTS`) and normal marrow of one visit."""

    quadrants: Labels
    reference: NDArray[np.bool_]
