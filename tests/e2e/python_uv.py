"""With uv in PATH the environment is made through it, once, also for two commands at the
same time. A small program stands for uv: it does the same with venv and pip."""

import stat
import sys

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
