"""python -m cogpp_doctor --project DIR [--reference FILE:NAME]... [--migrate CONFIG] [--fix]: a
JSON list of findings on one line, each
{"check","severity","file","line","message","remedy","fixable","fixed"}."""

import argparse
import json
import os
import sys
from typing import Any, Dict, Iterator, List, Set

from . import Finding, findings, mend
from .migration import Migration, is_known_to

MOST_FILES = 5000  # a folder with more is not a model's source; the rest is not looked at
FOREIGN = {"__pycache__", "node_modules"}


def python_files(project: str) -> Iterator[str]:
    """Relative to the project, sorted; without hidden folders and environments."""
    count = 0
    for place, folders, files in os.walk(project):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in FOREIGN
                            and not os.path.exists(os.path.join(place, f, "pyvenv.cfg")))
        for name in sorted(files):
            if name.endswith(".py") and count < MOST_FILES:
                count += 1
                yield os.path.relpath(os.path.join(place, name), project)


def look(project: str, file: str, names: Set[str]) -> List[Finding]:
    try:
        with open(os.path.join(project, file), "rb") as opened:
            return findings(opened.read(), file, names)
    except OSError:
        return []


def fix(project: str, file: str, found: List[Finding]) -> List[Finding]:
    """Mends one finding after the other, as each moves the places of the next; gives those
    that were mended."""
    mended = []
    for finding in found:
        if not finding.edits:
            continue
        now = [f for f in look(project, file, set()) if (f.check, f.message) == (finding.check, finding.message)]
        # It may be gone by what mended another.
        if not now or mend(os.path.join(project, file), now[0].edits) is None:
            mended.append(finding)
    return mended


def entry(finding: Finding, file: str, fixable: bool, fixed: bool) -> Dict[str, Any]:
    return {"check": finding.check, "severity": finding.severity, "file": file, "line": finding.line,
            "message": finding.message, "remedy": finding.remedy, "fixable": fixable, "fixed": fixed}


def migrate(project: str, config: str, reference: str, mending: bool) -> List[Dict[str, Any]]:
    migration = Migration(project, config, reference, list(python_files(project)))
    found = migration.findings()
    fixable = bool(found) and not migration.obstacle()
    fixed = fixable and mending and migration.mend()
    return [entry(finding, file, fixable, fixed) for file, finding in found]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cogpp_doctor",
                                     description="Look for problems in a project's Python files, as JSON.")
    parser.add_argument("--project", default=".", help="the project's folder (default: here)")
    parser.add_argument("--reference", action="append", default=[], help="as in cog.yaml: run.py:Runner")
    parser.add_argument("--migrate", metavar="CONFIG", help="the config whose `predict`, the first reference, is old")
    parser.add_argument("--sdk", default="", help="the version of cog; default: the newest")
    parser.add_argument("--fix", action="store_true", help="mend what can be mended")
    options = parser.parse_args()
    names: Dict[str, Set[str]] = {}
    for reference in options.reference:
        file, _, name = reference.rpartition(":")
        names.setdefault(os.path.normpath(file), set()).add(name)
    out = []
    for file in python_files(options.project):
        found = look(options.project, file, names.get(file, set()))
        fixed = fix(options.project, file, found) if options.fix else []
        out += [entry(f, file, bool(f.edits), f in fixed) for f in found]
    if options.migrate and is_known_to(options.sdk):  # last, as it may rename a file
        out += migrate(options.project, options.migrate, options.reference[0], options.fix)
    print(json.dumps(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
