"""Outputs of every type by a Python predictor: on standard output, and as files."""

import json
import sys

from scenario import Scenario, check, contains, equal

CONFIG = f"""build:
  python_version: "{sys.version_info.major}.{sys.version_info.minor}"
run: predict.py:%s
"""

PREDICTOR = '''
import typing
from cog import BaseModel, ConcatenateIterator, Path

class Pair(BaseModel):
    name: str
    file: Path

def _file(name, text):
    with open("/tmp/" + name, "w") as file:
        file.write(text)
    return Path("/tmp/" + name)

def text() -> str:
    return "several\\nlines"
def number() -> float:
    return 0.5
def integer() -> int:
    return 12345678901
def flag() -> bool:
    return True
def mapping() -> dict:
    return {"b": [1, None], "a": "ü"}
def texts() -> typing.List[str]:
    return ["x", "y"]
def iterator() -> typing.Iterator[int]:
    yield from (1, 2)
def pieces() -> ConcatenateIterator[str]:
    yield from ("con", "cat")
def nothing() -> str:
    return None
def one_file() -> Path:
    return _file("cogpp-e2e.tar.gz", "packed")
def no_suffix() -> Path:
    return _file("cogpp-e2e-plain", "plain")
def some_files() -> typing.List[Path]:
    return [_file("cogpp-e2e-1.txt", "one"), _file("cogpp-e2e-2.png", "two")]
def pair() -> Pair:
    return Pair(name="n", file=_file("cogpp-e2e-3.txt", "three"))
def address() -> Path:
    return "https://example.com/far/picture.png"
'''

PLAIN = {
    "text": "several\nlines\n", "number": "0.5\n", "integer": "12345678901\n", "flag": "true\n",
    "mapping": '{\n  "a": "ü",\n  "b": [\n    1,\n    null\n  ]\n}\n', "texts": '[\n  "x",\n  "y"\n]\n',
    "iterator": "[\n  1,\n  2\n]\n", "pieces": '[\n  "con",\n  "cat"\n]\n', "nothing": "",
}

with Scenario(files={"predict.py": PREDICTOR}) as s:
    def use(name):
        s.write("cog.yaml", CONFIG % name)

    for name, expected in PLAIN.items():
        use(name)
        finished = s.run("predict")
        equal((finished.status, finished.out), (0, expected), f"{name}: {finished.err}")
        check(("No output generated" in finished.err) == (name == "nothing"), str(finished))
        if name != "nothing":
            s.ok("predict", "-o", f"{name}.out")
            equal(s.read(f"{name}.out"), expected.removesuffix("\n"), name)
    use("nothing")
    equal(json.loads(s.ok("predict", "--json", "{}"))["output"], None)

    # Files: names by -o, by their own, one by one; the message names each.
    use("one_file")
    contains(s.run("predict").err, "Written output to: output.")
    use("no_suffix")
    contains(s.run("predict").err, "Written output to: output")
    equal(s.read("output"), "plain")
    contains(s.run("predict", "-o", "@named.bin").err, "Written output to: named.bin")
    equal(s.read("named.bin"), "plain")
    equal((s.project / "named.bin").stat().st_mode & 0o700, 0o700, "mode of a written file")
    s.ok("predict", "-o", "~/home.txt")
    equal((s.root / "home.txt").read_text(), "plain")
    use("some_files")
    finished = s.run("predict", "-o", "some")
    contains(finished.err, "Written output to: some.0.txt\n")
    contains(finished.err, "Written output to: some.1.png\n")
    equal((s.read("some.0.txt"), s.read("some.1.png")), ("one", "two"))
    s.ok("predict", "-o", "version.1")  # a number is no suffix
    equal((s.read("version.1.0.txt"), s.read("version.1.1.png")), ("one", "two"))
    answer = json.loads(s.ok("predict", "--json", "{}"))
    equal(answer["output"], ["output.0.txt", "output.1.png"])

    # A file inside of a value stays what the server made of it.
    use("pair")
    value = json.loads(s.ok("predict"))
    equal(value["name"], "n")
    check(value["file"].startswith("data:text/plain;base64,"), value["file"])

    # Somewhere else: the address is named.
    use("address")
    contains(s.run("predict").err, "Output is at: https://example.com/far/picture.png")

    # Where nothing can be written nothing is run.
    use("text")
    contains(s.fails("predict", "-o", "gone/out"), "Output path is not writable: ")
    (s.project / "folder/output").mkdir(parents=True)
    contains(s.fails("predict", "-o", "folder"), 'Default output name "output" conflicts with directory, provide --output')
