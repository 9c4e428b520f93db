"""The rules: each looks at one parsed file and gives findings."""

import ast
import sys
from dataclasses import dataclass, field
from typing import Callable, Iterator, List, Optional, Sequence, Set, Tuple

from .edits import Edit, import_edit


@dataclass
class Finding:
    check: str
    severity: str  # "error" or "warning"
    line: int
    message: str
    remedy: str
    edits: List[Edit] = field(default_factory=list)  # none: to be mended by hand


@dataclass(frozen=True)
class Source:
    tree: ast.Module
    name: str = ""  # the class or function that cog.yaml names in this file
    file: str = ""


def imports_of(tree: ast.Module, *modules: str) -> List[ast.ImportFrom]:
    return [node for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in modules]


def local_name(imports: Sequence[ast.ImportFrom], name: str) -> Optional[str]:
    """What the file calls an imported name."""
    for node in imports:
        for alias in node.names:
            if alias.name == name:
                return alias.asname or name
    return None


def uses(tree: ast.AST, name: str) -> List[ast.Name]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]


def allows_arbitrary_types(node: ast.stmt) -> bool:
    """`model_config = ConfigDict(arbitrary_types_allowed=True)`, or pydantic 1's class Config."""
    if isinstance(node, ast.ClassDef) and node.name == "Config":
        return any(isinstance(item, ast.Assign) and any(getattr(target, "id", "") == "arbitrary_types_allowed"
                                                        for target in item.targets) for item in node.body)
    value = getattr(node, "value", None)
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    if not any(getattr(target, "id", "") == "model_config" for target in targets):
        return False
    return isinstance(value, ast.Call) and any(word.arg == "arbitrary_types_allowed" for word in value.keywords)


def says_no_more(node: ast.stmt) -> bool:
    """The configuration allows arbitrary types, and nothing else."""
    if isinstance(node, ast.ClassDef):
        return len(node.body) == 1
    return isinstance(node.value, ast.Call) and len(node.value.keywords) == 1 and not node.value.args


def is_base(node: ast.expr, name: Optional[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "BaseModel" and getattr(node.value, "id", "") == "pydantic"
    return name is not None and isinstance(node, ast.Name) and node.id == name


def pydantic_models(source: Source) -> Iterator[Finding]:
    tree = source.tree
    imports = imports_of(tree, "pydantic")
    name = local_name(imports, "BaseModel")
    models = [node for node in ast.walk(tree)
              if isinstance(node, ast.ClassDef) and any(is_base(base, name) for base in node.bases)]
    found = [(model, item) for model in models for item in model.body if allows_arbitrary_types(item)]
    edits = pydantic_edits(tree, imports, models, found)
    for model, _ in found:
        yield Finding("python-pydantic-basemodel", "error", model.lineno,
                      f"{model.name} inherits from pydantic.BaseModel with arbitrary_types_allowed; "
                      "use cog.BaseModel instead", "Import BaseModel from cog and remove the configuration", edits)


def pydantic_edits(tree: ast.Module, imports: Sequence[ast.ImportFrom], models: Sequence[ast.ClassDef],
                   found: Sequence[Tuple[ast.ClassDef, ast.stmt]]) -> List[Edit]:
    """None where more of pydantic is in use than the two names: that is for a person."""
    plain = len(imports) == 1 and all(a.name in ("BaseModel", "ConfigDict") and not a.asname for a in imports[0].names)
    if not plain or len(found) != len(models) or not all(says_no_more(item) for _, item in found):
        return []
    if len(uses(tree, "BaseModel")) != len(models) or any(len(model.bases) != 1 for model in models):
        return []
    edits = [Edit.of(item, "" if len(model.body) > 1 else "pass") for model, item in found]
    cog = imports_of(tree, "cog")
    if cog:
        edits += [import_edit(imports[0], []), import_edit(cog[0], cog[0].names, ["BaseModel"])]
    else:
        edits.append(Edit.of(imports[0], "from cog import BaseModel"))
    return edits


REMOVED = "ExperimentalFeatureWarning"


def deprecated_imports(source: Source) -> Iterator[Finding]:
    for node in imports_of(source.tree, "cog", "cog.types"):
        alias = next((a for a in node.names if a.name == REMOVED), None)
        if alias is None:
            continue
        edits = [import_edit(node, [a for a in node.names if a is not alias])]
        filters = [item for item in ast.walk(source.tree) if is_filter(item, alias.asname or REMOVED)]
        if len(filters) == len(uses(source.tree, alias.asname or REMOVED)):
            edits += [Edit.of(item, "pass" if alone(source.tree, item) else "") for item in filters]
        else:
            edits = []  # the name is needed for something else
        yield Finding("python-deprecated-imports", "error", node.lineno,
                      f"{REMOVED} was removed in cog 0.17; current_scope().record_metric() is no longer experimental",
                      "Remove the import and what uses it", edits)


def is_filter(node: ast.AST, name: str) -> bool:
    """warnings.filterwarnings("ignore", category=ExperimentalFeatureWarning) and its like."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    function = node.value.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called in ("filterwarnings", "simplefilter") and bool(uses(node, name))


def alone(tree: ast.Module, statement: ast.stmt) -> bool:
    """It is all that its block holds."""
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            if getattr(node, block, None) == [statement]:
                return not isinstance(node, ast.Module)
    return False


def missing_annotations(source: Source) -> Iterator[Finding]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in source.tree.body:
        if getattr(node, "name", "") != source.name or not source.name:
            continue
        methods = [item for item in getattr(node, "body", []) if isinstance(item, functions)
                   and item.name in ("run", "predict", "train")] if isinstance(node, ast.ClassDef) else [node]
        for method in methods:
            if isinstance(method, functions) and method.returns is None:
                yield Finding("python-missing-type-annotations", "warning", method.lineno,
                              f"{method.name}() has no return type annotation",
                              "Add the type of the output, for example: -> str")


def top_level(tree: ast.Module) -> Tuple[Set[str], List[str]]:
    """All names that the file defines or imports, and those of its classes and functions."""
    names: Set[str] = set()
    defined: List[str] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            defined.append(node.name)
    return names.union(defined), defined


def wrong_reference(source: Source) -> Iterator[Finding]:
    names, defined = top_level(source.tree)
    if not source.name or source.name in names or "*" in names:
        return
    found = f"; found: {', '.join(defined)}" if defined else ""
    yield Finding("config-predict-ref", "error", 1, f'class "{source.name}" not found in {source.file}{found}',
                  "Name one that is there in cog.yaml")


def not_python(error: Exception, file: str, named: bool) -> Finding:
    """A file that does not parse: no prediction without the one that cog.yaml names, and none
    without another one that it imports."""
    line = getattr(error, "lineno", None) or 1
    version = ".".join(map(str, sys.version_info[:2]))
    return Finding("python-syntax", "error" if named else "warning", line,
                   f"not valid Python {version}: {getattr(error, 'msg', None) or error}",
                   f"Correct line {line} of {file}, or what a line before it leaves open")


# Those of the second kind look at what cog.yaml names.
RULES: List[Callable[[Source], Iterator[Finding]]] = [pydantic_models, deprecated_imports]
NAMED_RULES: List[Callable[[Source], Iterator[Finding]]] = [wrong_reference, missing_annotations]


def findings(text: bytes, file: str = "", names: Set[str] = frozenset()) -> List[Finding]:
    """Of one file; `names` are what cog.yaml names in it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        return [not_python(error, file, bool(names))]
    found: List[Finding] = []
    for rule in RULES:
        found += rule(Source(tree))
    for name in sorted(names):
        for rule in NAMED_RULES:
            found += rule(Source(tree, name, file))
    return found
