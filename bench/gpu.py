"""The benchmark on a GPU machine without Node: our training step and PyTorch's, interleaved.

See docs/explanation/cuda-testing.md.

scripts/gpu-check starts it. Every program under test is a separate process that stays warm (gpu_process.py). All programs
of the training steps are built at the same time and measured in sequence; then come encoders of images and series
(gpu_networks.py) and matrix products (gpu_products.py). Writes steps.json, constants.json and table.md.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import sys
import time

from gpu_networks import networkLines, networks
from gpu_process import measure, medians, ours, theirs
from gpu_products import limits, productLines, products

VARIANTS = ("eager", "compile", "reduce-overhead", "captured")
# The variant of PyTorch that is fastest in most cases. It is also measured with TF32, and for each number of restarts.
CAPTURED = "captured"
# Our step with INTERLATENT_CUDA_DEPENDENT_LAUNCH=1.
OVERLAPPING = "ours, overlapping"
TF32 = "ours, tf32"
CAPTURED_TF32 = "captured, tf32"
ROUNDS = 7
# Ratios to reach: PyTorch's time over ours.
TARGETS = {
    ("256/64/2/1", False): {"eager": 8.0, "reduce-overhead": 2.0},
    ("512/64/4/64", False): {"fastest": 3.0},
    ("4096/512/8/1", False): {"fastest": 1.2},
}
MAX_WITH_JACOBIAN = 1.5
# Peaks of the data sheet of the H100 SXM5, as in src/runtime/gpu-model.ts.
PEAKS = {"float32": 67e12, "tf32": 494.7e12, "bfloat16": 989.4e12}
BANDWIDTH = 3.35e12


def shapeName(case):
    return "/".join(str(case[field]) for field in ("batch", "hidden", "modalities", "runs"))


def rivalsOf(options, case, variants):
    """Returns PyTorch's programs for a case. Those with `, tf32` in their names round the factors of products."""
    fields = ("batch", "hidden", "modalities", "runs", "columns", "jacobian")
    request = {**{field: case[field] for field in fields}, "latents": 2, "exogenous": 1}
    chosen = [variant for variant in variants if variant == CAPTURED or not case.get("restarts")]
    rivals = [theirs(options, {**request, "variant": variant, "precision": "default"}, variant) for variant in chosen]
    if CAPTURED in chosen and not case.get("restarts"):
        rivals.append(theirs(options, {**request, "variant": CAPTURED, "precision": "tf32"}, CAPTURED_TF32))
    return rivals


def oursOf(options, case):
    """Returns our programs for a case: as fits run it, then variations."""
    file = f"timed/{case['file']}"
    programs = [ours(options, file)]
    if options.backend and not case.get("restarts"):
        programs.append(ours(options, file, name=OVERLAPPING, environment={"INTERLATENT_CUDA_DEPENDENT_LAUNCH": "1"}))
        programs.append(ours(options, file, "--matmul-precision", "tf32", name=TF32))
    return programs


def clocks(options):
    """Returns clocks, temperature and power of the GPU as nvidia-smi prints them, or None without a GPU."""
    if options.device != "cuda":
        return None
    fields = "clocks.sm,clocks.mem,temperature.gpu,power.draw,clocks_throttle_reasons.active"
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None


def verdicts(shape, jacobian, times):
    """Returns the targets of a shape and whether they are met."""
    results = []
    rivals = {name: value for name, value in times.items() if not name.startswith("ours") and name != CAPTURED_TF32}
    for rival, minimum in TARGETS.get((shape, jacobian), {}).items():
        value = min(rivals.values(), default=None) if rival == "fastest" else rivals.get(rival)
        ratio = None if value is None else value / times["ours"]
        met = "not measured" if ratio is None else "met" if ratio >= minimum else "missed"
        results.append({"against": rival, "ratio": ratio, "atLeast": minimum, "met": met})
    return results


def profile(options, case, deadline):
    """Returns time, bytes and FLOP of every kernel, each measured separately."""
    one = ours(options, f"timed/{case['file']}", "--profile")
    if not one.begin(deadline) or one.seconds(20 if options.rounds > 1 else 1, deadline) is None:
        one.end()
        return {"failure": one.failure}
    kernels = (one.last(deadline) or {}).get("profile", {})
    one.end()
    return kernels


def constants(rows, multiplied, bounds):
    """Returns measured values for the constants of src/runtime/gpu-model.ts, or None for those without a measurement.

    rows: training steps; multiplied: products per size and precision; bounds: rates of PyTorch, or None.
    """
    smallest = next((row for row in rows if "ours" in row["medians"]), None)
    depth = ((smallest or {}).get("steps") or {}).get("free", {}).get("depth")
    rates = [
        kernel["calls"] * kernel["bytes"] / kernel["seconds"]
        for row in rows
        for kernel in row["kernels"].get("free", [])
        if kernel["seconds"] and kernel["bytes"] > 2e7
    ]
    flops = {}
    for row in multiplied:
        if "flopsPerSecond" in row["kernels"]:
            flops[row["precision"]] = max(flops.get(row["precision"], 0), row["kernels"]["flopsPerSecond"])
    return {
        # Latencies inside kernels are included.
        "perLaunch": None if depth is None else smallest["medians"]["ours"] / 1000 / (depth + 1),
        "bandwidthShare": max(rates, default=0) / BANDWIDTH or None,
        "copyBandwidthShare": (bounds or {}).get("copyBytesPerSecond", 0) / BANDWIDTH or None,
        "flopsShare": {precision: rate / PEAKS[precision] for precision, rate in flops.items()},
    }


def kernelLines(kernels, bounds):
    """Returns a table of the slowest kernels of the free phase, compared with the copy bandwidth."""
    rows = sorted(kernels.get("free", []), key=lambda kernel: -kernel["seconds"])
    total = sum(kernel["seconds"] for kernel in rows) or 1
    lines = ["", "| kernel | tensor | share | GB/s | % of copy | GFLOP/s |", "|---|---|---|---|---|---|"]
    for kernel in rows[:12]:
        perSecond = kernel["calls"] / kernel["seconds"] if kernel["seconds"] else 0
        rate = kernel["bytes"] * perSecond
        bound = (bounds or {}).get("copyBytesPerSecond")
        copy = "–" if bound is None else f"{100 * rate / bound:.0f} %"
        flops = f"{kernel['flops'] * perSecond / 1e9:.0f}" if kernel["flops"] else ""
        share = f"{100 * kernel['seconds'] / total:.1f} %"
        lines.append(f"| {kernel['kernel']} | {kernel['label']} | {share} | {rate / 1e9:.0f} | {copy} | {flops} |")
    return lines


def tableLines(rows, description):
    names = ("ours", OVERLAPPING, TF32, *VARIANTS, CAPTURED_TF32)
    times = [f"{name}, ms" for name in names]
    head = ["batch / hidden / modalities / runs", "penalty", *times, "ratio to the fastest", "reach"]
    lines = [description, "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in rows:
        middle = row["medians"]
        mine = middle.get("ours")
        rivals = [middle[v] for v in VARIANTS if v in middle]
        missing = {name: row["failures"].get(name, "not measured")[:60] for name in names}
        cells = [f"{middle[name]:.3f}" if name in middle else f"– ({missing[name]})" for name in names]
        ratio = f"{min(rivals) / mine:.2f}" if rivals and mine else "–"
        reach = "; ".join(
            f"{one['against']} ≥ {one['atLeast']}: " + (f"{one['ratio']:.2f}, " if one["ratio"] else "") + one["met"]
            for one in row["verdicts"]
        )
        jacobian = "with" if row["jacobian"] else "without"
        lines.append("| " + " | ".join([row["shape"].replace("/", " / "), jacobian, *cells, ratio, reach]) + " |")
    for row in rows:
        plain = next((other for other in rows if other["shape"] == row["shape"] and not other["jacobian"]), None)
        if row["jacobian"] and plain and "ours" in row["medians"] and "ours" in plain["medians"]:
            factor = row["medians"]["ours"] / plain["medians"]["ours"]
            verdict = "met" if factor <= MAX_WITH_JACOBIAN else "missed"
            step = f"With the Jacobian penalty, the step at {row['shape']} takes {factor:.2f} times as long"
            lines.append(f"\n{step} (at most {MAX_WITH_JACOBIAN}: {verdict}).")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan-files", type=pathlib.Path, required=True)
    parser.add_argument("--time-plan", required=True, help="path of the built native/tools/time_plan")
    parser.add_argument("--backend", default="", help="library of the backend (default: the CPU)")
    parser.add_argument("--python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="device of PyTorch")
    parser.add_argument("--cases", type=int, default=99, help="number of timed cases, smallest first")
    parser.add_argument("--products", type=int, default=99, help="number of sizes of matrix products, smallest first")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--dry", action="store_true", help="run only the smallest case once, to check that everything works")
    parser.add_argument("--seconds", type=float, default=300, help="time limit of the whole benchmark")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.rounds = 1 if options.dry else ROUNDS
    options.here = pathlib.Path(__file__).resolve().parent
    if options.dry:
        options.cases = 1
    deadline = time.monotonic() + options.seconds
    variants = [variant for variant in options.variants.split(",") if variant]
    cases = json.loads((options.plan_files / "timed" / "cases.json").read_text())[: options.cases]

    # Compiling takes a minute or more per model, so all models compile at the same time.
    rivals = [rivalsOf(options, case, variants) for case in cases]
    compiled = time.monotonic() + 0.5 * options.seconds
    for group in rivals:
        for rival in group:
            if not rival.begin(compiled):
                print(f"{rival.name}: {rival.failure}", file=sys.stderr)
    bounds = limits(options, deadline)
    rows, device = [], {}
    # Networks and products have the last 30 % of the time.
    stepsDeadline = deadline - 0.3 * options.seconds
    for case, group in zip(cases, rivals):
        if time.monotonic() > stepsDeadline - 15:
            print(f"no time left for {shapeName(case)}", file=sys.stderr)
            for one in group:
                one.end()
            continue
        mine = oursOf(options, case)
        everyone = [*mine, *group]
        for one in mine:
            one.begin(deadline)
        device = mine[0].ready or device
        times = measure([one for one in everyone if not one.failure], options, deadline)
        middle = medians(times)
        failures = {one.name: one.failure for one in everyone if one.failure}
        results = verdicts(shapeName(case), case["jacobian"], middle) if "ours" in middle else []
        kernels = profile(options, case, deadline) if not (mine[0].failure or case.get("restarts")) else {}
        rows.append({"shape": shapeName(case), "jacobian": case["jacobian"], "medians": middle, "times": times,
                     "failures": failures, "verdicts": results, "kernels": kernels,
                     "steps": (mine[0].ready or {}).get("steps"), "clocks": clocks(options),
                     "loadSeconds": mine[0].loadSeconds,
                     "firstStepSeconds": getattr(mine[0], "firstStepSeconds", None)})  # fmt: skip
        for one in everyone:
            one.end()
        penalty = " with the Jacobian penalty" if case["jacobian"] else ""
        print(f"{shapeName(case)}{penalty}: {middle} {failures or ''}", file=sys.stderr)
    torch = next((rival.ready for group in rivals for rival in group if rival.ready), None)
    encoders = networks(options, variants, deadline - 0.1 * options.seconds)
    multiplied = products(options, bounds, deadline)
    result = {"machine": platform.platform(), "device": device, "pytorch": torch, "limits": bounds, "rows": rows,
              "networks": encoders, "products": multiplied}  # fmt: skip
    options.out.mkdir(parents=True, exist_ok=True)
    measured = {"measured": device.get("emulated") is False, **constants(rows, multiplied, bounds)}
    (options.out / "constants.json").write_text(json.dumps(measured, indent=2) + "\n")
    (options.out / "steps.json").write_text(json.dumps(result, indent=2) + "\n")
    opponent = f"PyTorch {torch['torch']}" if torch else "no PyTorch"
    name = device.get("device", "no device")
    lines = tableLines(rows, f"{name}; {opponent}; medians of {options.rounds} interleaved rounds.")
    last = next((row for row in reversed(rows) if row["kernels"]), None)
    if last:
        lines += ["", f"Kernels of the step {last['shape']}, each measured separately:"]
        lines += kernelLines(last["kernels"], bounds)
    lines += networkLines(encoders) + productLines(multiplied)
    (options.out / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


main()
