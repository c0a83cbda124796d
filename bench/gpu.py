"""The benchmark on a GPU machine without Node: our training step and PyTorch's, interleaved.

See docs/explanation/cuda-testing.md.

scripts/gpu-check starts it. Every program under test is a separate process that stays warm. It reads a number of steps
and answers with their time. All programs are built at the same time and measured in sequence. Writes steps.json and
table.md.
"""

import argparse
import json
import os
import pathlib
import platform
import queue
import statistics
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PRECISIONS = ("float32", "tf32", "bfloat16")
VARIANTS = ("eager", "compile", "reduce-overhead", "captured")
# Our step with INTERLATENT_CUDA_DEPENDENT_LAUNCH=1.
OVERLAPPING = "ours, overlapping"
ROUNDS = 7
SECONDS_PER_ROUND = 0.25
# Ratios to reach: PyTorch's time over ours.
TARGETS = {
    ("256/64/2/1", False): {"eager": 8.0, "reduce-overhead": 2.0},
    ("512/64/4/64", False): {"fastest": 3.0},
    ("4096/512/8/1", False): {"fastest": 1.2},
}
MAX_WITH_JACOBIAN = 1.5


class Warm:
    """A process that answers each line of its input by a line."""

    def __init__(self, name, command, environment=None):
        self.name, self.failure, self.ready = name, None, None
        self.errors = ""
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        self.lines = queue.Queue()
        for read in (self._read, self._readErrors):
            threading.Thread(target=read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _readErrors(self):
        for line in self.process.stderr:
            self.errors = (self.errors + line)[-2000:]

    def line(self, deadline):
        """Returns the next line as JSON, or None, with `failure` set, if there is none in time."""
        if self.failure:
            return None
        try:
            line = self.lines.get(timeout=max(0.1, deadline - time.monotonic()))
        except queue.Empty:
            return self.fail("not ready in time")
        if line is None:
            self.process.wait()
            words = self.errors.strip().splitlines()
            return self.fail(words[-1] if words else f"ended with {self.process.returncode}")
        return json.loads(line)

    def fail(self, reason):
        self.failure = reason[:300]
        self.process.kill()

    def begin(self, deadline):
        self.ready = self.line(deadline)
        return self.ready is not None

    def seconds(self, steps, deadline):
        """Returns the seconds of one step."""
        try:
            self.process.stdin.write(f"{steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self.line(deadline)
        return None if answer is None else answer["seconds"] / answer["steps"]

    def last(self, deadline):
        """Ends the input and returns the last line."""
        self.process.stdin.close()
        return self.line(deadline)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def ours(options, case, *flags, name="ours"):
    backend = ["--backend", options.backend] if options.backend else []
    command = [options.time_plan, *backend, *flags, str(options.plan_files / "timed" / case["file"])]
    return Warm(name, command, {"INTERLATENT_CUDA_DEPENDENT_LAUNCH": "1" if name == OVERLAPPING else ""})


def theirs(options, case, variant):
    fields = ("batch", "hidden", "modalities", "runs", "columns", "jacobian")
    request = {field: case[field] for field in fields}
    request.update(latents=2, exogenous=1, variant=variant, device=options.device)
    script = str(HERE / "gpu_pytorch.py")
    return Warm(variant, [options.python, script, json.dumps(request)], {"PYTHONDONTWRITEBYTECODE": "1"})


def shapeName(case):
    return "/".join(str(case[field]) for field in ("batch", "hidden", "modalities", "runs"))


def measure(contestants, rounds, deadline):
    """Returns the milliseconds per step of every contestant in every round. Contestants alternate."""
    steps, times = {}, {}
    for one in contestants:
        one.seconds(3 if rounds > 1 else 1, deadline)
        guess = one.seconds(5 if rounds > 1 else 1, deadline)
        if guess is not None:
            steps[one] = max(3 if rounds > 1 else 1, round(SECONDS_PER_ROUND / guess))
            times[one.name] = []
    for _ in range(rounds):
        for one, count in steps.items():
            seconds = one.seconds(count, deadline)
            if seconds is not None:
                times[one.name].append(1000 * seconds)
    return {name: values for name, values in times.items() if values}


def verdicts(shape, jacobian, medians):
    """Returns the targets of a shape and whether they are met."""
    results = []
    rivals = {name: value for name, value in medians.items() if name not in ("ours", OVERLAPPING)}
    for rival, minimum in TARGETS.get((shape, jacobian), {}).items():
        value = min(rivals.values(), default=None) if rival == "fastest" else rivals.get(rival)
        ratio = None if value is None else value / medians["ours"]
        met = "not measured" if ratio is None else "met" if ratio >= minimum else "missed"
        results.append({"against": rival, "ratio": ratio, "atLeast": minimum, "met": met})
    return results


def profile(options, case, deadline):
    """Returns time, bytes and FLOP of every kernel, each measured separately."""
    one = ours(options, case, "--profile")
    if not one.begin(deadline) or one.seconds(20 if options.rounds > 1 else 1, deadline) is None:
        one.end()
        return {"failure": one.failure}
    kernels = (one.last(deadline) or {}).get("profile", {})
    one.end()
    return kernels


LIMITS = """
import json, torch, time
def rate(work, call):
    for _ in range(3): call()
    torch.cuda.synchronize()
    times = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(10): call()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) / 10)
    return work / sorted(times)[3]
a, b = torch.empty(1 << 28, device="cuda"), torch.empty(1 << 28, device="cuda")
rates = {"copyBytesPerSecond": rate(8 << 28, lambda: b.copy_(a))}
for n in (512, 1024, 2048):
    x, y = torch.randn(8, n, n, device="cuda"), torch.randn(8, n, n, device="cuda")
    rates[f"cublasFlopsPerSecond{n}"] = rates[f"cublas {n} float32"] = rate(16 * n**3, lambda: torch.bmm(x, y))
    torch.backends.cuda.matmul.allow_tf32 = True
    rates[f"cublas {n} tf32"] = rate(16 * n**3, lambda: torch.bmm(x, y))
    torch.backends.cuda.matmul.allow_tf32 = False
    x, y = x.bfloat16(), y.bfloat16()
    rates[f"cublas {n} bfloat16"] = rate(16 * n**3, lambda: torch.bmm(x, y))
print(json.dumps(rates))
"""


def limits(options, deadline):
    """Measures the copy bandwidth and cuBLAS's rates with PyTorch."""
    if options.device != "cuda":
        return None
    one = Warm("limits", [options.python, "-c", LIMITS])
    one.begin(deadline)
    one.end()
    return one.ready or {"failure": one.failure}


def productRate(options, size, perStep, work, precision, environment, deadline):
    """Returns the FLOP per second of a chain of products, or the reason of a failure."""
    backend = ["--backend", options.backend] if options.backend else []
    file = str(options.plan_files / "products" / f"{size}.ilplan")
    one = Warm("ours", [options.time_plan, *backend, "--matmul-precision", precision, file], environment)
    one.begin(deadline)
    times = []
    if not one.failure:
        guess = one.seconds(3 if options.rounds > 1 else 1, deadline)
        steps = 1 if guess is None else max(1, round(0.1 / guess))
        times = [seconds for _ in range(options.rounds) if (seconds := one.seconds(steps, deadline)) is not None]
    one.end()
    if one.failure or not times:
        return {"failure": one.failure or "no time"}
    return {"flopsPerSecond": perStep * work / statistics.median(times), "cublasLt": (one.ready or {}).get("cublasLt")}


def products(options, bounds, deadline):
    """Measures batches of products per size and precision, with our kernels alone, and with the choice of a fit, which
    may use cuBLASLt."""
    known = json.loads((options.plan_files / "products" / "cases.json").read_text())
    rows = []
    for size in [known["dry"]] if options.dry else known["sizes"][: options.products]:
        work = 2 * known["batch"] * size**3
        for precision in PRECISIONS:
            if time.monotonic() > deadline - 15:
                return rows
            chosen = {"kernels": {"INTERLATENT_CUBLASLT_PATH": "off"}, "chosen": {}}
            rates = {
                name: productRate(options, size, known["perStep"], work, precision, environment, deadline)
                for name, environment in chosen.items()
            }
            cublas = (bounds or {}).get(f"cublas {size} {precision}")
            row = {"size": size, "batch": known["batch"], "precision": precision, **rates}
            rows.append({**row, "cublasFlopsPerSecond": cublas})
    return rows


def rateText(measured):
    if "flopsPerSecond" not in measured:
        return f"– ({measured['failure'][:60]})"
    return f"{measured['flopsPerSecond'] / 1e9:.0f}"


def productLines(rows):
    names = (
        "matrix products",
        "precision",
        "our kernels, GFLOP/s",
        "with cuBLASLt",
        "cuBLAS (PyTorch)",
        "our kernels' share",
    )
    lines = ["", "| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for row in rows:
        kernels, chosen, cublas = row["kernels"], row["chosen"], row["cublasFlopsPerSecond"]
        absent = "flopsPerSecond" in chosen and not chosen["cublasLt"]
        share = f"{100 * kernels['flopsPerSecond'] / cublas:.0f} %" if cublas and "flopsPerSecond" in kernels else "–"
        cells = [
            f"{row['batch']} of {row['size']} × {row['size']} × {row['size']}",
            row["precision"],
            rateText(kernels),
            "– (not installed)" if absent else rateText(chosen),
            f"{cublas / 1e9:.0f}" if cublas else "–",
            share,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


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
    names = ("ours", OVERLAPPING, *VARIANTS)
    times = [f"{name}, ms" for name in names]
    head = ["batch / hidden / modalities / runs", "penalty", *times, "ratio to the fastest", "reach"]
    lines = [description, "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in rows:
        medians = row["medians"]
        mine = medians.get("ours")
        theirs = [medians[v] for v in VARIANTS if v in medians]
        missing = {name: row["failures"].get(name, "not measured")[:60] for name in names}
        cells = [f"{medians[name]:.3f}" if name in medians else f"– ({missing[name]})" for name in names]
        ratio = f"{min(theirs) / mine:.2f}" if theirs and mine else "–"
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
    if options.dry:
        options.cases = 1
    deadline = time.monotonic() + options.seconds
    variants = [variant for variant in options.variants.split(",") if variant]
    cases = json.loads((options.plan_files / "timed" / "cases.json").read_text())[: options.cases]

    # Compiling takes a minute or more per model, so all models compile at the same time.
    rivals = [[theirs(options, case, variant) for variant in variants] for case in cases]
    compiled = time.monotonic() + 0.6 * options.seconds
    for group in rivals:
        for rival in group:
            if not rival.begin(compiled):
                print(f"{rival.name}: {rival.failure}", file=sys.stderr)
    bounds = limits(options, deadline)
    rows, device = [], {}
    for case, group in zip(cases, rivals):
        if time.monotonic() > deadline - 15:
            print(f"no time left for {shapeName(case)}", file=sys.stderr)
            continue
        mine = ours(options, case)
        mine.begin(deadline)
        device = mine.ready or device
        overlapping = ours(options, case, name=OVERLAPPING)
        overlapping.begin(deadline)
        group = [overlapping, *group]
        contestants = [one for one in (mine, *group) if not one.failure]
        times = measure(contestants, options.rounds, deadline)
        medians = {name: statistics.median(values) for name, values in times.items()}
        failures = {one.name: one.failure for one in (mine, *group) if one.failure}
        results = verdicts(shapeName(case), case["jacobian"], medians) if "ours" in medians else []
        kernels = profile(options, case, deadline) if not mine.failure else {}
        rows.append({"shape": shapeName(case), "jacobian": case["jacobian"], "medians": medians, "times": times,
                     "failures": failures, "verdicts": results, "kernels": kernels,
                     "launches": (overlapping.ready or {}).get("steps")})  # fmt: skip
        for one in (mine, *group):
            one.end()
        penalty = " with the Jacobian penalty" if case["jacobian"] else ""
        print(f"{shapeName(case)}{penalty}: {medians} {failures or ''}", file=sys.stderr)
    torch = next((rival.ready for group in rivals for rival in group if rival.ready), None)
    multiplied = products(options, bounds, deadline)
    result = {"machine": platform.platform(), "device": device, "pytorch": torch, "limits": bounds, "rows": rows,
              "products": multiplied}  # fmt: skip
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "steps.json").write_text(json.dumps(result, indent=2) + "\n")
    opponent = f"PyTorch {torch['torch']}" if torch else "no PyTorch"
    name = device.get("device", "no device")
    lines = tableLines(rows, f"{name}; {opponent}; medians of {options.rounds} interleaved rounds.")
    if rows:
        lines += ["", f"Kernels of the step {rows[-1]['shape']}, each measured separately:"]
        lines += kernelLines(rows[-1]["kernels"], bounds)
    lines += productLines(multiplied)
    (options.out / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


main()
