"""Rows about images: built by an engine and without one, pushed, started.

Engine and registry are those of tests/e2e: a dockerd of its own, Debian's docker-registry.
"""

import contextlib
import os
import shutil
import statistics
import sys
import time

from harness.bench import NotBuilt, Outcome
from harness.measure import BenchError, progress
from harness.processes import free_port, health
from harness.rows_start import copy_example, run_command, spread_text

MB = 1e6
IMAGE = "cogpp-bench/hello:1"
MEBIBYTE = 1 << 20
EMPTY_TAR = bytes(10240)


def images(bench):
    """Rebuilds, builds without an engine, a push of large weights, and the start."""
    sys.path.insert(0, os.path.join(bench.root, "tests", "e2e"))
    engines, registries, scenario = import_parts()
    project = copy_example(bench, "hello")
    base = os.path.join(bench.scratch, "base")
    registries.write_layout(base, [EMPTY_TAR])
    with contextlib.ExitStack() as stack:
        engine, reason = None, ""
        try:
            engine = stack.enter_context(engines.Engine())
        except scenario.Failure as failure:
            reason = f"needs a container engine: {failure}"
        try:
            rows = measured_rows(bench, engine, reason, project, base, registries)
        except scenario.Failure as failure:
            raise BenchError(str(failure)) from failure
    return [Outcome(row) if isinstance(row, str) else row for row in rows]


def measured_rows(bench, engine, reason, project, base, registries):
    """Where there is no engine, the reason takes the place of what it would do."""
    compile_seconds = compile_time(bench, project)
    rows = rebuilds(bench, engine, project, compile_seconds) if engine else [reason, reason]
    rows.append(daemonless(bench, project, base, compile_seconds))
    rows.append(started(engine) if engine else reason)
    if engine:
        engine.call("rmi", "--force", IMAGE)
    with registries.Registry(os.path.join(bench.scratch, "registry")) as registry:
        rows.append(push(bench, engine, registry, project, base))
    return rows


def import_parts():
    """What the end-to-end tests have for engines and registries."""
    try:
        import engines
        import registries
        import scenario
    except ImportError as error:
        raise NotBuilt(f"tests/e2e ({error})") from error
    return engines, registries, scenario


def cogpp(bench, project, *words, env=None):
    """Seconds that the command took."""
    command = [bench.program("bin/cogpp"), *words]
    return run_command(command, project, dict(os.environ, **(env or {})))


def change_line(project):
    """Another text in the source, never the same twice."""
    path = os.path.join(project, "predict.cpp")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    mark = f'"Hello {time.monotonic_ns()}, "'
    begin = text.index('"Hello')
    text = text[:begin] + mark + text[text.index('"', begin + 1) + 1 :]
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def changed_times(bench, project, *words, env=None):
    times = []
    for _ in range(bench.times(5, 3)):
        change_line(project)
        times.append(cogpp(bench, project, *words, env=env))
    return times


def compile_time(bench, project):
    """Seconds to compile the changed predictor here, which is what a rebuild cannot save."""
    output = os.path.join(bench.scratch, "compiled")
    words = ("compile", "--output", output)
    cogpp(bench, project, *words)
    seconds = statistics.median(changed_times(bench, project, *words))
    bench.note("cogpp compile, one line changed", f"{seconds * 1e3:.0f} ms")
    return seconds


def in_milliseconds(times):
    return spread_text([seconds * 1e3 for seconds in times])


def rebuilds(bench, engine, project, compile_seconds):
    from images import native_base

    native_base(engine)
    env = {"DOCKER_HOST": engine.host}
    words = ("build", "-t", IMAGE, "--progress", "quiet")
    progress("the first build makes the base images")
    first = cogpp(bench, project, *words, env=env)
    bench.note("cogpp build, the first", f"{first:.1f} s, with base images where they are missing")
    cogpp(bench, project, *words, env=env)
    same = [cogpp(bench, project, *words, env=env) for _ in range(bench.times(7, 3))]
    changed = changed_times(bench, project, *words, env=env)
    limit = compile_seconds + 2
    progress("")
    return [
        Outcome(in_milliseconds(same), statistics.median(same) <= 1),
        Outcome(
            f"{in_milliseconds(changed)}, limit {limit * 1e3:.0f} ms",
            statistics.median(changed) <= limit,
        ),
    ]


def daemonless(bench, project, base, compile_seconds):
    words = ("build", "--output", f"oci:{bench.scratch}/layout", "--base", f"oci:{base}")
    cogpp(bench, project, *words)
    same = [cogpp(bench, project, *words) for _ in range(bench.times(7, 3))]
    changed = changed_times(bench, project, *words)
    met = statistics.median(same) <= 1 and statistics.median(changed) <= compile_seconds + 2
    return Outcome(f"{in_milliseconds(same)} / {in_milliseconds(changed)}", met)


def started(engine):
    """From `docker run` to the first READY, beside what the engine takes for nothing."""
    times, floor = [], []
    for number in range(6):
        progress(f"start {number}")
        port = free_port()
        began = time.monotonic()
        container = engine.docker("run", "--detach", "--publish", f"127.0.0.1:{port}:5000", IMAGE).strip()
        try:
            while health(port) != "READY":
                if time.monotonic() - began > 60:
                    raise BenchError(f"{IMAGE} is not READY after 60 s")
                time.sleep(0.005)
            times.append(time.monotonic() - began)
        finally:
            engine.call("rm", "--force", container)
        began = time.monotonic()
        engine.docker("run", "--rm", "--entrypoint", "/bin/true", IMAGE)
        floor.append(time.monotonic() - began)
    progress("")
    return Outcome(f"{in_milliseconds(times[1:])}; `docker run` of /bin/true {in_milliseconds(floor[1:])}")


def push(bench, engine, registry, project, base):
    """Weights that do not get smaller, as weights are."""
    size = (512 if bench.quick else 2048) * MEBIBYTE
    with open(os.path.join(project, "weights.bin"), "wb") as file:
        for _ in range(size // (64 * MEBIBYTE)):
            file.write(os.urandom(64 * MEBIBYTE))
    layout, archive = os.path.join(bench.scratch, "large"), os.path.join(bench.scratch, "large.tar")
    flags = ("-t", f"{registry.name}/docker:1", "--base", f"oci:{base}", "--output")
    try:
        seconds = cogpp(bench, project, "build", *flags, f"oci:{layout}:large")
        bench.note("cogpp build --output oci:, the weights new", rate_text(size, seconds))
        own = push_times(bench, registry, project, layout)
        bench.note("skopeo copy of the same layout", rate_text(size, skopeo(registry, layout)))
        kept = skopeo(registry, layout, "--preserve-digests")
        bench.note("skopeo copy --preserve-digests", rate_text(size, kept))
        peers = f"skopeo copy --preserve-digests {size / MB / kept:.0f} MB/s"
        if engine:
            cogpp(bench, project, "build", *flags, f"tar:{archive}")
            pushed = docker_push(engine, archive, f"{registry.name}/docker:1")
            bench.note("docker push of the same image", rate_text(size, pushed))
            peers += f", docker push {size / MB / pushed:.0f} MB/s"
    finally:
        os.remove(os.path.join(project, "weights.bin"))
        shutil.rmtree(layout, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.remove(archive)
    rate = size / MB / statistics.median(own)
    return Outcome(f"{rate:.0f} MB/s ({in_milliseconds(own)}); {peers}", rate >= 500)


def rate_text(size, seconds):
    return f"{seconds:.1f} s, {size / MB / seconds:.0f} MB/s"


def push_times(bench, registry, project, layout):
    """Each to a repository of its own, which lacks every layer, and without a cache that knows
    which other repository could lend them."""
    times = []
    for number in range(bench.times(5, 3)):
        progress(f"push {number + 1}")
        os.sync()
        env = {"XDG_CACHE_HOME": os.path.join(bench.scratch, f"cache{number}")}
        name = f"{registry.name}/own{number}"
        times.append(cogpp(bench, project, "push", name, "--from", f"oci:{layout}", env=env))
    progress("")
    return times[1:]  # The first finds nothing in the page cache.


def skopeo(registry, layout, *flags):
    progress("skopeo copy")
    os.sync()
    name = "kept" if flags else "copied"
    seconds = run_command(
        ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", *flags,
         f"oci:{layout}:large", f"docker://{registry.name}/{name}"], registry.root)
    progress("")
    return seconds


def docker_push(engine, archive, name):
    progress("docker load")
    engine.docker("load", "--input", archive)
    os.sync()
    progress("docker push")
    began = time.monotonic()
    engine.docker("push", name)
    seconds = time.monotonic() - began
    engine.call("rmi", "--force", name)
    progress("")
    return seconds
