"""The project's Python files, parsed and never run: imports, constants, classes.

A name is followed into other files of the project; packages that are installed are
never looked at.
"""

import ast
import os
import tokenize
from dataclasses import dataclass
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from . import literals
from .errors import SourceError

# Modules that are never files of a project, whatever lies beside it.
_EXTERNAL = frozenset("""
    builtins typing typing_extensions collections abc enum dataclasses os sys io json re math
    pathlib functools itertools contextlib concurrent asyncio multiprocessing threading logging
    warnings unittest pytest numpy torch tensorflow jax scipy sklearn transformers diffusers
    accelerate safetensors PIL cv2 skimage requests httpx aiohttp fastapi flask pydantic cog
""".split())
_BUILTINS = ("str", "int", "float", "bool", "list", "dict", "set", "None")
TYPING = ("typing", "typing_extensions")

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class Import(NamedTuple):
    """`from module import original`; `import module` has both the same."""

    module: str
    original: str


@dataclass
class Module:
    """One parsed file. Names that two statements define belong to the first class
    and the last import."""

    path: str
    source: str
    tree: ast.Module
    imports: Dict[str, Import]
    constants: Dict[str, ast.expr]
    classes: Dict[str, ast.ClassDef]

    def text(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.source, node) or ast.unparse(node)

    def functions(self) -> Iterator[Function]:
        return functions_of(self.tree.body)

    def is_import(self, name: str, modules: Tuple[str, ...], original: str) -> bool:
        """Whether `name`, plain or as `module.name`, is `original` of one of `modules`."""
        owner, dot, attribute = name.partition(".")
        entry = self.imports.get(owner)
        if entry is None or entry.module not in modules:
            return False
        if dot:
            return attribute == original and entry.original == entry.module
        return entry.original == original

    def origin(self, name: str) -> Optional[str]:
        """The module that a name, or the alias before its dot, was imported from."""
        owner, dot, attribute = name.partition(".")
        entry = self.imports.get(owner)
        if entry is None and dot:
            entry = self.imports.get(attribute)
        return entry.module if entry else None


def functions_of(body: List[ast.stmt]) -> Iterator[Function]:
    return (node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def base_names(node: ast.ClassDef) -> List[str]:
    return [ast.unparse(base) for base in node.bases if isinstance(base, (ast.Name, ast.Attribute))]


def _imports(tree: ast.Module) -> Dict[str, Import]:
    """Of the module's own statements; those inside `if` or `try` are not seen."""
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                found[alias.asname or alias.name] = Import(alias.name, alias.name)
        elif isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            for alias in statement.names:
                found[alias.asname or alias.name] = Import(module, alias.name)
    for name in _BUILTINS:
        found.setdefault(name, Import("builtins", name))
    return found


def _parse(path: str) -> Module:
    with tokenize.open(path) as file:  # honours the file's coding line
        source = file.read()
    tree = ast.parse(source, path)
    classes: Dict[str, ast.ClassDef] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            classes.setdefault(node.name, node)
    return Module(path, source, tree, _imports(tree), literals.constants(tree), classes)


class Project:
    """The files below one directory, each read once."""

    def __init__(self, directory: str) -> None:
        self.directory = os.path.abspath(directory)
        self._modules: Dict[str, Optional[Module]] = {}

    def main(self, file: str) -> Module:
        """The file that cog.yaml names. Errors are the author's to mend."""
        path = os.path.normpath(os.path.join(self.directory, file))
        if not self._holds(path):
            raise SourceError(f'predictor source path "{file}" is outside source directory')
        try:
            return self._modules.setdefault(path, _parse(path))  # type: ignore[return-value]
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise SourceError(f"failed to read predictor source {path}: open {path}: {reason}") \
                from None
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            place = f"{file}, line {line}" if line else file
            message = getattr(error, "msg", str(error))
            raise SourceError(f"failed to parse Python source: {place}: {message}") from None

    def relative(self, module: Module) -> str:
        """The file's name as cog.yaml has it."""
        return os.path.relpath(module.path, self.directory)

    def find_class(self, module: Module, name: str,
                   seen: Tuple[Tuple[str, str], ...] = ()) -> Optional[Tuple[Module, ast.ClassDef]]:
        """The class that `name` means in `module`, in whichever file it stands."""
        if name in module.classes:
            return module, module.classes[name]
        if (module.path, name) in seen:
            return None
        for other, original in self._meanings(module, name):
            found = self.find_class(other, original, seen + ((module.path, name),))
            if found:
                return found
        return None

    def _meanings(self, module: Module, name: str) -> Iterator[Tuple[Module, str]]:
        """The files that may define an imported name, with its name there."""
        entry = module.imports.get(name)
        if entry:
            other = self._imported(module, entry.module)
            if other:
                yield other, entry.original
            return
        owner, dot, attribute = name.rpartition(".")
        entry = module.imports.get(owner) if dot else None
        if entry is None:
            return
        separator = "" if entry.module.endswith(".") else "."
        within = f"{entry.module}{separator}{entry.original}"
        for candidate in (entry.module, within if entry.original != entry.module else ""):
            other = self._imported(module, candidate)
            if other:
                yield other, attribute

    def _imported(self, importer: Module, name: str) -> Optional[Module]:
        level = len(name) - len(name.lstrip("."))
        parts = name[level:].split(".")
        if not parts[0] or (level == 0 and parts[0] in _EXTERNAL):
            return None
        directory = os.path.dirname(importer.path) if level else self.directory
        path = os.path.normpath(os.path.join(directory, *[".."] * (level - 1), *parts) + ".py")
        if not self._holds(path):
            return None
        if path not in self._modules:
            try:
                self._modules[path] = _parse(path)
            except (OSError, SyntaxError, ValueError):
                self._modules[path] = None
        return self._modules[path]

    def _holds(self, path: str) -> bool:
        return path.startswith(os.path.join(self.directory, ""))
