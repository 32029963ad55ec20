#!/usr/bin/env python3
"""Fits model.tsv to labelled pairs: logistic regressions over what `countywire group` measures.

    cargo build --release && python3 data/story/fit.py ../shared/yardsticks target/release/countywire

Uses yardsticks/story/dev.jsonl. Prints figures by cross-validation first. The same input gives the same bytes; with
--check nothing is written, and it fails where other bytes are there.
"""
import collections
import hashlib
import json
import math
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FOLDS = 8
HEAD = """\
# What tells that two entries report the same event, and that they are related: weights of logistic
# regressions, in millionths of a logit (the constant in thousandths), for what src/story/likeness.rs
# measures. Fitted to the development half of yardstick story by fit.py; do not edit. Scores:
# tests/bench/README.md.
"""
ORIGIN_HEAD = """\
# Where model.tsv comes from: written by fit.py, which made it.

[sha256]
"""
# What tells reprints alone.
NOT_OF_EVENTS = ["contained", "title_contained"]
# On the squares of standardised weights, and what a threshold may cost of the best F1, for precision.
EVENT, RELATED = (100.0, 0.006), (30.0, 0.004)


def measure(program, pairs):
    """What the program measures of each pair, in order."""
    given = "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
    command = [program, "group", "--pairs", "--explain"]
    said = subprocess.run(command, input=given.encode(), stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line)["measured"] for line in said.splitlines()]


def solve(matrix, right):
    """Gauss, for a symmetric positive matrix."""
    n = len(right)
    rows = [row[:] + [value] for row, value in zip(matrix, right)]
    for at in range(n):
        for below in range(at + 1, n):
            factor = rows[below][at] / rows[at][at]
            if factor:
                rows[below] = [x - factor * y for x, y in zip(rows[below], rows[at])]
    answer = [0.0] * n
    for at in reversed(range(n)):
        rest = sum(rows[at][k] * answer[k] for k in range(at + 1, n))
        answer[at] = (rows[at][n] - rest) / rows[at][at]
    return answer


class Regression:
    """Logistic, with a quadratic penalty, by Newton's method."""

    def __init__(self, names, rows, labels, penalty):
        self.names = names
        values = [[float(row[name]) for name in names] for row in rows]
        count = len(values)
        self.means = [sum(column) / count for column in zip(*values)]
        spread = [math.sqrt(sum((x - m) ** 2 for x in column) / count) for column, m in zip(zip(*values), self.means)]
        self.spread = [s or 1.0 for s in spread]
        inputs = [[1.0] + self.standard(value) for value in values]
        n = len(names) + 1
        self.beta = [0.0] * n
        for _ in range(25):
            gradient = [0.0] + [-penalty * b for b in self.beta[1:]]
            hessian = [[0.0] * n for _ in range(n)]
            for at in range(1, n):
                hessian[at][at] = penalty
            for x, y in zip(inputs, labels):
                z = sum(a * b for a, b in zip(x, self.beta))
                p = 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))
                error, curve = y - p, max(p * (1 - p), 1e-9)
                for i in range(n):
                    gradient[i] += error * x[i]
                    scaled, row = curve * x[i], hessian[i]
                    if scaled:
                        for j in range(i, n):
                            row[j] += scaled * x[j]
            for i in range(n):
                for j in range(i):
                    hessian[i][j] = hessian[j][i]
            step = solve(hessian, gradient)
            self.beta = [b + s for b, s in zip(self.beta, step)]
            if max(map(abs, step)) < 1e-6:
                break

    def standard(self, value):
        return [(x - m) / s for x, m, s in zip(value, self.means, self.spread)]

    def logit(self, row):
        value = self.standard([float(row[name]) for name in self.names])
        return self.beta[0] + sum(a * b for a, b in zip(value, self.beta[1:]))

    def shipped(self, threshold):
        """The constant that puts the threshold at a half, and a weight for each name."""
        weights = {name: b / s for name, b, s in zip(self.names, self.beta[1:], self.spread)}
        constant = self.beta[0] - sum(weights[name] * m for name, m in zip(self.names, self.means))
        return constant - threshold, weights


def cross_validated(names, rows, labels, penalty, groups):
    logits = [0.0] * len(rows)
    for fold in range(FOLDS):
        inside = [at for at in range(len(rows)) if groups[at] != fold]
        pick = lambda of: [of[at] for at in inside]
        fitted = Regression(names, pick(rows), pick(labels), penalty)
        for at in range(len(rows)):
            if groups[at] == fold:
                logits[at] = fitted.logit(rows[at])
    return logits


def folds(rows):
    """A fold for each pair; pairs that share an article, or are joined by others, are in one."""
    above = {}

    def first(article):
        while above.setdefault(article, article) != article:
            article = above[article]
        return article

    sides = lambda row: [row[f"{side}_title"] + row[f"{side}_text"] for side in "ab"]
    for row in rows:
        a, b = map(first, sides(row))
        above[max(a, b)] = min(a, b)
    groups = collections.Counter(first(sides(row)[0]) for row in rows)
    filled, fold = [0] * FOLDS, {}
    for group, pairs in sorted(groups.items(), key=lambda item: (-item[1], item[0])):
        fold[group] = filled.index(min(filled))
        filled[fold[group]] += pairs
    return [fold[first(sides(row)[0])] for row in rows]


def chosen(logits, labels, spared):
    """The best F1, and the highest threshold that costs no more than `spared` of it."""
    found = []
    for threshold in (t / 40 for t in range(-120, 121)):
        said = [logit >= threshold for logit in logits]
        right = sum(1 for s, y in zip(said, labels) if s and y)
        found.append((2 * right / max(1, sum(said) + sum(labels)), threshold))
    best = max(found)[0]
    return max(threshold for f1, threshold in found if f1 >= best - spared), best, dict((t, f) for f, t in found)


def events(yardsticks, program):
    rows = [json.loads(line) for line in open(yardsticks / "story/dev.jsonl", encoding="utf-8")]
    measured = measure(program, rows)
    names = [name for name in measured[0] if name not in NOT_OF_EVENTS]
    groups = folds(rows)
    models, figures = [], []
    for what, least, (penalty, spared) in (("same event", 2, EVENT), ("related", 1, RELATED)):
        labels = [int(row["grade"] >= least) for row in rows]
        stream = [float(row.get("weight") or 0) for row in rows]
        logits = cross_validated(names, measured, labels, penalty, groups)
        threshold, best, by_threshold = chosen(logits, labels, spared)
        said = [logit >= threshold for logit in logits]
        right = sum(w for w, s, y in zip(stream, said, labels) if s and y)
        precision = right / sum(w for w, s in zip(stream, said) if s)
        f1 = by_threshold[threshold]
        figures.append((what.replace(" ", "_"), f1, precision))
        print(f"{what}: by cross-validation F1 {f1:.3f} (best {best:.3f}), in a stream precision {precision:.3f}")
        models.append(Regression(names, measured, labels, penalty).shipped(threshold))
    return measured[0].keys(), models, figures


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    yardsticks, program = pathlib.Path(arguments[0]), arguments[1]
    names, models, figures = events(yardsticks, program)
    model = weights(names, models)
    made = {"model.tsv": model, "origin.toml": origin(yardsticks, model, figures)}
    if "--check" not in sys.argv:
        for name, content in made.items():
            (HERE / name).write_bytes(content)
        return
    other = [name for name, content in made.items() if (HERE / name).read_bytes() != content]
    if other:
        sys.exit(f"{', '.join(other)}: a fit gives other bytes; what the program measures has changed: fit anew")


def weights(names, models):
    row = lambda name, values: "\t".join([name, *map(str, values)]) + "\n"
    constant = row("constant", (round(constant * 1000) for constant, _ in models))
    others = (row(name, (round(weights.get(name, 0) * 1e6) for _, weights in models)) for name in names)
    return "".join([HEAD, constant, *others]).encode()


def origin(yardsticks, model, figures):
    sums = {"model.tsv": hashlib.sha256(model).hexdigest(), "terms.tsv": sha256(HERE / "terms.tsv")}
    inputs = {"yardsticks/story/dev.jsonl": yardsticks / "story" / "dev.jsonl",
              "archive/articles-2023h2.jsonl.zst": archive(yardsticks)}
    share = lambda value: round(value * 1000)
    lines = [ORIGIN_HEAD]
    lines += (f'"{name}" = "{value}"\n' for name, value in sums.items())
    lines += ["\n[inputs]\n"]
    lines += (f'"{name}" = "{sha256(path)}"\n' for name, path in inputs.items())
    lines += [f"\n# In 1000, {FOLDS} folds: no pair was judged by what it taught.\n[cross_validated]\n"]
    lines += (f"{what} = {{ f1 = {share(f1)}, stream_precision = {share(precision)} }}\n"
              for what, f1, precision in figures)
    return "".join(lines).encode()


def archive(yardsticks):
    """What terms.tsv is counted in."""
    return yardsticks.resolve().parent / "archive" / "articles-2023h2.jsonl.zst"


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
