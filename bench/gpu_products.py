"""Limits of the device, measured with PyTorch, and rates of our matrix products."""

import json
import statistics
import time

from gpu_process import Warm, ours

PRECISIONS = ("float32", "tf32", "bfloat16")

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
    file = f"products/{size}.ilplan"
    one = ours(options, file, "--matmul-precision", precision, environment=environment)
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
