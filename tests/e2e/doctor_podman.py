"""The doctor on a machine with podman and buildah: which of them it tells, by choice and without."""

from podman import Podman
from registries import Registry
from scenario import Scenario, contains, equal

PREDICTOR = "#include <cogpp/predictor.hpp>\n"

with Podman() as podman, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
    podman.use_in(s, registry)

    def report():
        finished = s.run("doctor")
        equal(finished.status, 0, str(finished))
        return finished.err

    s.environment["COGPP_ENGINE"] = "podman"
    contains(report(), "Docker\n  a container engine answers: ")
    contains(report(), "/podman\n")
    # buildah cannot run what it builds.
    s.environment["COGPP_ENGINE"] = "buildah"
    contains(report(), "buildah builds images, but runs none")
    # Its storage cannot be read.
    s.environment["COGPP_ENGINE"] = "podman"
    s.environment["CONTAINERS_STORAGE_CONF"] = str(s.write("storage.conf", '[storage]\ndriver = "none-such"\n'))
    err = report()
    contains(err, "podman does not answer: ")
    contains(err, "Only images need one")
