"""The doctor on a Python source: annotations, old imports, pydantic; and what --fix makes
of them in each form that they have."""

import sys

from scenario import Scenario, check, contains, equal

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONFIG = f'build:\n  python_version: "{VERSION}"\nrun: run.py:%s\n'
FINE = "from cog import BaseRunner\n\nclass Runner(BaseRunner):\n    def run(self, text: str) -> str:\n        return text\n"

# One import with others beside it, and the workaround with a member behind it.
PYDANTIC = """import pydantic
from cog import BaseRunner, Path
from pydantic import BaseModel, ConfigDict, Field


class First(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    path: Path


class Plain(BaseModel):
    count: int = Field(ge=1)


class Runner(BaseRunner):
    def run(self, text: str) -> First:
        return First(path=Path(text))
"""

with Scenario(files={"cog.yaml": CONFIG % "Runner", "run.py": FINE}) as s:
    contains(s.run("doctor").err, "no issues found")

    # A missing return type is a warning: exit status 0.
    s.write("run.py", FINE.replace(" -> str", ""))
    finished = s.run("doctor")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "run.py:4 — run() has no return type annotation")
    contains(finished.err, "Found 1 warning.")
    finished = s.run("doctor", "--fix")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "1 warning remaining.")

    # The same of a function.
    s.write("cog.yaml", CONFIG % "run")
    s.write("run.py", "def run(text: str):\n    return text\n")
    contains(s.run("doctor").err, "run.py:1 — run() has no return type annotation")
    s.write("cog.yaml", CONFIG % "Runner")

    # Imports that are gone.
    old = FINE.replace("BaseRunner\n", "BaseRunner\nfrom cog.types import ExperimentalFeatureWarning\nimport warnings\n"
                       "warnings.filterwarnings('ignore', category=ExperimentalFeatureWarning)\n", 1)
    s.write("run.py", old)
    contains(s.fails("doctor"), "run.py:2 — ExperimentalFeatureWarning was removed in cog 0.17; "
             "current_scope().record_metric() is no longer experimental")
    finished = s.run("doctor", "--fix")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Fixed: Deprecated imports")
    equal(s.read("run.py"), FINE.replace("BaseRunner\n", "BaseRunner\nimport warnings\n", 1))
    # What else uses the name is not known: that is left alone.
    used = old + "print(ExperimentalFeatureWarning)\n"
    s.write("run.py", used)
    contains(s.fails("doctor", "--fix"), "1 unfixed error")
    equal(s.read("run.py"), used)

    # pydantic's BaseModel with the workaround, beside one that is fine.
    s.write("run.py", PYDANTIC)
    err = s.fails("doctor")
    contains(err, "run.py:6 — First inherits from pydantic.BaseModel with arbitrary_types_allowed; use cog.BaseModel instead")
    check("Plain inherits" not in err, err)
    contains(err, 'Found 1 error.')
    # Plain needs pydantic's, so that the name cannot go over to Cog's: it is left alone.
    contains(s.fails("doctor", "--fix"), "1 unfixed error")
    equal(s.read("run.py"), PYDANTIC)
