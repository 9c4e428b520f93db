"""§9 Files: inputs by URL and data URL, outputs, uploads."""

import base64

from replayer.fixture import Answer
from table import PYTHON, Scenarios, group, inputs, rows

P = "POST /predictions"
scenarios = Scenarios(9)


def data(mime, content=b"hello", tail=";base64"):
    return f"data:{mime}{tail},{base64.b64encode(content).decode()}"


def path(name, url):
    return (f"path {name}", {"p": url})


CASES = inputs(9, "pathin", [
    path("gif", data("image/gif")),
    path("pdf", data("application/pdf")),
    path("octet stream", data("application/octet-stream")),
    path("mp4", data("video/mp4")),
    path("mpeg audio", data("audio/mpeg")),
    path("csv", data("text/csv")),
    path("html", data("text/html;charset=utf-8")),
    path("zip", data("application/zip")),
    path("upper case type", data("IMAGE/PNG")),
    path("binary", data("image/png", bytes(range(256)))),
    path("empty base64", "data:image/png;base64,"),
    path("percent encoded", "data:text/plain,a%20b%00%ff"),
    path("plain plus", "data:text/plain,a+b"),
    path("line breaks", "data:text/plain;base64,aGVs\nbG8="),
    path("fragment", "data:text/plain,a#b"),
    path("just the scheme", "data:"),
    path("local", "/nowhere/x.png"),
    path("other scheme", "ftp://example.invalid/x"),
    path("file scheme", "file:///etc/hostname"),
    path("empty text", ""),
    path("http", "{fixture}/pic.png"),
    path("http query", "{fixture}/q.txt?a=/b.zip"),
    path("http fragment", "{fixture}/q.txt#frag"),
    path("http encoded name", "{fixture}/long%20name%2Fx.png"),
    path("http no host", "http://"),
    path("http missing", "{fixture}/nothing.bin"),
    path("http error", "{fixture}/err"),
    path("http redirect", "{fixture}/redir"),
    path("http closed port", "http://127.0.0.1:9/x.png"),
    path("http large", "{fixture}/sized/3000000"),
    ("path in a text", {"s": data("text/plain")}),
    ("list of two", {"ps": [data("text/plain"), data("image/png")]}),
    ("list of http and data", {"ps": ["{fixture}/pic.png", data("image/png")]}),
    ("list of local names", {"ps": ["/a", "b"]}),
    ("list with a bad one", {"ps": [data("text/plain"), "{fixture}/err"]}),
])  # fmt: skip

CASES += inputs(9, "pathin", [
    ("file object", {"f": data("text/plain")}),
    ("file object http", {"f": "{fixture}/pic.png"}),
], PYTHON)  # fmt: skip


def out(name, kind="path", **more):
    return (f"output {kind} {name}", {"name": name, "kind": kind, **more})


CASES += inputs(9, "fileout", [
    out("a.jpeg"), out("a.MP4"), out("a.webm"), out("a.html"), out("a.md"), out("a.tar"),
    out("a.npz"), out("a b ü.txt"), out("a.unknownext"), out("a.", size=0), out("x.svg", size=1),
    out("a.json", size=100_000),
])  # fmt: skip

CASES += inputs(9, "fileout", [
    out("b.png", "open"), out("c.bin", "bytesio"), out("d.txt", "pathlib"),
], PYTHON)  # fmt: skip

CASES += inputs(9, "fileouts", [
    ("outputs none", {"n": 0}),
    ("outputs one", {"n": 1, "ext": "png"}),
    ("outputs five", {"n": 5, "ext": "wav"}),
])  # fmt: skip


def uploaded(name, answers=(), model="fileout", value=None, count=1):
    def play(s):
        for target, *given in answers:
            s.fixture.answer(target, *given)
        s.send(P, {"id": "x", "input": value or {}})
        s.uploads(count)

    play.__name__ = f"upload {name}"
    scenarios.add(group(model, args=["--upload-url", "{fixture}/up/"]))(play)


uploaded("png", value={"name": "a.png"})
uploaded("name with blanks", value={"name": "a b ü.txt"})
uploaded("location", [("/up/out.txt", Answer(200, [("Location", "http://h.invalid/a?b=c")]))])
uploaded("created", [("/up/out.txt", Answer(201))])
uploaded("no content", [("/up/out.txt", Answer(204))])
uploaded("refused", [("/up/out.txt", Answer(403))])
uploaded("unavailable", [("/up/out.txt", Answer(503))])
uploaded("redirected", [("/up/out.txt", Answer(307, [("Location", "/else/out.txt")]))], count=2)
uploaded("three", model="fileouts", value={"n": 3}, count=3)
uploaded("large", value={"size": 2_000_000})
CASES += scenarios.cases
