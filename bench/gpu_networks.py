"""Encoders of images and series on the GPU, ours and PyTorch's, interleaved (cases: bench/network-cases.ts)."""

import json
import sys
import time

from gpu_process import measure, medians, ours, theirs

# Names of our programs and their precisions. Both sides round the factors of convolutions to TF32 by default.
OURS = {"ours": "tf32-convolutions", "ours, float32": "float32"}
# Ratios to reach: PyTorch's fastest time over ours, both with their default precision.
TARGETS = {"conv": 1.0, "resnet18": 0.8, "lstm": 1.5}


def rivalsOf(case, variants):
    """Returns name, variant and precision of PyTorch's programs."""
    isSeries = case["network"] == "lstm"
    formats = ("",) if isSeries else ("", "-last")
    ways = [way for way in ("eager", "captured") if way in variants]
    # torch.compile leaves an LSTM as it is.
    if "captured" in variants and "compile" in variants and not isSeries:
        ways.append("captured-compile")
    names = [f"{way}{last}" for way in ways for last in formats]
    exact = [("captured, float32", "captured", "float32")] if "captured" in variants else []
    return [(name, name, "default") for name in names] + exact


def networks(options, variants, deadline):
    """Measures a training step of every case, and returns a row per case.

    The processes of a case end before those of the next one start, because every process of PyTorch needs more than a
    gigabyte. Cases for which no time is left are reported and left out.
    """
    cases = json.loads((options.plan_files / "networks" / "cases.json").read_text())
    rows = []
    for case in [one for one in cases if one["dry"] == options.dry]:
        if time.monotonic() > deadline - 30:
            print(f"no time left for {case['name']}", file=sys.stderr)
            continue
        rivals = [
            theirs(options, {**case, "variant": variant, "precision": precision}, name)
            for name, variant, precision in rivalsOf(case, variants)
        ]
        mine = [
            ours(options, f"networks/{case['file']}", "--matmul-precision", precision, name=name)
            for name, precision in (OURS if options.backend else {"ours": "float32"}).items()
        ]
        everyone = [*mine, *rivals]
        for one in everyone:
            one.begin(deadline)
        times = measure([one for one in everyone if not one.failure], options, deadline)
        middle = medians(times)
        theirTimes = [middle[one.name] for one in rivals if one.name in middle and "float32" not in one.name]
        ratio = min(theirTimes) / middle["ours"] if theirTimes and "ours" in middle else None
        target = TARGETS[case["network"]]
        rows.append({"name": case["name"], "medians": middle, "times": times, "ratio": ratio, "atLeast": target,
                     "failures": {one.name: one.failure for one in everyone if one.failure},
                     "steps": (mine[0].ready or {}).get("steps"), "loadSeconds": mine[0].loadSeconds,
                     "firstStepSeconds": getattr(mine[0], "firstStepSeconds", None)})  # fmt: skip
        for one in everyone:
            one.end()
        print(f"{case['name']}: {middle} {rows[-1]['failures'] or ''}", file=sys.stderr)
    return rows


def networkLines(rows):
    """Returns the lines of a Markdown table with all times of every network."""
    lines = ["", "| network | ms per step | PyTorch's fastest over ours | reach |", "|---|---|---|---|"]
    for row in rows:
        times = "; ".join(f"{name}: {value:.3f}" for name, value in row["medians"].items())
        failures = "; ".join(f"{name}: – ({reason[:60]})" for name, reason in row["failures"].items())
        ratio = row["ratio"]
        met = "not measured" if ratio is None else "met" if ratio >= row["atLeast"] else "missed"
        ratioText = "–" if ratio is None else f"{ratio:.2f}"
        cells = [row["name"], "; ".join(part for part in (times, failures) if part), ratioText]
        lines.append("| " + " | ".join(cells) + f" | ≥ {row['atLeast']}: {met} |")
    return lines
