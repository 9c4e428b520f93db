"""How the tables of cases/ are written, and how they become cases."""

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """What a server is started with; cases of one group share it."""

    model: str
    env: tuple = ()
    args: tuple = ()
    ready: bool = True  # False: a new server for each case, which begins during set-up


@dataclass
class Case:
    section: int  # of cog-runtime
    name: str
    group: Group
    play: object  # a function of a Session
    kinds: tuple

    @property
    def title(self):
        return f"{self.section:02d}/{self.name}"


EVERY = ("python", "cpp")
PYTHON = ("python",)


def group(model, env=None, args=(), ready=True):
    return Group(model, tuple(sorted((env or {}).items())), tuple(args), ready)


def rows(section, where, table, kinds=EVERY):
    """Cases of one request each: (name, "METHOD target", body, header…)."""
    where = where if isinstance(where, Group) else group(where)

    def request(line, body=None, *headers):
        return lambda session: session.send(line, body, *headers)

    return [Case(section, name, where, request(*rest), kinds) for name, *rest in table]


def inputs(section, where, table, kinds=EVERY, target="POST /predictions"):
    """Cases of one input each: (name, input)."""
    table = [(name, target, {"id": "x", "input": value}) for name, value in table]
    return rows(section, where, table, kinds)


class Scenarios:
    """Collects functions as cases: @scenarios.add("model")."""

    def __init__(self, section):
        self.section, self.cases = section, []

    def add(self, where, kinds=EVERY):
        where = where if isinstance(where, Group) else group(where)

        def keep(function):
            name = function.__name__.replace("_", " ")
            self.cases.append(Case(self.section, name, where, function, kinds))
            return function

        return keep


def all_cases():
    """Every CASES of the modules in cases/, those of one group next to each other."""
    import cases

    found = []
    for module in sorted(m.name for m in pkgutil.iter_modules(cases.__path__)):
        found += importlib.import_module(f"cases.{module}").CASES
    titles = [case.title for case in found]
    if twice := {title for title in titles if titles.count(title) > 1}:
        raise ValueError(f"two cases are named {', '.join(sorted(twice))}")
    order = list(dict.fromkeys(case.group for case in found))
    return sorted(found, key=lambda case: order.index(case.group))
