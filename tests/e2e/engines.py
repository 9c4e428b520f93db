"""A real container engine of the tests' own: a dockerd with its data, its socket and its
bridge beside those of the machine, started by the script that needs it and ended with it.

    with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
        engine.use_in(s)                      # the commands of the scenario talk to it
        image = model_image(engine, s)        # an image of the scenario's C++ predictor
        s.ok("predict", image, "-i", "text=hello")

engine.base() is the name of a small Debian or Ubuntu with Python and tini, made once by
mmdebstrap; engine.docker("tag", engine.base(), NAME) gives it to Dockerfiles that begin
with NAME. Registry() of registries.py is the registry beside it.

Data and base stay in ~/.cache/cogpp/e2e-engine (or $COGPP_E2E_ENGINE); one script at a time
uses them. It needs root and what tools/bootstrap --tests installs. Others may name an engine
that runs already: COGPP_E2E_ENGINE=unix:///var/run/docker.sock.
"""

import ctypes
import fcntl
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile

from scenario import SKIPPED, Failure, check, need_root, stop, wait_for

DOCKER = "/usr/bin/docker"  # the distribution's; another one in PATH may lack its builder
PACKAGES = "ca-certificates,python3,python3-pip,python3-venv,tini"
BASE_REVISION = 1
PR_SET_PDEATHSIG = 1


def place_of_engine():
    place = os.environ.get("COGPP_E2E_ENGINE")
    return place or str(pathlib.Path.home() / ".cache/cogpp/e2e-engine")


def is_own(place):
    return "://" not in place


def need_own_engine(why):
    """Ends the script where the engine that it would use is somebody else's."""
    if not is_own(place_of_engine()):
        print(f"skipped: {why}: not on the engine of COGPP_E2E_ENGINE")
        raise SystemExit(SKIPPED)


def need(*programs):
    for program in programs:
        check(shutil.which(program), f"{program} is missing; run tools/bootstrap --tests")


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Engine:
    """Use as a context manager. `host` is its DOCKER_HOST. `place` is a folder for an engine of
    another script's own, with nothing in it."""

    def __init__(self, place=None):
        need(DOCKER)
        usual = place_of_engine()
        self.own = place is not None or is_own(usual)
        self.archives = pathlib.Path(usual) if is_own(usual) else pathlib.Path.home() / ".cache/cogpp/e2e-engine"
        self.root = pathlib.Path(place or self.archives)
        self.host = f"unix://{self.root}/docker.sock" if self.own else usual
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()
        self.bridge = "cogpp" + digest[:8]
        self.subnet = f"10.214.{int(digest[:2], 16)}.1/24"
        self.process = None
        self.others = []

    def __enter__(self):
        self.archives.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.root / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        try:
            if self.own:
                self.start()
            check(self.answers(), f"no container engine answers at {self.host}")
            self.others = [] if self.own else self.containers()
            self.remove_containers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            if self.process.poll() is None and self.answers():
                self.remove_containers()
            self.process.terminate()
            self.process.wait(60)
            subprocess.run(["ip", "link", "delete", self.bridge], capture_output=True)
            self.log.close()
        self.lock.close()

    def start(self):
        need_root("start a container engine for the tests",
                  "; or name one that runs: COGPP_E2E_ENGINE=unix:///var/run/docker.sock")
        need("dockerd", "containerd", "ip", "iptables")
        self.end_left_over()
        subprocess.run(["ip", "link", "delete", self.bridge], capture_output=True)
        for words in (["link", "add", self.bridge, "type", "bridge"], ["addr", "add", self.subnet, "dev", self.bridge],
                      ["link", "set", self.bridge, "up"]):
            done = subprocess.run(["ip", *words], capture_output=True, text=True)
            check(done.returncode == 0, f"ip {words}: {done.stderr}")
        self.log = open(self.root / "log", "wb")
        self.process = subprocess.Popen(
            ["dockerd", "--bridge", self.bridge, "--data-root", self.root / "data", "--exec-root", self.root / "exec",
             "--pidfile", self.root / "pid", "--host", self.host, "--log-level", "warn"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, preexec_fn=end_with_parent)
        wait_for(self.started, "dockerd answers", 240)

    def end_left_over(self):
        """One whose script was killed; the lock says that nobody uses it."""
        for program in ("pid", "exec/containerd/containerd.pid"):
            try:
                pid = int((self.root / program).read_text())
                line = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
            except (OSError, ValueError):
                continue
            if str(self.root) in line:
                os.kill(pid, signal.SIGTERM)
                wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists(), f"{line} ends", 60)
        (self.root / "pid").unlink(missing_ok=True)

    def started(self):
        check(self.process.poll() is None, f"dockerd ended: {(self.root / 'log').read_text()[-4000:]}")
        return (self.root / "docker.sock").exists() and self.answers()

    def answers(self):
        return self.call("version", "--format", "{{.Server.Version}}").returncode == 0

    def call(self, *words, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        environment = dict(os.environ, DOCKER_HOST=self.host, DOCKER_BUILDKIT="1")
        return subprocess.run([DOCKER, *words], env=environment, capture_output=True, **options)

    def docker(self, *words, **options):
        """The standard output of a docker command that must succeed."""
        finished = self.call(*words, **options)
        check(finished.returncode == 0, f"docker {words}: {finished.stderr.decode(errors='replace')}")
        return finished.stdout.decode()

    def use_in(self, scenario):
        scenario.environment["DOCKER_HOST"] = self.host
        scenario.environment.pop("DOCKER_CONTEXT", None)
        scenario.environment.pop("COGPP_ENGINE", None)

    def containers(self):
        """Names of all containers that cogpp made, but those that somebody else's engine had before."""
        names = self.docker("ps", "--all", "--filter", "label=run.cogpp.owner", "--format", "{{.Names}}").split()
        return [name for name in names if name not in self.others]

    def remove_containers(self):
        if names := self.containers():
            self.call("rm", "--force", *names)

    def base(self):
        """The name of an image of this machine's distribution, with Python and tini."""
        release = dict(re.findall(r'^(\w+)="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text(), re.M))
        name = f"cogpp-e2e/{release['ID']}-{release['VERSION_CODENAME']}:{BASE_REVISION}"
        if self.call("image", "inspect", name).returncode != 0:
            archive = self.archives / (re.sub("[^a-z0-9]+", "-", name) + ".tar")
            if not archive.exists():
                make_base(release["VERSION_CODENAME"], archive)
            self.docker("import", str(archive), name)
        return name


def make_base(suite, archive):
    need("mmdebstrap")
    part = archive.with_suffix(".part.tar")
    done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", suite, part],
                          capture_output=True, text=True)
    if done.returncode != 0:
        part.unlink(missing_ok=True)
        raise Failure(f"mmdebstrap could not make {suite}: {done.stderr[-4000:]}")
    part.rename(archive)


def libraries_of(programs):
    """What the loader opens for them, and the loader itself, by the names they ask for."""
    found = {}
    for program in programs:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for name, path in re.findall(r"^\s*(?:(\S+) => )?(/\S+) \(", listed, re.M):
            found[name.rsplit("/", 1)[-1] if name else path] = path
    return found


def add_text(archive, name, text):
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(text.encode()), 0o644
    archive.addfile(info, io.BytesIO(text.encode()))


def model_layer(scenario, library, schema):
    """A root filesystem with cogpp's server and worker and one compiled predictor."""
    programs = [scenario.bin / "cogpp-server", scenario.bin / "cogpp-worker"]
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", dereference=True) as archive:
        for program in programs:
            archive.add(program, f"usr/bin/{program.name}")
        for name, path in libraries_of([*programs, library]).items():
            archive.add(path, name.lstrip("/") if name.startswith("/") else f"usr/lib/cogpp-e2e/{name}")
        archive.add(library, "src/predictor.so")
        add_text(archive, "src/.cog/openapi_schema.json", schema)
        for folder in ("tmp", "dev", "proc", "sys"):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o1777
            archive.addfile(info)
    return layer.getvalue()


def load_image(engine, name, layer, config):
    """An image of one layer, in the form of `docker save`."""
    document = json.dumps({
        "architecture": engine.docker("version", "--format", "{{.Server.Arch}}").strip(), "os": "linux",
        "config": config, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
    })
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        add_text(archive, "config.json", document)
        add_text(archive, "manifest.json", json.dumps(manifest))
        info = tarfile.TarInfo("layer.tar")
        info.size = len(layer)
        archive.addfile(info, io.BytesIO(layer))
    engine.docker("load", input=whole.getvalue(), stdin=None)


def compiled_library(scenario):
    """Where in the cache the scenario's predictor is: the worker's command line tells."""
    serving = scenario.start("serve", "--debug", "-p", "0")
    shown = ""
    for line in serving.stderr:
        shown += line.decode()
        if library := re.search(r"--library (\S+)", shown):
            serving.stderr.close()
            stop(serving)
            return library.group(1)
    raise Failure(f"cogpp serve --debug names no library: {shown}")


def model_image(engine, scenario, name="cogpp-e2e-model:latest", gpu=False, labels=None, environment=(), flags=()):
    """An image of the scenario's C++ predictor. `labels` replace Cog's, `flags` go to the
    server."""
    schema = scenario.ok("schema")
    library = compiled_library(scenario)
    worker = ["/usr/bin/cogpp-worker", "--library", "/src/predictor.so", "--project", "/src"]
    config = {
        "Env": ["PATH=/usr/bin:/bin", "LD_LIBRARY_PATH=/usr/lib/cogpp-e2e", *environment],
        "Cmd": ["cogpp-server", "--host", "0.0.0.0", "--port", "5000", "--project", "/src", *flags, "--", *worker],
        "WorkingDir": "/src", "ExposedPorts": {"5000/tcp": {}},
        "Labels": labels if labels is not None else {
            "run.cog.version": "0.22.0", "run.cog.openapi_schema": schema,
            "run.cog.config": json.dumps({"build": {"gpu": gpu}, "predict": "predict.cpp:Predictor"}),
        },
    }
    load_image(engine, name, model_layer(scenario, library, schema), config)
    return name
