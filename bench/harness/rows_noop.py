"""Rows about no-op predictions: what the server itself costs."""

import contextlib

from harness.bench import Load, NotBuilt, Outcome, Target, ratio, same
from harness.measure import BenchError, progress

SLOTS = 8
COG_SLOTS = 64
IDLE_CLIENTS = 500
MIB = 1024 * 1024


def start_if_possible(bench, stack, start, note):
    """A contender, or None with a note where it cannot be had."""
    try:
        return stack.enter_context(start())
    except NotBuilt as missing:
        bench.note(note, f"not built: {missing}")
    except BenchError as error:
        bench.note(note, f"not measured: {error}")
    return None


def best(series, names, value):
    """The best of a peer's variants; None where none of them has a good answer."""
    values = [value(series[name]) for name in names if name in series and series[name].total("ok")]
    return values or None


def throughput_and_latency(bench):
    """No-op predictions at 1, 8 and 64 connections, everybody in the same run."""
    with contextlib.ExitStack() as stack:
        floor = stack.enter_context(bench.floor())
        httplib = stack.enter_context(bench.httplib())
        own = start_if_possible(
            bench, stack, lambda: bench.cogpp("noop", SLOTS), "cogpp, no-op predictor"
        )
        slots = start_if_possible(
            bench, stack, lambda: bench.cog.start("noop_async", COG_SLOTS), "Cog, async no-op"
        )
        sync = start_if_possible(bench, stack, lambda: bench.cog.start("noop"), "Cog, sync no-op")
        cogs = [one for one in (slots, sync) if one]
        everybody = [one for one in (own, floor, httplib, *cogs) if one]
        load = Load(body_file=bench.noop_body())
        results = {}
        for connections in (1, 8, 64):
            load = Load(connections, body_file=load.body_file)
            title = f"no-op, {connections} connection" + ("s" if connections > 1 else "")
            results[connections] = bench.compare(title, everybody, same(load))
        open_loop(bench, everybody, results[8], load.body_file)
    names = [one.name for one in cogs]
    cog_rate = best(results[8], names, lambda series: series.ok_per_second())
    cog_p50 = best(results[1], names, lambda series: series.latency("p50"))
    if own is None:
        raise NotBuilt("cogpp-server, cogpp-worker or bench/models")
    return [
        judge_rate(results[8], own.name, floor.name, httplib.name, cog_rate and max(cog_rate)),
        judge_p50(results[1][own.name], cog_p50 and min(cog_p50)),
        judge_p99(results[8][own.name], cog_p50 and min(cog_p50)),
        describe_64(results[64][own.name]),
    ]


def judge_rate(series, own, floor, httplib, cog_rate):
    rate = series[own].ok_per_second()
    to_httplib = ratio(rate, series[httplib].ok_per_second())
    text = f"{rate:,.0f}/s = {to_httplib:.2f} × httplib, "
    text += f"{ratio(rate, series[floor].ok_per_second()):.2f} × floor"
    if not cog_rate:
        return Outcome(text + "; Cog not available")
    to_cog = ratio(rate, cog_rate)
    return Outcome(f"{text}, {to_cog:.1f} × Cog", to_cog >= 20 and to_httplib >= 0.5)


def judge_p50(series, cog_p50):
    p50 = series.latency("p50")
    if not cog_p50:
        return Outcome(f"{p50:.0f} µs; Cog not available")
    share = ratio(p50, cog_p50)
    return Outcome(f"{p50:.0f} µs = {share:.2f} × Cog's {cog_p50:.0f} µs", share <= 0.15)


def judge_p99(series, cog_p50):
    p99 = series.latency("p99")
    if not cog_p50:
        return Outcome(f"{p99:.0f} µs; Cog not available")
    return Outcome(f"{p99:.0f} µs; Cog's p50 is {cog_p50:.0f} µs", p99 < cog_p50)


def describe_64(series):
    statuses = ", ".join(f"{count:,} × {status}" for status, count in series.statuses().items())
    return Outcome(f"{series.ok_per_second():,.0f}/s good answers ({statuses})")


def open_loop(bench, everybody, closed, body_file):
    """Half of what each reached, at a fixed rate: latency without the wait that a
    closed loop hides."""
    rates = {name: series.ok_per_second() / 2 for name, series in closed.items()}
    able = [one for one in everybody if rates[one.name] >= 1]
    bench.compare(
        "no-op, fixed rate at half of the maximum, 8 connections",
        able,
        lambda one: Load(8, body_file=body_file, rate=rates[one.name]),
    )


def constant_cost(bench):
    """Neither idle clients nor predictions already served may make one dearer."""
    body = bench.noop_body()
    with bench.cogpp("noop", SLOTS) as own:
        alone = Target("cogpp, no idle clients", own.port)
        crowd = Target(f"cogpp, {IDLE_CLIENTS} idle clients", own.port)

        def load_of(one):
            return Load(8, body_file=body, idle=IDLE_CLIENTS if one is crowd else 0)

        series = bench.compare("no-op with idle clients, 8 connections", [alone, crowd], load_of)
        own_memory = own.memory()[0]
        later = bench.compare("no-op, same server later", [alone], load_of)
        grown = own.memory()[0] - own_memory
    progress("")
    share = ratio(series[crowd.name].ok_per_second(), series[alone.name].ok_per_second())
    served = later[alone.name].total("answers")
    return [
        Outcome(f"{share:.2f} × the rate without them", share >= 0.9),
        Outcome(f"{grown / MIB:+.1f} MiB over {served:,} predictions", grown <= MIB),
    ]
