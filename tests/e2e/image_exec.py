"""A command in an image, with the project's folder in it: environment, ports, exit status,
standard input, a terminal."""

import os
import pty
import urllib.request

from engines import Engine
from registries import free_port
from scenario import Scenario, check, contains, equal, wait_for


def in_terminal(s, *words):
    """What the command writes on a terminal that is its standard input, too."""
    parent, child = pty.openpty()
    process = s.start(*words, stdin=child, stdout=child, stderr=child)
    os.close(child)
    text = b""
    while True:
        try:
            text += os.read(parent, 65536)
        except OSError:  # the other end is closed
            break
    os.close(parent)
    return process.wait(60), text.decode()


def published(s, engine, image):
    port = free_port()
    process = s.start("exec", "--image", image, "-p", str(port), "python3", "-m", "http.server", str(port))

    def answer():
        try:
            return urllib.request.urlopen(f"http://localhost:{port}/note.txt", timeout=10).read()
        except OSError:
            check(process.poll() is None, "the command ended")
            return b""

    wait_for(lambda: answer() == b"mounted", "the published port answers")
    process.kill()
    process.wait()
    s.ok("exec", "--image", image, "true")  # removes what the killed one left
    equal(engine.containers(), [], "containers that were left behind")


with Engine() as engine, Scenario(files={"note.txt": "mounted"}) as s:
    engine.use_in(s)
    image = "cogpp-e2e-exec:latest"
    engine.docker("build", "--label", 'run.cog.config={"build":{}}', "--tag", image, "-",
                  input=f"FROM {engine.base()}\nWORKDIR /elsewhere\n".encode(), stdin=None)
    finished = s.run("exec", "--image", image, "-e", "WORD=hi", "sh", "-c", "echo $WORD; cat note.txt; pwd; exit 7")
    equal([finished.status, finished.out], [7, "hi\nmounted/src\n"], str(finished))
    contains(finished.err, "Running sh -c ")
    contains(finished.err, "in Docker with the current directory mounted as a volume...")
    equal(s.ok("exec", "--image", image, "cat", stdin="through"), "through")
    s.ok("exec", "--image", image, "sh", "-c", "echo made > new.txt")
    equal(s.read("new.txt"), "made\n")
    status, text = in_terminal(s, "exec", "--image", image, "tty")
    equal(status, 0, text)
    contains(text, "/dev/pts/")

    for port, message in {"": "value cannot be empty", "70000": "port must be between 1 and 65535",
                          "[::1": "missing closing bracket for IPv6 address"}.items():
        contains(s.fails("exec", "--image", image, "--publish", port, "true"), message)
    contains(s.fails("exec", "-p", "80", "true"), "--publish is for a command in a container")
    err = s.fails("exec", "--image", "localhost:1/none:latest", "true")
    contains(err, "image localhost:1/none:latest: Error response from daemon: ")
    contains(err, "connection refused")
    published(s, engine, image)
