"""What a Python project's requirements may be: hashes, packages that lie in the project,
links to them; and that an environment which nobody uses any more is removed."""

import os
import pathlib
import sys
import time

from scenario import Scenario, check, contains, equal

CONFIG = (f'build:\n  python_version: "{sys.version_info.major}.{sys.version_info.minor}"\n'
          "  python_requirements: requirements.txt\nrun: predict.py:run\n")
HASH = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"
SIX = f"six==1.17.0 \\\n    --hash=sha256:{HASH}\n"

# A package that builds itself, so that nothing is downloaded for it.
PACKAGE = {
    "own/pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\n"
                          "backend-path = [\".\"]\n",
    "own/own.py": "WORD = 'first'\n",
    "own/backend.py": '''\
import os
import zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    return _wheel(directory, "own.py", open("own.py").read())

def build_editable(directory, config_settings=None, metadata_directory=None):
    return _wheel(directory, "own.pth", os.getcwd())

def _wheel(directory, file, text):
    name = "own-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr(file, text)
        wheel.writestr("own-1.0.dist-info/METADATA",
                       "Metadata-Version: 2.1\\nName: own\\nVersion: 1.0\\n")
        wheel.writestr("own-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: own\\n"
                       "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("own-1.0.dist-info/RECORD", "")
    return name
''',
}

with Scenario(files={"cog.yaml": CONFIG, "requirements.txt": SIX, "predict.py":
                     "import six\ndef run(text: str) -> str:\n    return text + six.__version__\n"
                     }) as s:
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
    environments = s.root / "cache/cogpp/python/environments"

    def made():
        return sorted(path for path in environments.iterdir() if path.is_dir())

    def predict(text):
        return s.ok("predict", "-i", f"text={text}", "--python", sys.executable)

    # Every requirement has a hash; what cog needs besides has none.
    equal(predict("a"), "a1.17.0\n")
    s.write("requirements.txt", SIX.replace(HASH, "0" * 64))
    contains(s.fails("predict", "-i", "text=a", "--python", sys.executable),
             "THESE PACKAGES DO NOT MATCH THE HASHES")

    # A package of the project: a change of it makes another environment.
    for name, text in PACKAGE.items():
        s.write(name, text)
    s.write("requirements.txt", "./own\n")
    s.write("predict.py", "import own\ndef run(text: str) -> str:\n    return text + own.WORD\n")
    equal(predict("a "), "a first\n")
    s.write("own/own.py", "WORD = 'second'\n")
    equal(predict("a "), "a second\n")
    # As a link it is changed in place.
    s.write("requirements.txt", "-e ./own\n")
    equal(predict("a "), "a second\n")
    number = len(made())
    s.write("own/own.py", "WORD = 'third'\n")
    equal(predict("a "), "a third\n")
    equal(len(made()), number, "number of environments")

    # A month later: what is used stays, the others go when the next one is made.
    serve = s.serve("--python", sys.executable)
    used = max(made(), key=lambda path: (path / "cogpp-complete").stat().st_mtime)
    month = time.time() - 31 * 86400
    for path in made():
        os.utime(path / "cogpp-complete", (month, month))
    (s.root / "cache/cogpp/pruned").unlink()
    s.write("requirements.txt", "-e ./own\n# another\n--prefer-binary\n")
    equal(s.ok("predict", "-i", "text=a ", "--own-server", "--python", sys.executable), "a third\n")
    left = made()
    equal(len(left), 2, f"environments that are left: {left}")
    check(used in left, "the environment of the running server stays")
    serve.terminate()
    equal(serve.wait(30), 0)
    contains(s.run("doctor").err, f"Python environments: 2, ")

    # Links hold the project's place: a copy of the project gets an environment of its own.
    copy = pathlib.Path(s.root / "copy")
    copy.mkdir()
    for path in list(PACKAGE) + ["cog.yaml", "requirements.txt", "predict.py"]:
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).write_bytes((s.project / path).read_bytes())
    (copy / "own/own.py").write_text("WORD = 'copied'\n")
    equal(s.ok("predict", "-i", "text=a ", "--python", sys.executable, cwd=copy), "a copied\n")
