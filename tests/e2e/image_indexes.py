"""A Python image whose requirements name a second package index: as with pip the best version
of all indexes is taken, and not each package from the first index that has it."""

import contextlib
import functools
import http.server
import threading

from dockerfiles import project
from engines import Engine
from images import python_engine, sbom
from installers import write_wheel
from scenario import Scenario, check, contains, equal

IMAGE = "cogpp-e2e/indexes:1"


class Index(http.server.SimpleHTTPRequestHandler):
    """The list of a folder is a page of a package index."""

    asked = []

    def log_message(self, *_):
        Index.asked.append(self.path)


@contextlib.contextmanager
def serving(folder, address):
    """The folder at this machine's address; yields the URL."""
    with http.server.ThreadingHTTPServer((address, 0), functools.partial(Index, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{address}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


with Engine() as engine, Scenario() as s:
    version = python_engine(engine, s)
    write_wheel(s.root / "index/humanize", "humanize", "0.1", {"humanize.py": "OLD = True\n"})
    # Where a build's steps find this machine.
    gateway = engine.docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()
    with serving(s.root / "index", gateway) as url:
        project(s, [f"--extra-index-url {url}", "humanize==4.9.0"], {"python_version": version})
        built = s.run("build", "-t", IMAGE, "--progress", "plain", "--no-cache")
        equal(built.status, 0, str(built))
        check("/humanize/" in Index.asked, f"the second index was asked for {Index.asked}")
        equal(sbom(engine, IMAGE)["humanize"], "4.9.0")

        # uv's own way, where the project wants that.
        project(s, [f"--extra-index-url {url}", "humanize==4.9.0"], {"python_version": version},
                environment=["UV_INDEX_STRATEGY=first-index"])
        contains(s.fails("build", "-t", IMAGE, "--progress", "plain"), "humanize==4.9.0")
    engine.docker("rmi", "--force", IMAGE)
