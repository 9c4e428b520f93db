"""What goes wrong with Python projects, and what people are told."""

import os
import stat
import sys

from scenario import Scenario, check, contains, equal, matches

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PREDICTOR = "class Predictor:\n    def run(self, text: str) -> str:\n        return text\n"


def config(version=VERSION, build="", more=""):
    return (f'build:\n  python_version: "{version}"\n{build}'
            f'run: "predict.py:Predictor"\n{more}')


def fake_python(scenario, name, version):
    """A program that answers as an interpreter of that version."""
    path = scenario.root / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nprintf '%s\\n%s\\n' {path} {version}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


with Scenario(files={"cog.yaml": config(), "predict.py": PREDICTOR}) as s:
    # What the source says, in Cog's words.
    s.write("predict.py", PREDICTOR.replace("text: str", "text"))
    s.write("predict.py", PREDICTOR.replace("text: str", "text='a'"))
    contains(s.fails("predict", "-i", "text=a"), "parameter 'text' on run has no type annotation")
    s.write("predict.py", PREDICTOR.replace("def run", "def other"))
    contains(s.fails("schema"), "Predictor must define run() or predict()")
    s.write("predict.py", PREDICTOR.replace("text: str", "text: int = 'a'"))
    contains(s.fails("schema"), 'Model schema is invalid: input "text": its default')
    # None is no default of a type without null: as the server, before anything is made.
    s.write("predict.py", PREDICTOR.replace("text: str", "text: str = None"))
    contains(s.fails("predict"), 'missing required input "text"')
    s.write("predict.py", PREDICTOR + "\ndef broken(:\n")
    contains(s.fails("schema"), "failed to parse Python source: predict.py, line 5")
    s.write("predict.py", PREDICTOR)
    s.write("cog.yaml", config(more="concurrency:\n  max: 4\n"))
    contains(s.fails("schema"), "concurrency.max > 1 requires an async run() or predict() method")
    s.write("cog.yaml", config())
    contains(s.fails("serve", "-p", "0", "--concurrency", "2"),
             "--concurrency > 1 requires an async run() or predict() method")
    os.unlink(s.project / "predict.py")
    contains(s.fails("predict", "-i", "text=a"), "predict.py is named in")
    s.write("predict.py", PREDICTOR)

    # The names and types that Cog's own texts do not say much of.
    s.write("cog.yaml", config().replace(":Predictor", ":Nope"))
    contains(s.fails("predict", "-i", "text=a"), 'class "Nope" not found in predict.py; found: ')
    s.write("cog.yaml", config())
    s.write("predict.py", PREDICTOR.replace(" -> str", ""))
    contains(s.fails("predict", "-i", "text=a"), " has no return type annotation. Add the type of the output")
    s.write("predict.py", PREDICTOR)

    # A document that the user gives.
    s.write("given.json", '{"paths":{},"openapi":"3.0.2","info":"<é>"}')
    s.environment["COG_OPENAPI_SCHEMA"] = str(s.project / "given.json")
    equal(s.ok("schema"), s.read("given.json") + "\n")
    contains(s.ok("schema", "--pretty"), '{\n  "paths": {},\n  "openapi": "3.0.2"')
    s.write("given.json", '{"paths":{}')
    contains(s.fails("schema"), "Failed to load model schema JSON: EOF while parsing")
    s.write("given.json", '{"openapi":"2.0","paths":{}}')
    contains(s.fails("schema"), "Model schema is invalid")
    os.unlink(s.project / "given.json")
    contains(s.fails("schema"), "given.json")
    del s.environment["COG_OPENAPI_SCHEMA"]

    # Interpreters: the version wanted, what there is, and one by name.
    s.environment["PATH"] = f"{s.root}/bin:/usr/bin:/bin"
    s.environment["PYENV_ROOT"] = str(s.root / "pyenv")
    fake_python(s, "python3", "3.42.1")
    # Cog's tool lets it pass, and no version of the image exists.
    s.write("cog.yaml", "predict: predict.py:Predictor\n")
    for command in (("predict", "-i", "text=a"), ("debug",)):
        contains(s.fails(*command), "python_version is required. Add it to the build section of your cog.yaml")
    s.write("cog.yaml", config("3.77"))
    err = s.fails("predict", "-i", "text=a")
    contains(err, "Python 3.77 is needed (build.python_version in cog.yaml), and was not found; "
                  "found: ")
    contains(err, f"3.42.1 ({s.root}/bin/python3)")
    contains(err, "--python PATH")
    contains(s.run("doctor").err, "Python 3.77 is needed")
    contains(s.fails("schema", "--python", "/no/such/python"), "--python /no/such/python: no such program")
    contains(s.fails("schema", "--python", "/bin/true"), "--python /bin/true is not a Python interpreter")
    finished = s.run("schema", "--python", sys.executable)
    equal(finished.status, 0, str(finished))
    contains(finished.err, "cog.yaml asks for Python 3.77; --python is " + VERSION)

    # A GPU that is asked for and not there: known before anything of the model runs.
    if "NVIDIA driver and GPU found" not in s.run("doctor").err:
        s.write("cog.yaml", config(build="  gpu: true\n"))
        err = s.fails("predict", "-i", "text=a", "--python", sys.executable)
        contains(err, "Model setup failed: worker setup failed: device 'cuda' cannot be used: ")
        contains(err, "Use --device cpu to run on the CPU")
        equal(s.ok("predict", "-i", "text=a", "--device", "cpu", "--python", sys.executable), "a\n")

    # SDKs that are too old say which to use.
    s.write("cog.yaml", config(build="  sdk_version: 0.16.1\n"))
    contains(s.fails("predict", "-i", "text=a", "--python", sys.executable),
             "SDK version 0.16.1 is not supported by static schema generation; use 0.17.0 or newer")

    # A package that cannot be installed: the installer's own words stay.
    s.write("cog.yaml", config(build="  python_requirements: requirements.txt\n"))
    s.write("requirements.txt", "# ours\n-e .\nno-such-package-of-cogpp==1.2.3  # for the test\n")
    s.environment["PIP_NO_INDEX"] = "1"
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")  # what is left in it is looked at
    err = s.fails("predict", "-i", "text=a", "--python", sys.executable)
    contains(err, "Making the environment for Python")
    contains(err, "No matching distribution found")
    contains(err, "(see the output above)")
    left = os.path.join(s.environment["XDG_CACHE_HOME"], "cogpp/python/environments")
    check(not [name for name in os.listdir(left) if not name.endswith(".lock")
               and not os.path.exists(os.path.join(left, name, "cogpp-complete"))],
          "an environment that failed is removed")
    s.write("requirements.txt", "-r gone.txt\n")
    contains(s.fails("predict", "-i", "text=a", "--python", sys.executable), "gone.txt")
