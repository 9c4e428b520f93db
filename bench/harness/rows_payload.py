"""Rows about what travels: server-sent events, data URLs, files, and what stays
on the disk afterwards."""

import contextlib
import os

from harness.bench import Load, NotBuilt, Outcome, ratio, same
from harness.measure import BenchError
from harness.rows_noop import start_if_possible

CHUNKS = 10_000
FILE_MIB = 10
FILE_BYTES = FILE_MIB * 1024 * 1024
EVENT_STREAM = ("accept: text/event-stream",)
TRANSFER_SECONDS = 2.0  # Some ten of Cog's answers.
STREAM_SECONDS = 2.5  # Cog needs about one second for 10 000 events.


def pair(bench, stack, model, start):
    """cogpp, by start(model), and Cog with the same predictor; either may be missing."""
    own = start_if_possible(bench, stack, lambda: start(model), f"cogpp, {model}")
    cog = start_if_possible(bench, stack, lambda: bench.cog.start(model), f"Cog, {model}")
    return own, cog, [one for one in (own, cog) if one]


def events(bench):
    """Whole streams, one after the other, over one connection."""
    body = bench.body("sse", {"count": CHUNKS})
    load = Load(1, body_file=body, headers=EVENT_STREAM)
    with contextlib.ExitStack() as stack:
        own, cog, both = pair(bench, stack, "sse", bench.cogpp)
        series = bench.compare(
            f"server-sent events, {CHUNKS} chunks", both, same(load), bench.plan.at_least(STREAM_SECONDS)
        )
    rates = {name: events_per_second(one) for name, one in series.items()}
    for name, rate in rates.items():
        bench.note(f"events per second, {name}", f"{rate:,.0f}")
    if own is None:
        raise NotBuilt("cogpp-server, cogpp-worker or bench/models")
    text = f"{rates[own.name]:,.0f} events/s"
    if cog:
        text += f" = {ratio(rates[own.name], rates[cog.name]):.1f} × Cog"
    return [Outcome(text, rates[own.name] >= 100_000)]


def events_per_second(series):
    """Of whole streams; refusals (Cog's 409 after a stream) do not count."""
    streams, outputs = series.total("ok"), series.total("output_events")
    broken = series.total("unexpected") + series.total("errors") + series.total("error_events")
    if not streams or broken or outputs != streams * CHUNKS:
        raise BenchError(
            f"{series.name}: {outputs} events in {streams} streams of {CHUNKS}, {broken} broken"
        )
    return CHUNKS / series.latency("mean") * 1e6


def data_url_in(bench):
    return transfer(bench, "path_in", bench.data_url_body(FILE_BYTES), check_size, bench.cogpp)


def file_out(bench):
    body = bench.body("size", {"size": FILE_BYTES})
    return transfer(bench, "file_out", body, check_data_url, bench.cogpp)


def transfer(bench, model, body, check, start):
    """MiB of file per second, one request after the other."""
    with contextlib.ExitStack() as stack:
        own, cog, both = pair(bench, stack, model, start)
        for one in both:
            check(one.name, one.predict_ok(body))
        title = f"{FILE_MIB} MiB, {own.name.removeprefix('cogpp ') if own else model}"
        plan = bench.plan.at_least(TRANSFER_SECONDS)
        series = bench.compare(title, both, same(Load(1, body_file=body)), plan)
    for name, one in series.items():
        if any(not report["ok"] for report in one.reports):
            raise BenchError(f"{name} had no answer in a window of {plan.seconds} s")
    rates = {name: FILE_MIB / one.latency("p50") * 1e6 for name, one in series.items()}
    for name, rate in rates.items():
        bench.note(f"MiB per second, {name}", f"{rate:,.0f}")
    if own is None:
        raise NotBuilt("cogpp-server, cogpp-worker or bench/models")
    text = f"{rates[own.name]:,.0f} MiB/s"
    if cog is None:
        return [Outcome(text + "; Cog not available")]
    share = ratio(rates[own.name], rates[cog.name])
    return [Outcome(f"{text} = {share:.1f} × Cog's {rates[cog.name]:,.0f}", share >= 8)]


def check_size(name, output):
    if not output.startswith(f"{FILE_BYTES} /"):
        raise BenchError(f"{name}: the predictor saw '{output[:100]}'")


def check_data_url(name, output):
    length = len(output.partition(",")[2]) * 3 // 4 - output[-2:].count("=")
    if not output.startswith("data:") or length != FILE_BYTES:
        raise BenchError(f"{name}: the output has {length} bytes, not {FILE_BYTES}")


def files_left(bench):
    """Counts what predictions with files leave in the temporary folder, and proves
    that this is the folder which they used."""
    tmp = os.path.join(bench.scratch, "files_left")
    os.mkdir(tmp)
    small = bench.body("small", {"file": "data:text/plain;base64,aGVsbG8="})
    with bench.cogpp("path_in", tmp=tmp) as server:
        before = tree(tmp)
        for _ in range(100):
            used = server.predict_ok(small).partition(" ")[2]
        if not os.path.realpath(used).startswith(os.path.realpath(tmp) + os.sep):
            raise BenchError(f"the predictor's input was {used}, which is outside of TMPDIR")
        left = sorted(tree(tmp) - before)
    size = bench.body("small_out", {"size": 1000})
    with bench.cogpp("file_out", tmp=tmp) as server:
        before = tree(tmp)
        for _ in range(100):
            server.predict_ok(size)
        left += sorted(tree(tmp) - before)
    after_exit = tree(tmp)
    text = f"{len(left)} after 200 predictions, {len(after_exit)} after the servers' end"
    if left or after_exit:
        text += f" (as {(left or sorted(after_exit))[0]})"
    return [Outcome(text, not left and not after_exit)]


def tree(folder):
    return {
        os.path.join(path, name)
        for path, folders, files in os.walk(folder)
        for name in folders + files
    }
