"""What the scenarios of `cogpp build` share: bases under the names that images begin with,
running containers, predictions in them."""

import contextlib
import json
import os
import re
import urllib.error
import urllib.request

from scenario import Scenario, check, wait_for

READY_SECONDS = 120
MEGABYTE = 1_000_000
SLIM = 80 * MEGABYTE  # the slim images of Debian and Ubuntu have less, unpacked
Scenario.timeout = 1100  # an engine may have to make its base images first


def native_base(engine):
    """Gives the engine the image that C++ predictors' images begin with."""
    engine.docker("tag", engine.base(), base_name())


def base_name():
    with open("/etc/os-release", encoding="utf-8") as file:
        release = dict(re.findall(r'^(\w+)="?([^"\n]*)', file.read(), re.M))
    if release["ID"] == "ubuntu":
        return f"ubuntu:{release['VERSION_ID']}"
    return f"debian:{release['VERSION_CODENAME']}-slim"


def python_base(engine, name=None):
    """Gives the engine an image with Python under the name of the official one; returns the
    version, as 3.11."""
    version = engine.docker("run", "--rm", engine.base(), "python3", "-c",
                            "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    recipe = f"FROM {engine.base()}\nRUN ln -sf python3 /usr/bin/python\n"
    engine.docker("build", "--tag", name or f"python:{version}-slim", "-", input=recipe.encode(), stdin=None)
    return version


def forget_steps(engine, image):
    """Takes away the image and cogpp's bases with all that the engine could take again for them."""
    engine.docker("rmi", "--force", image)
    bases = engine.docker("images", "--quiet", "cogpp-base").split()
    if bases:
        engine.docker("rmi", "--force", *set(bases))
    engine.docker("builder", "prune", "--all", "--force")


def trust_this_machine(scenario):
    """Lets pip in the image reach the package index as this machine does."""
    bundle = os.environ.get("SSL_CERT_FILE")
    if bundle and "COG_CA_CERT" not in scenario.environment:
        scenario.environment["COG_CA_CERT"] = bundle


def python_engine(engine, scenario):
    """Lets the scenario build Python projects with the engine; returns the version of its Python."""
    engine.use_in(scenario)
    native_base(engine)
    version = python_base(engine)
    trust_this_machine(scenario)
    return version


@contextlib.contextmanager
def running(engine, image, *flags):
    """The image's server in a container; yields its port once set-up has ended."""
    container = engine.docker("run", "--detach", "--publish", "127.0.0.1::5000", *flags, image).strip()
    try:
        port = int(engine.docker("port", container, "5000/tcp").split()[0].rsplit(":", 1)[1])

        def settled():
            state = engine.docker("inspect", "--format", "{{.State.Status}}", container).strip()
            logs = engine.call("logs", container)
            check(state == "running", f"the container is {state}: {(logs.stdout + logs.stderr).decode()}")
            try:
                return get(port, "/health-check")["status"] != "STARTING"
            except OSError:
                return False

        wait_for(settled, f"{image} is ready", READY_SECONDS)
        status = get(port, "/health-check")
        check(status["status"] == "READY", f"{image}: {status}")
        yield port
    finally:
        engine.call("rm", "--force", container)


def check_healthy(engine, image, *flags):
    """The engine finds a container of the image healthy, by the check that the image has."""
    container = engine.docker("run", "--detach", "--health-interval", "1s", *flags, image).strip()
    try:
        def health():
            return inspect(engine, container)["State"]["Health"]

        wait_for(lambda: health()["Status"] == "healthy", f"{image} {flags} is healthy", READY_SECONDS)
    finally:
        engine.call("rm", "--force", container)


def started(scenario, mark, *words):
    """The command, once it or its model has written `mark`."""
    file = scenario.root / "log"
    with open(file, "wb") as opened:
        process = scenario.start(*words, stdout=opened, stderr=opened)
    wait_for(lambda: process.poll() is not None or mark in file.read_text(), mark, Scenario.timeout)
    check(process.poll() is None, f"{words} ended: {file.read_text()}")
    return process


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


def predict(port, inputs, path="/predictions"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps({"input": inputs}).encode(),
                                     {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def inspect(engine, image):
    return json.loads(engine.docker("inspect", image))[0]


def check_size(engine, image, most, of_project=0):
    """The image has at most so many megabytes with a slim base in place of the tests' own, which
    has Python and manuals; the project's own bytes do not count."""
    added = inspect(engine, image)["Size"] - inspect(engine, engine.base())["Size"] - of_project
    check(added + SLIM <= most * MEGABYTE, f"{image}: {added} bytes beside base and project; at most {most} MB in all")


def sbom(engine, image):
    """Name to version of all parts that the image lists."""
    text = engine.docker("run", "--rm", "--entrypoint", "cat", image, "/usr/share/doc/cogpp/sbom.spdx.json")
    return {part["name"]: part.get("versionInfo") for part in json.loads(text)["packages"]}
