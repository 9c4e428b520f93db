"""Rows about starting, memory, the command line and a real model."""

import base64
import contextlib
import os
import shutil
import statistics
import subprocess
import time

from harness.bench import Load, NotBuilt, Outcome, same
from harness.measure import BenchError, progress
from harness.processes import Process, free_port, health

MB = 1e6
COMPILE_LIMIT = 600  # Seconds: the first `cogpp serve` of a project compiles it.


def start_noop(bench):
    """From the start of the process to the first READY, page cache warm."""
    cog = []
    for _ in range(bench.times(5, 2)):
        try:
            with bench.cog.start("noop") as server:
                cog.append(server.ready_seconds * 1e3)
        except BenchError as error:
            bench.note("start to READY, Cog", f"not measured: {error}")
            break
    if cog:
        bench.note("start to READY, Cog no-op", f"{statistics.median(cog):.0f} ms")
    own = start_times(bench, lambda: bench.cogpp("noop"))
    text = spread_text(own)
    if cog:
        text += f"; Cog {statistics.median(cog):.0f} ms"
    return [Outcome(text, statistics.median(own) <= 50)]


def start_times(bench, start):
    """Milliseconds; the first start, which may read from the disk, does not count."""
    times = []
    for number in range(bench.times(11, 4)):
        progress(f"start {number + 1}")
        with start() as server:
            times.append(server.ready_seconds * 1e3)
    progress("")
    return times[1:]


def spread_text(times):
    return f"{statistics.median(times):.0f} ms ({min(times):.0f}–{max(times):.0f})"


def start_torch(bench):
    vad(bench)
    own = start_times(bench, lambda: start_vad(bench))
    return [Outcome(spread_text(own), statistics.median(own) <= 300)]


def memory_noop(bench):
    try:
        with bench.cog.start("noop") as server:
            bench.note("idle memory, Cog no-op", describe(idle(server)))
    except BenchError as error:
        bench.note("idle memory, Cog no-op", f"not measured: {error}")
    with bench.cogpp("noop") as server:
        used = idle(server)
    return [Outcome(describe(used), used[0] <= 20 * MB)]


def memory_torch(bench):
    with start_vad(bench) as server:
        used = idle(server)
    return [Outcome(describe(used), used[0] <= 150 * MB)]


def idle(server):
    """Resident and proportional bytes of the server and its worker, at rest."""
    time.sleep(0.5)
    return server.memory()


def describe(used):
    return f"{used[0] / MB:.1f} MB resident, {used[1] / MB:.1f} MB proportional"


def vad(bench):
    """How `cogpp serve` runs examples/vad: (worker command, environment). Asked once
    of the real thing, so that nothing of it is guessed here."""
    if "vad" not in bench.found:
        bench.program("lib/cogpp/libcogpp_torch.a")  # else built without libtorch
        project = copy_example(bench, "vad")
        for script in ("weights.sh", "record.sh"):
            run_command([os.path.join(project, script)], project)
        bench.found["recording"] = os.path.join(project, "recording.wav")
        bench.found["vad"] = ask_serve(bench, project)
    return bench.found["vad"]


def ask_serve(bench, project):
    port = free_port()
    command = [bench.program("bin/cogpp"), "serve", "--port", str(port)]
    with Process("cogpp serve", command, bench.scratch, cwd=project) as process:
        await_ready(process, port, COMPILE_LIMIT)
        for pid in process.pids():
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                arguments = [os.fsdecode(one) for one in file.read().split(b"\0")[:-1]]
            if os.path.basename(arguments[0]) == "cogpp-server" and "--" in arguments:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    pairs = [os.fsdecode(one).partition("=") for one in file.read().split(b"\0")]
                environment = {name: value for name, _, value in pairs if name}
                return arguments[arguments.index("--") + 1 :], environment
    raise BenchError("'cogpp serve' runs no 'cogpp-server … -- WORKER'")


def await_ready(process, port, limit):
    deadline = time.monotonic() + limit
    while health(port) != "READY":
        if process.child.poll() is not None or time.monotonic() > deadline:
            raise BenchError(f"{process.name} is not READY: {process.last_words()[-500:]}")
        time.sleep(0.01)


def start_vad(bench):
    """A server with the vad worker, ready."""
    worker, environment = vad(bench)
    return bench.cogpp_worker(worker, "vad", env=environment)


def vad_rate(bench):
    """Voice activity in a recording, one after the other."""
    vad(bench)
    with open(bench.found["recording"], "rb") as file:
        url = "data:audio/wav;base64," + base64.b64encode(file.read()).decode()
    body = bench.body("vad", {"audio": url})
    plan = bench.plan.at_least(3)
    with start_vad(bench) as server:
        server.predict_ok(body)
        series = bench.compare("vad, 1 connection", [server], same(Load(1, body_file=body)), plan)
    one = series[server.name]
    return [Outcome(f"{one.ok_per_second():,.1f} predictions/s, p50 {one.latency('p50'):,.0f} µs")]


def copy_example(bench, name):
    source = os.path.join(bench.root, "examples", name)
    if not os.path.exists(source):
        raise NotBuilt(f"examples/{name}")
    project = os.path.join(bench.scratch, name)
    shutil.copytree(source, project, dirs_exist_ok=True)
    return project


@contextlib.contextmanager
def hello(bench):
    """A copy of examples/hello whose predictor is compiled and cached."""
    command = [bench.program("bin/cogpp"), "predict", "-i", "prompt=test"]
    project = copy_example(bench, "hello")
    run_command(command, project)
    yield command, project


def run_command(command, project, env=None):
    """Seconds that the whole command took."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)
    took = time.monotonic() - started
    if done.returncode != 0:
        name = " ".join([os.path.basename(command[0]), *command[1:2]])
        raise BenchError(f"'{name}' failed: {done.stderr.strip()[-300:]}")
    return took


def command_times(bench, command, project):
    return [run_command(command, project) * 1e3 for _ in range(bench.times(21, 7))]


def predict_command(bench):
    with hello(bench) as (command, project):
        times = command_times(bench, command, project)
    return [Outcome(spread_text(times), statistics.median(times) <= 120)]


def predict_attached(bench):
    with hello(bench) as (command, project):
        port = free_port()
        serve = [command[0], "serve", "--port", str(port)]
        with Process("cogpp serve", serve, bench.scratch, cwd=project) as server:
            await_ready(server, port, limit=30)
            await_file(os.path.join(project, ".cog", "serve.json"))
            times = command_times(bench, command, project)
    return [Outcome(spread_text(times), statistics.median(times) <= 20)]


def await_file(path):
    """`cogpp predict` finds the running server by this file."""
    deadline = time.monotonic() + 5
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise BenchError(f"'cogpp serve' wrote no {path}")
        time.sleep(0.01)
