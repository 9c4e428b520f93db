"""From an empty directory to a prediction, with both templates."""

from scenario import Scenario, check, contains, equal

with Scenario() as s:
    finished = s.run("init")
    equal(finished.status, 0, "status")
    equal(finished.out, "", "init writes nothing on standard output")
    contains(finished.err, "Creating cog.yaml\nCreating predict.cpp\n")
    finished = s.run("predict", "-i", "prompt=world")
    equal(finished.out, "hello world\n", str(finished))
    equal(s.ok("predict", "-i", "prompt=world", "-i", "times=2"), "hello world world\n")
    equal(s.ok("run", "-i", "prompt=alias"), "hello alias\n")
    contains(s.fails("predict", "-i", "prompt=x", "-i", "times=11"),
             'invalid input "times": number must be at most 10')

# Nothing is overwritten, and a subdirectory is part of the project.
with Scenario() as s:
    s.write("cog.yaml", "predict: predict.cpp:Predictor\n")
    err = s.run("init", "--template", "stream").err
    contains(err, "Skipped existing cog.yaml")
    contains(err, "Creating predict.cpp")
    equal(s.read("cog.yaml"), "predict: predict.cpp:Predictor\n")
    before = s.read("predict.cpp")
    contains(s.run("init").err, "Skipped existing predict.cpp")
    equal(s.read("predict.cpp"), before)
    (s.project / "sub").mkdir()
    equal(s.ok("predict", "-i", "prompt=a b", cwd=s.project / "sub"), '[\n  "a ",\n  "b"\n]\n')
    contains(s.fails("init", "--template", "rust"), 'unknown template "rust"')

# What is not there is named.
with Scenario() as s:
    contains(s.fails("predict", "-i", "prompt=x"), "cog.yaml not found in")
    check(not list(s.project.iterdir()), "a failing predict leaves nothing in the directory")
