"""What a push to Replicate wants and says. Its name leads to a registry of the test's own,
in a network of the test's own, for which it needs root."""

import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile

from registries import Registry, docker_config, write_layout
from scenario import Scenario, check, contains, equal

HOST = "r8.im"
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
RUN = "\nRun your model on Replicate:\n    https://replicate.com/you/model\n"


def own_network():
    """From here on this process sees no network but its own loopback, where HOST is, and has an
    /etc of its own."""
    check(os.getuid() == 0, "only root can have a network of its own for this test")
    libc = ctypes.CDLL(None, use_errno=True)
    check(libc.unshare(CLONE_NEWNS | CLONE_NEWNET) == 0, f"unshare: {os.strerror(ctypes.get_errno())}")
    with tempfile.TemporaryDirectory() as folder:
        for words in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "none", folder],
                      ["cp", "-a", "/etc/.", folder], ["mount", "--move", folder, "/etc"],
                      ["ip", "link", "set", "lo", "up"]):
            done = subprocess.run(words, capture_output=True, text=True)
            check(done.returncode == 0, f"{words}: {done.stderr}")
    pathlib.Path("/etc/hosts").write_text(f"127.0.0.1 localhost {HOST}\n")


def trusted(authority, host):
    """The authority where Docker looks for the host's, and nowhere else."""
    folder = pathlib.Path("/etc/docker/certs.d", host)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(authority, folder / "ca.crt")
    return folder


def repositories(registry):
    place = registry.root / "data/docker/registry/v2/repositories"
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


own_network()
with Scenario() as s, Registry(s.root / "replicate", tls=True, host=HOST) as replicate, \
        Registry(s.root / "other") as other:
    docker_config(s, {})
    s.environment["SSL_CERT_FILE"] = str(replicate.authority)
    s.environment.pop("COG_REGISTRY_HOST", None)
    model, elsewhere = f"{HOST}/you/model", f"{other.name}/you/model"

    # Replicate's machines are of one kind; other registries take any.
    write_layout(s.project / "arm", [b"layer"], architecture="arm64")
    contains(s.fails("push", model, "--from", "oci:arm"),
             "the image is made for linux/arm64, but Replicate runs linux/amd64")
    equal(repositories(replicate), [], "sent all the same")
    finished = s.run("push", elsewhere, "--from", "oci:arm")
    equal(finished.status, 0, str(finished))
    check("Replicate" not in finished.err, finished.err)

    # Labels that nobody could read are no use anywhere.
    write_layout(s.project / "odd", [b"layer"], labels={"run.cog.config": "{}", "run.cog.openapi_schema": "{openapi"})
    for name in (model, f"{elsewhere}-odd"):
        contains(s.fails("push", name, "--from", "oci:odd"),
                 "the label run.cog.openapi_schema is not JSON; build the image again")
    equal((repositories(replicate), repositories(other)), ([], ["you"]))
    equal([path.name for path in (other.root / "data/docker/registry/v2/repositories/you").iterdir()], ["model"])

    # What fits is pushed, and where it can be run is said.
    digest = write_layout(s.project / "image", [b"layer"])
    finished = s.run("push", model, "--from", "oci:image")
    equal(finished.status, 0, str(finished))
    contains(finished.err, f"Pushing to {model}:latest...")
    check(finished.err.endswith(f"  image  {model}@{digest}\n{RUN}"), finished.err)
    equal(repositories(replicate), ["you"])

    # Docker's authorities of a registry count for it, others' do not.
    del s.environment["SSL_CERT_FILE"]
    wrong = trusted(replicate.authority, "other.example")
    contains(s.fails("push", model, "--from", "oci:image"), "is not trusted")
    shutil.rmtree(wrong)
    trusted(replicate.authority, HOST)
    finished = s.run("push", model, "--from", "oci:image")
    equal(finished.status, 0, str(finished))

    # Without --registry a login is Replicate's; this registry knows no tokens.
    contains(s.fails("login"), f"{HOST} is not the Replicate registry\nPlease log in using 'docker login'")
