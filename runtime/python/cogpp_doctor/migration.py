"""Cog has renamed `predict` to `run`: the key of cog.yaml, the usual file, its class, the class
above it and the method. For those who run the doctor under Cog's name (cog-cli §12)."""

import ast
import contextlib
import io
import os
import re
import tokenize
from typing import Iterator, List, Optional, Tuple

from .edits import Edit, apply, import_edit, write
from .rules import Finding

CHECK = "predict-to-run-migration"
KEY = re.compile(r"^predict[ \t]*:.*$", re.M)
FILES = {"predict.py": "run.py"}
CLASSES = {"Predictor": "Runner", "BasePredictor": "BaseRunner"}
FIRST_RELEASE = (0, 20)  # of cog that has the new names


class Migration:
    """Of one project. `reference` is what `predict` says in its cog.yaml."""

    def __init__(self, project: str, config: str, reference: str, files: List[str]) -> None:
        self.project, self.config = project, config
        self.file, _, self.name = reference.rpartition(":")
        folder, base = os.path.split(self.file)
        self.new_file = os.path.join(folder, FILES.get(base, base))
        self.new_name = CLASSES.get(self.name, self.name)
        self.others = [file for file in files if os.path.normpath(file) != os.path.normpath(self.file)]
        self.source = self.read(self.file)
        # Without the file there is nothing to bring to the new names.
        self.tree = parsed(self.source) if os.path.isfile(os.path.join(project, self.file)) else None

    def read(self, file: str) -> bytes:
        try:
            with open(os.path.join(self.project, file), "rb") as opened:
                return opened.read()
        except OSError:
            return b""

    def findings(self) -> List[Tuple[str, Finding]]:
        """With the file that each is about; mend() mends them all or none."""
        text = self.read(self.config).decode(errors="replace")
        key = KEY.search(text)
        if not key or not self.tree:
            return []
        remedy = self.obstacle() or "Use the new names"
        line = text.count("\n", 0, key.start()) + 1
        found = [(self.config, Finding(CHECK, "warning", line, f"predict in {self.config} is deprecated; use run with "
                                       f"{self.new_file}:{self.new_name}", remedy))]
        if edits := self.edits(self.tree):
            found.append((self.file, Finding(CHECK, "warning", min(edit.line for edit in edits),
                                             f"{self.file} uses deprecated Predictor/BasePredictor/predict() names",
                                             remedy)))
        return found

    def obstacle(self) -> Optional[str]:
        """Why a person has to do it."""
        if self.new_file != self.file and os.path.lexists(os.path.join(self.project, self.new_file)):
            return f"cannot migrate {self.file} to {self.new_file} because {self.new_file} already exists"
        if len(KEY.findall(self.read(self.config).decode(errors="replace"))) != 1:
            return f"cannot migrate {self.file} because predict stands more than once in {self.config}"
        module = os.path.splitext(os.path.basename(self.file))[0]
        for other in self.others:
            if imports(parsed(self.read(other)), module):
                return f"cannot migrate {self.file} because {other} imports it"
        taken = {getattr(node, "name", "") for node in self.tree.body} & {"Runner", "BaseRunner"}
        taken |= {"run"} if any(item.name == "run" for item in self.methods(self.tree)) else set()
        if taken:
            return f"cannot migrate {self.file} because it has a {min(taken)} already"
        if re.search(rf"^train[ \t]*:.*\b{re.escape(os.path.basename(self.file))}\b",
                     self.read(self.config).decode(errors="replace"), re.M):
            return f"cannot migrate {self.file} because train in {self.config} names it, too"
        return None

    def mend(self) -> bool:
        """The new file first: a project that lost its power half-way still has the old one."""
        if self.obstacle():
            return False
        old, new, config = (os.path.join(self.project, file) for file in (self.file, self.new_file, self.config))
        text = self.read(self.config)
        try:
            changed = apply(self.source, self.edits(self.tree))
            ast.parse(changed)
            key = f'run: "{self.new_file}:{self.new_name}"'
            migrated = KEY.sub(lambda _: key, text.decode()).encode()
        except (SyntaxError, ValueError):
            return False
        try:
            write(new, changed)
            os.chmod(new, os.stat(old).st_mode & 0o7777)
            write(config, migrated)
            if new != old:
                os.unlink(old)
        except OSError:
            self.undo(old, new, config, text)
            return False
        return True

    def undo(self, old: str, new: str, config: str, text: bytes) -> None:
        """The project as it was before mend(), of which a step has failed."""
        with contextlib.suppress(OSError):
            if self.read(self.config) != text:
                write(config, text)  # Or the new file stays: cog.yaml still names it.
            if new != old:
                os.unlink(new)
            elif self.read(self.file) != self.source:
                write(old, self.source)

    def methods(self, tree: ast.Module) -> Iterator[ast.stmt]:
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name == self.name:
                yield from (item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)))

    def edits(self, tree: ast.Module) -> List[Edit]:
        edits: List[Edit] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in CLASSES:
                edits.append(Edit.of(node, CLASSES[node.id]))
            elif isinstance(node, ast.Attribute) and self.is_old(node):
                new = CLASSES.get(node.attr, "run")
                edits.append(Edit(node.end_lineno, node.end_col_offset - len(node.attr), node.end_lineno,
                                  node.end_col_offset, new))
            elif isinstance(node, ast.ImportFrom) and node.module == "cog" and not node.level:
                if any(alias.name in CLASSES for alias in node.names):
                    names = [ast.alias(name=CLASSES.get(a.name, a.name), asname=a.asname) for a in node.names]
                    edits.append(import_edit(node, names))
            elif isinstance(node, ast.ClassDef) and node.name == self.name and node.name in CLASSES:
                edits.append(self.named(node, CLASSES[node.name]))
        edits += [self.named(item, "run") for item in self.methods(tree) if item.name == "predict"]
        return edits

    @staticmethod
    def is_old(node: ast.Attribute) -> bool:
        """cog.BasePredictor, self.predict, super().predict"""
        value = node.value
        if isinstance(value, ast.Name):
            return (value.id, node.attr) in (("cog", "BasePredictor"), ("self", "predict"))
        return node.attr == "predict" and isinstance(value, ast.Call) and getattr(value.func, "id", "") == "super"

    def named(self, node: ast.stmt, new: str) -> Edit:
        """Of the name behind `class` or `def`, whose place `ast` does not tell."""
        lines = self.source.splitlines(keepends=True)[node.lineno - 1:]
        for token in tokenize.generate_tokens(io.StringIO(b"".join(lines).decode()).readline):
            if token.type == tokenize.NAME and token.string == node.name:
                row, column = token.start
                begin = len(token.line[:column].encode())
                line = node.lineno + row - 1
                return Edit(line, begin, line, begin + len(node.name.encode()), new)
        raise ValueError(f"{node.name} has no name")


def parsed(source: bytes) -> Optional[ast.Module]:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def imports(tree: Optional[ast.Module], module: str) -> bool:
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import) and any(alias.name.split(".")[-1] == module for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and ((node.module or "").split(".")[-1] == module or
                                                 any(alias.name == module for alias in node.names)):
            return True
    return False


def is_known_to(release: str) -> bool:
    """Whether this version of cog, "" for the newest, has the new names."""
    numbers = re.match(r"(\d+)\.(\d+)", release)
    return not numbers or (int(numbers[1]), int(numbers[2])) >= FIRST_RELEASE
