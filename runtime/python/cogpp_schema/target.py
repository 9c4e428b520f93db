"""The function that cog.yaml names, and what its decorators say (cog-cli §15.3, §15.6)."""

import ast
from typing import Any, Dict, Iterable, List, Optional, Tuple

from . import annotations, literals
from .errors import SchemaError, no_output_type, not_found
from .inputs import inputs_of
from .output_types import output_of
from .source import Function, Module, Project, base_names, functions_of

Target = Tuple[Module, Function]
_STREAMING_TYPES = ("Iterator[...], AsyncIterator[...], ConcatenateIterator[...] "
                    "or AsyncConcatenateIterator[...]")


def find_target(project: Project, module: Module, name: str, train: bool,
                warnings: List[str]) -> Target:
    node = module.classes.get(name)
    if node is None:
        wanted = (name, "train" if train else "predict")
        for function in module.functions():
            if function.name in wanted:
                return module, function
        raise not_found(name, project.relative(module), _definitions(module.tree.body), _means(module, name))
    if train:
        for function in functions_of(node.body):
            if function.name == "train":
                return module, function
        raise SchemaError(f"{name}.train not found")
    return _prediction_method(project, module, node, warnings)


def _definitions(nodes: Iterable[ast.AST]) -> List[str]:
    return [node.name for node in nodes
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))]


def _means(module: Module, name: str) -> bool:
    """Whether the file may give the name a meaning that only running it would tell."""
    nodes = list(ast.walk(module.tree))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return bool({name, "*"} & set(module.imports)) or name in stored.union(_definitions(nodes))


def default_name(module: Module) -> str:
    """Runner, else Predictor, of a file that is named alone (cog-runtime §21)."""
    names = {*module.classes, *module.imports, *(function.name for function in module.functions())}
    runner = module.classes.get("Runner")
    if runner is not None and "Predictor" in names:
        methods = {function.name for function in functions_of(runner.body)}
        if not runner.bases and len(methods & {"run", "predict"}) != 1:
            return "Predictor"
    for name in ("Runner", "Predictor"):
        if name in names:
            return name
    raise SchemaError(f"{module.path} has no Runner or Predictor")


def _prediction_method(project: Project, module: Module, node: ast.ClassDef,
                       warnings: List[str]) -> Target:
    found = _methods(project, module, node, [])
    if "run" in found:
        return found["run"]
    if "predict" in found:
        warnings.append(f"{node.name}.predict() is deprecated; use run() instead")
        return found["predict"]
    raise SchemaError(f"{node.name} must define run() or predict()")


def _methods(project: Project, module: Module, node: ast.ClassDef,
             seen: List[ast.ClassDef]) -> Dict[str, Target]:
    """run and predict, its own before those of its bases."""
    if node in seen:
        return {}
    seen.append(node)
    found = {function.name: (module, function) for function in functions_of(node.body)
             if function.name in ("run", "predict")}
    for base in base_names(node):
        parent = project.find_class(module, base)
        if parent:
            for name, target in _methods(project, *parent, seen).items():
                found.setdefault(name, target)
    return found


def signature_of(project: Project, target: Target) -> Dict[str, Any]:
    """The signature, and as `concurrency` what @concurrent says, if anything."""
    module, function = target
    inputs = inputs_of(project, module, function)
    if function.returns is None:
        raise no_output_type(function.name, project.relative(module), function.lineno)
    signature = {"inputs": inputs,
                 **output_of(project, module, annotations.parse(function.returns))}
    if any(_is_cog(module, decorator, "streaming") for decorator in function.decorator_list):
        if signature["mode"] == "value":
            raise SchemaError(f"@streaming requires {_STREAMING_TYPES} return type")
        signature["streaming"] = True
    return signature


def is_async(function: Function) -> bool:
    return isinstance(function, ast.AsyncFunctionDef)


def concurrency_of(target: Target) -> Optional[int]:
    """The number of `@cog.concurrent(max=N)`."""
    module, function = target
    for decorator in function.decorator_list:
        if not _is_cog(module, decorator, "concurrent"):
            continue
        most = _most(decorator)
        if most > 1 and not is_async(function):
            raise SchemaError("@concurrent(max > 1) requires an async run() or predict() method")
        return most
    return None


def _most(decorator: ast.expr) -> int:
    if not isinstance(decorator, ast.Call) or not (decorator.args or decorator.keywords):
        return 1
    if decorator.args or [word.arg for word in decorator.keywords] != ["max"]:
        raise SchemaError("@concurrent only supports literal integer max=... arguments")
    try:
        most = literals.literal(decorator.keywords[0].value)
    except literals.Unresolved:
        most = None
    if not isinstance(most, int) or isinstance(most, bool):
        raise SchemaError("@concurrent max must be an integer literal")
    if most < 1:
        raise SchemaError("@concurrent max must be at least 1")
    return most


def _is_cog(module: Module, decorator: ast.expr, name: str) -> bool:
    """`@name`, `@name()`, `@cog.name` and `@cog.name()`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(called, (ast.Name, ast.Attribute)):
        return False
    return module.is_import(ast.unparse(called), ("cog",), name)
