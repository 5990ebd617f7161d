"""Joints drawn as lines: 3D Slicer markups and CSV."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mri_bme.errors import UnreadableInput
from mri_bme.sacroiliac import Side
from mri_bme.volume import FloatArray

JointLines = Mapping[Side, tuple[FloatArray, ...]]

CSV_COLUMNS = ("side", "line", "x", "y", "z")
LPS_FROM = {"LPS": np.ones(3), "0": np.array([-1.0, -1.0, 1.0]), "RAS": np.array([-1.0, -1.0, 1.0])}
MIN_POINTS = 2


def read_joint_lines(path: Path) -> JointLines:
    """Read the lines that were drawn along the joints, in LPS mm.

    Parameters
    ----------
    path : Path
        3D Slicer markups (``.mrk.json``, one curve per joint and slice), or CSV with the
        columns ``side,line,x,y,z`` (LPS mm, one row per point, `line` tells lines apart).
        A curve's side is in its name (``left``, ``right``); else the curves are divided by
        the middle between the leftmost and rightmost.

    Raises
    ------
    UnreadableInput
        If the file is neither, or a side has no line.
    """
    if not path.is_file():
        raise UnreadableInput("there is no file of joint lines; check the path")
    named = _from_csv(path) if path.suffix.lower() == ".csv" else _from_markups(path)
    lines = _by_side([(name, points) for name, points in named if len(points) >= MIN_POINTS])
    for side in Side:
        if not lines[side]:
            raise UnreadableInput(
                f"the file of joint lines has no line of 2 or more points on the {side} joint; "
                "draw one on at least one slice"
            )
    return lines


def _by_side(named: list[tuple[str, FloatArray]]) -> dict[Side, tuple[FloatArray, ...]]:
    middles = [float(points[:, 0].mean()) for _, points in named]
    middle = (min(middles) + max(middles)) / 2 if middles else 0.0
    lines: dict[Side, tuple[FloatArray, ...]] = dict.fromkeys(Side, ())
    for (name, points), x in zip(named, middles, strict=True):
        said = [side for side in Side if side.value in name.lower()]
        by_place = Side.LEFT if x > middle else Side.RIGHT
        lines[said[0] if len(said) == 1 else by_place] += (points,)
    return lines


def _from_markups(path: Path) -> list[tuple[str, FloatArray]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [_curve(markup) for markup in content["markups"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableInput(
            "the file of joint lines is not a 3D Slicer markups file; save curves as .mrk.json, or "
            f"write CSV with the columns {','.join(CSV_COLUMNS)}"
        ) from error


def _curve(markup: Mapping[str, Any]) -> tuple[str, FloatArray]:
    points = [point["position"] for point in markup["controlPoints"]]
    sign = LPS_FROM[str(markup.get("coordinateSystem", "LPS"))]
    array = np.asarray(points, dtype=np.float64).reshape(-1, 3) * sign
    return str(markup.get("name", "")), array


def _from_csv(path: Path) -> list[tuple[str, FloatArray]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
        lines: dict[str, list[list[float]]] = {}
        for row in rows:
            key = f"{row['side']} {row['line']}"
            lines.setdefault(key, []).append([float(row[axis]) for axis in "xyz"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableInput(
            "the file of joint lines is not a table of them; the columns "
            f"{','.join(CSV_COLUMNS)} are needed, positions in LPS mm"
        ) from error
    return [(name, np.asarray(points, dtype=np.float64)) for name, points in lines.items()]
