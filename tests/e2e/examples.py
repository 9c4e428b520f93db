"""The examples run as their READMEs say."""

import json
import pathlib
import shutil

from scenario import Scenario, check, contains, equal

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def example(s, name):
    shutil.copytree(EXAMPLES / name, s.project, dirs_exist_ok=True)


with Scenario() as s:
    example(s, "hello")
    contains(s.read("README.md"), "cogpp predict -i prompt=world\nHello, world!")
    equal(s.ok("predict", "-i", "prompt=world"), "Hello, world!\n")

with Scenario() as s:
    example(s, "stream")
    pieces = json.loads(s.ok("predict", "-i", "text=one two three"))
    equal("".join(pieces).split(), ["one", "two", "three"])
    check(len(pieces) > 1, f"more than one piece: {pieces}")
    live = "".join(text for _, text in s.run_in_terminal("predict", "-i", "text=one two three"))
    equal(live.strip(), "one two three")

with Scenario() as s:
    example(s, "structs")
    output = json.loads(s.ok("predict", "-i", "text=hi", "-i", "integer=7", "-i", "tags=x",
                             "-i", "tags=y", "-i", "file=@README.md"))
    equal(output["integer"], 7)
    equal(output["tags"], ["x", "y"])

with Scenario() as s:
    example(s, "train")
    contains(s.fails("train", "-i", "xs=[0,1]"), 'missing required input "ys"')
    commands = [line[2:] for line in s.read("README.md").splitlines() if line.startswith("$ ")]
    equal(len(commands), 2)
    s.ok(*commands[0].split()[1:])
    equal(s.ok(*commands[1].split()[1:]), "21.0\n")
    s.write("predict.cpp", s.read("predict.cpp").split("COGPP_TRAINER")[0])
    contains(s.fails("predict", "-i", "x=1"), "no COGPP_TRAINER(...) stands in the predictor's source")
