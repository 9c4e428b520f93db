"""With uv in PATH the environment is made through it, once, also for two commands at the
same time; without it one is fetched for all projects. A small program stands for uv: it does
the same with venv and pip."""

import socket
import stat
import sys
import zipfile

from installers import tell_nothing, without_uv
from scenario import TIMEOUT, Scenario, contains, equal, stop, wait_for

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
UV = """\
#!/bin/sh
echo "$*" >> {log}
case "$1 $2" in
  "venv --no-project") exec "$5" -m venv "$6" ;;
  "pip install") python=$4; shift 4
    exec "$python" -m pip install --disable-pip-version-check "$@" ;;
esac
exit 2
"""
FILES = {
    "cog.yaml": f"build:\n  python_version: \"{VERSION}\"\n  python_packages: [six==1.17.0]\n"
                "run: predict.py:run\n",
    "predict.py": "import six\n\ndef run(text: str) -> str:\n    return text + six.__version__\n",
}


def publish(scenario, script):
    """A folder of packages with a uv that is the script; pip and uv are told of it."""
    folder = scenario.root / "packages"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "uv-9999-py3-none-any.whl", "w") as wheel:
        program = zipfile.ZipInfo("uv-9999.data/scripts/uv")
        program.external_attr = (stat.S_IFREG | 0o755) << 16
        wheel.writestr(program, script)
        wheel.writestr("uv-9999.dist-info/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 9999\n")
        wheel.writestr("uv-9999.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
        wheel.writestr("uv-9999.dist-info/RECORD", "")
    scenario.environment["PIP_FIND_LINKS"] = scenario.environment["UV_FIND_LINKS"] = str(folder)


def calls_of_uv(scenario):
    log = scenario.root / "uv.log"
    calls = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [" ".join(call.split()[:2]) for call in calls]


def project(scenario, packages):
    scenario.write("cog.yaml", FILES["cog.yaml"].replace("[six==1.17.0]", packages))
    scenario.write("predict.py", "def run(text: str) -> str:\n    return text\n")


with Scenario(files=FILES) as s:
    uv = s.root / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(UV.format(log=s.root / "uv.log"))
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    s.environment["PATH"] = f"{uv.parent}:{s.environment['PATH']}"
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")  # nothing is there yet

    started = [s.start("predict", "-i", f"text={name}", "--python", sys.executable)
               for name in "ab"]
    outputs = []
    messages = ""
    for process in started:
        out, err = process.communicate(timeout=TIMEOUT)
        equal(process.returncode, 0, err.decode())
        outputs.append(out.decode())
        messages += err.decode()
    equal(outputs, ["a1.17.0\n", "b1.17.0\n"], messages)
    equal(messages.count("Making the environment"), 1, messages)

    calls = (s.root / "uv.log").read_text().splitlines()
    equal([" ".join(call.split()[:2]) for call in calls],
          ["venv --no-project", "pip install", "pip install"], "what uv was asked")
    contains(calls[1], "--no-deps cog==")
    installed = s.ok("exec", "--python", sys.executable, "python", "-m", "pip", "freeze")
    contains(installed, "six==1.17.0")
    contains(installed, "cog==0.22.0")
    equal([line for line in installed.splitlines() if line.startswith("coglet")], [])

    # Not where that is not wanted.
    calls_of_uv(s)
    s.environment["COGPP_NO_UV"] = "1"
    project(s, "[six==1.16.0]")
    equal(s.ok("predict", "-i", "text=n", "--python", sys.executable), "n\n")
    equal((calls_of_uv(s), list(s.root.rglob("tools/uv"))), ([], []), "uv with COGPP_NO_UV")


OWN_UV = UV.replace('case "$1 $2" in', """echo "$UV_INDEX_STRATEGY" > {log}.strategy
case "$1 $2" in
  "--version ") exit ;;""")

with Scenario(files=FILES) as s:
    without_uv(s)
    tell_nothing(s)
    place = s.root / "cache/cogpp/python/tools/uv"
    publish(s, OWN_UV.format(log=s.root / "uv.log"))

    # Not for a project without packages: cog itself alone is nothing to fetch it for.
    project(s, "[]")
    equal(s.ok("predict", "-i", "text=a", "--python", sys.executable), "a\n")
    equal((calls_of_uv(s), place.exists()), ([], False), "uv where nothing is to be installed")

    # Fetched once, for two projects at the same time; then it is there for all.
    project(s, "[six==1.17.0]")
    other = s.root / "other"
    other.mkdir()
    (other / "cog.yaml").write_text(FILES["cog.yaml"].replace("1.17.0", "1.16.0"))
    (other / "predict.py").write_text(FILES["predict.py"])
    started = [s.start("predict", "-i", "text=a", "--python", sys.executable, cwd=cwd) for cwd in (s.project, other)]
    said = [process.communicate(timeout=TIMEOUT) for process in started]
    equal([out for out, _ in said], [b"a\n", b"a1.16.0\n"], str(said))
    equal(sorted(calls_of_uv(s)), ["--version"] + ["pip install"] * 4, "what uv was asked")
    equal(sorted(path.name for path in place.parent.iterdir()), ["uv"])
    equal(list((s.root / "cache/cogpp/python/work").iterdir()), [], "what pip had written beside it")
    strategy = s.root / "uv.log.strategy"
    equal(strategy.read_text(), "unsafe-best-match\n", "as pip, the best of all indexes")
    del s.environment["PIP_FIND_LINKS"]
    project(s, "[six==1.15.0]")
    s.environment["UV_INDEX_STRATEGY"] = "first-index"
    equal(s.ok("predict", "-i", "text=b", "--python", sys.executable), "b\n")
    equal(calls_of_uv(s), ["pip install"] * 2, "what uv was asked later")
    equal(strategy.read_text(), "first-index\n", "the user's own")
    del s.environment["UV_INDEX_STRATEGY"]

    # What pip is told of versions uv is not told, though it may have been told of an index.
    (s.root / "limits.txt").write_text("six<1.14\n")
    s.environment["PIP_CONSTRAINT"] = str(s.root / "limits.txt")
    project(s, "[six]")
    equal(s.ok("exec", "--python", sys.executable, "python", "-c", "import six; print(six.__version__)"), "1.13.0\n")
    equal(calls_of_uv(s), [], "what uv was asked beside pip's constraints")
    del s.environment["PIP_CONSTRAINT"]

    # Where nobody is told anything, it is uv; where pip is told of an index and uv is not, pip.
    tell_nothing(s)
    project(s, "[six==1.14.0]")
    equal(s.ok("predict", "-i", "text=c", "--python", sys.executable), "c\n")
    equal(calls_of_uv(s), ["pip install"] * 2, "what uv was asked where nobody is told anything")
    s.environment["PIP_EXTRA_INDEX_URL"] = "http://127.0.0.1:9/"
    s.environment["PIP_RETRIES"] = "0"
    project(s, "[six==1.12.0]")
    finished = s.run("predict", "-i", "text=c", "--python", sys.executable)
    equal((finished.out, calls_of_uv(s)), ("c\n", []), str(finished))

# What does not start here, and what cannot do it, costs a line.
with Scenario(files=FILES) as s:
    without_uv(s)
    tell_nothing(s)
    for script, line in (("#!/bin/sh\necho no such thing >&2\nexit 1\n", "Going on without uv, which would be faster: it does not start on this machine: no such thing"),
                         ('#!/bin/sh\ntest "$1" = --version\n', "uv could not do it; going on with pip")):
        publish(s, script)
        project(s, "[six==1.17.0]" if "does not start" in line else "[six==1.16.0]")
        finished = s.run("predict", "-i", "text=d", "--python", sys.executable)
        equal(finished.out, "d\n", str(finished))
        equal(finished.err.count(line), 1, finished.err)

# What cannot be had costs a line, with pip's reason; here pip cannot have cog either.
with Scenario(files=FILES) as s:
    without_uv(s)
    tell_nothing(s)
    s.environment.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(s.root), UV_FIND_LINKS=str(s.root))
    contains(s.fails("predict", "-i", "text=d", "--python", sys.executable),
             "faster: pip could not install it: No matching distribution found for uv (COGPP_NO_UV=1 leaves it out)\n")

# Ctrl-C while it is fetched ends the command, and leaves nothing.
with Scenario(files=FILES) as s, socket.create_server(("127.0.0.1", 0)) as index:
    without_uv(s)
    tell_nothing(s)
    address = f"http://127.0.0.1:{index.getsockname()[1]}/"
    s.environment.update(PIP_INDEX_URL=address, UV_DEFAULT_INDEX=address)
    process = s.start("predict", "-i", "text=a", "--python", sys.executable)
    index.settimeout(TIMEOUT)
    with index.accept()[0]:  # pip asks for uv, and gets no answer
        equal(stop(process), 1, "status")
    contains(process.stderr.read().decode(), "Interrupted")
    equal([path for kind in ("environments", "work", "tools")
           for path in (s.root / "cache/cogpp/python" / kind).glob("*") if path.is_dir()],
          [], "what is left")

# Ctrl-C while uv is asked for an interpreter ends the command.
with Scenario(files={**FILES, "cog.yaml": FILES["cog.yaml"].replace(VERSION, "3.77")}) as s:
    uv = s.root / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f"#!/bin/sh\ntouch {s.root}/asked\nexec sleep 60\n")
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    s.environment["PATH"] = f"{uv.parent}:/usr/bin:/bin"
    process = s.start("predict", "-i", "text=a")
    wait_for((s.root / "asked").exists, "uv is asked")
    equal(stop(process), 1, "status")
    contains(process.stderr.read().decode(), "Interrupted")
