"""The table of targets, and bench/results.md with every number behind it."""

import os
import platform
import subprocess
import time


def machine():
    """What the numbers depend on."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    governor = "none"
    path = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            governor = file.read().strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release()}, "
        f"governor {governor}"
    )


def commit(root):
    def git(*arguments):
        done = subprocess.run(
            ["git", "-C", root, *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    name = git("rev-parse", "--short=12", "HEAD") or "no commit"
    return name + (" with changes" if git("status", "--porcelain", "--untracked-files=no") else "")


def table(rows):
    """Rows of (what, target, measured, verdict) as aligned text."""
    head = ("what", "target", "measured", "")
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(4)]
    lines = []
    for row in [head, *rows]:
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return "\n".join(lines)


def markdown_table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def microseconds(value):
    return "–" if value == float("inf") else f"{value:,.0f}"


def series_row(title, series):
    counts = ", ".join(f"{count:,} × {status}" for status, count in series.statuses().items())
    losses = series.total("errors") + series.total("unexpected")
    return (
        title,
        series.name,
        f"{series.ok_per_second():,.1f}",
        f"{series.spread() * 100:.0f} %",
        microseconds(series.latency("p50")),
        microseconds(series.latency("p99")),
        microseconds(series.latency("max")),
        counts + (f", {losses:,} lost or wrong" if losses else ""),
    )


def image_sizes(root):
    """What bench/image_sizes wrote, one level of headings lower."""
    try:
        with open(os.path.join(root, "bench/image_sizes.md"), encoding="utf-8") as file:
            return ["".join("#" + line if line.startswith("#") else line for line in file).rstrip()]
    except FileNotFoundError:
        return []


def markdown(bench, rows, seconds, load_before):
    plan = bench.plan
    parts = [
        "# Results of bench/run",
        "Written by `bench/run`; `bench/README.md` says what each row means.",
        f"* commit: {commit(bench.root)}\n"
        f"* date: {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, took {seconds:.0f} s\n"
        f"* machine: {machine()}\n"
        f"* load average before / after: {load_before:.2f} / {os.getloadavg()[0]:.2f}\n"
        f"* protocol: {plan.warmups} warm-up windows, then the median of {plan.windows} windows "
        f"of {plan.seconds:g} s" + (" (`--quick`: only good for a first look)" if bench.quick else ""),
        "## Targets",
        markdown_table(("what", "target", "measured", "verdict"), rows),
        "## All windows",
        "Good answers per second (median), spread (largest minus smallest window, as a share of the "
        "median), latencies of good answers in µs (medians over the windows).",
        markdown_table(
            ("load", "server", "good/s", "spread", "p50", "p99", "max", "answers"),
            [series_row(title, series) for title, series in bench.measured],
        ),
        "## Further numbers",
        markdown_table(("what", "value"), bench.notes),
        *image_sizes(bench.root),
    ]
    return "\n\n".join(parts) + "\n"
