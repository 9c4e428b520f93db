"""Rows about Python predictors: the predict.py of bench/cog, run by the same interpreter
with the same package `cog`, once by Cog's own server and once by cogpp's."""

import contextlib
import statistics
import time

from harness.bench import Load, Outcome, ratio, same
from harness.measure import BenchError, Series, progress, run_load
from harness.receiver import Receiver
from harness.rows_payload import check_data_url, check_size, FILE_BYTES, transfer
from harness.rows_start import spread_text, start_times

CLIENTS = 64
ASYNC_SLOTS = 64
WEBHOOK_CLIENTS = 8
DELIVERY_LIMIT = 30.0


def both(bench, stack, model, slots=1, flags=()):
    """(cogpp, Cog). Without Cog's environment there is no interpreter for cogpp either."""
    own = stack.enter_context(bench.cogpp_python(model, slots, flags))
    return own, stack.enter_context(bench.cog.start(model, slots))


def to_cog(own, cog):
    return f"{own:,.0f}/s = {ratio(own, cog):.1f} × Cog's {cog:,.0f}"


def noop(bench):
    body = bench.noop_body()
    outcomes = []
    for model, slots in (("noop", 1), ("noop_async", ASYNC_SLOTS)):
        with contextlib.ExitStack() as stack:
            own, cog = both(bench, stack, model, slots)
            load = same(Load(CLIENTS, body_file=body))
            series = bench.compare(f"Python {model}, {CLIENTS} connections", [own, cog], load)
        rates = [series[one.name].ok_per_second() for one in (own, cog)]
        outcomes.append(Outcome(to_cog(*rates), ratio(*rates) >= 2))
    return outcomes


def queue(bench):
    """One slot: with a queue every client is served, and none waits much longer than its turn."""
    body = bench.noop_body()
    with contextlib.ExitStack() as stack:
        own, cog = both(bench, stack, "noop", flags=["--queue", str(CLIENTS)])
        alone = bench.compare("Python noop with a queue, 1 connection", [own],
                              same(Load(1, body_file=body)))
        series = bench.compare(f"Python noop with a queue, {CLIENTS} connections", [own, cog],
                               same(Load(CLIENTS, body_file=body)))
    one = series[own.name]
    rates = one.ok_per_second(), series[cog.name].ok_per_second()
    refused = one.total("answers") - one.total("ok") + one.total("errors")
    turns = one.latency("p99") / (CLIENTS * alone[own.name].latency("mean"))
    text = f"{to_cog(*rates)}, {refused} not 200, p99 {one.latency('p99') / 1e3:,.1f} ms"
    text += f" = {turns:.2f} × 64 × service time"
    return [Outcome(text, not refused and ratio(*rates) >= 10 and turns <= 2)]


def webhooks(bench):
    """Predictions whose completed events go to a receiver; until the last one has come."""
    with contextlib.ExitStack() as stack:
        own, cog = both(bench, stack, "noop_async", ASYNC_SLOTS)
        receiver = stack.enter_context(Receiver())
        body = bench.body("webhook", {"text": "world"}, webhook=receiver.url,
                          webhook_events_filter=["completed"])
        load = Load(WEBHOOK_CLIENTS, body_file=body)
        rates = {own.name: [], cog.name: []}
        series = {name: Series(name, load) for name in rates}
        for number in range(bench.plan.windows + 1):
            for server in (own, cog):
                progress(f"window {number} of {bench.plan.windows}: {server.name}")
                rate, report = deliveries(bench, server, load, receiver)
                if number:  # The first warms up.
                    rates[server.name].append(rate)
                    series[server.name].reports.append(report)
    progress("")
    bench.measured += [("predictions with a webhook", one) for one in series.values()]
    medians = [statistics.median(rates[one.name]) for one in (own, cog)]
    return [Outcome(to_cog(*medians), ratio(*medians) >= 2)]


def deliveries(bench, server, load, receiver):
    """Webhooks per second of one window; every prediction's must come."""
    before, started = receiver.count, time.monotonic()
    report = run_load(bench.plan, server.port, load, bench.plan.seconds, warmup=0)
    deadline = time.monotonic() + DELIVERY_LIMIT
    while receiver.count - before < report["ok"]:
        if time.monotonic() > deadline:
            raise BenchError(f"{server.name}: {report['ok']} predictions, but only"
                             f" {receiver.count - before} webhooks")
        time.sleep(0.001)
    # Predictions that ended after the window have sent theirs as well.
    time.sleep(0.05)
    return (receiver.count - before) / (receiver.last - started), report


def data_in(bench):
    return transfer(bench, "path_in", bench.data_url_body(FILE_BYTES), check_size,
                    bench.cogpp_python)


def file_out(bench):
    return transfer(bench, "file_out", bench.body("size", {"size": FILE_BYTES}), check_data_url,
                    bench.cogpp_python)


def start(bench):
    own = start_times(bench, lambda: bench.cogpp_python("noop"))
    cog = start_times(bench, lambda: bench.cog.start("noop"))
    share = ratio(statistics.median(own), statistics.median(cog))
    return [Outcome(f"{spread_text(own)} = {share:.2f} × Cog's {spread_text(cog)}", share <= 0.6)]
