"""Parameters of predict() as inputs: types, defaults and what Input(…) says (cog-cli §15.4)."""

import ast
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import annotations, literals
from .errors import SchemaError, unsupported
from .input_types import input_type
from .source import Function, Module, Project, functions_of

InputJson = Dict[str, Any]
_LIMITS = ("ge", "le", "min_length", "max_length")
_CONSTRAINTS = _LIMITS + ("regex", "choices")


class _Parameter(NamedTuple):
    name: str
    annotation: Optional[ast.expr]
    default: Optional[ast.expr]


def inputs_of(project: Project, module: Module, function: Function) -> List[InputJson]:
    """In the order of the parameters; `self`, *args and **kwargs are none."""
    inputs = []
    for index, parameter in enumerate(_parameters(function)):
        is_self = index == 0 and parameter.name == "self" and parameter.annotation is None
        if parameter.annotation is not None:
            inputs.append(_input(project, module, parameter))
        elif parameter.default is not None and not is_self:
            raise SchemaError(f"parameter '{parameter.name}' on {function.name} "
                              "has no type annotation")
    return inputs


def _parameters(function: Function) -> Iterator[_Parameter]:
    arguments = function.args
    plain = arguments.posonlyargs + arguments.args
    missing = len(plain) - len(arguments.defaults)
    defaults = [None] * missing + list(arguments.defaults)
    for names, values in ((plain, defaults), (arguments.kwonlyargs, arguments.kw_defaults)):
        for argument, value in zip(names, values):
            yield _Parameter(argument.arg, argument.annotation, value)


def _input(project: Project, module: Module, parameter: _Parameter) -> InputJson:
    assert parameter.annotation is not None
    kind = input_type(project, module, annotations.parse(parameter.annotation))
    said: InputJson = {}
    if parameter.default is not None:
        said = _said_by_default(module, parameter.name, parameter.default)
    _check(parameter.name, kind, said)
    return {"name": parameter.name, "type": kind, **said}


def _check(name: str, kind: Dict[str, Any], said: InputJson) -> None:
    item = kind["items"][0] if kind["kind"] == "array" else kind
    if "accept" in said and item["kind"] != "path":
        raise SchemaError(f"accept is only valid on Path or File inputs (parameter '{name}')")
    if kind["kind"] == "union" and any(said.get(word) not in (None, []) for word in _CONSTRAINTS):
        raise unsupported("constraints and choices are not supported on union inputs")


def _said_by_default(module: Module, name: str, default: ast.expr) -> InputJson:
    if _is_input_call(module, default):
        return _said_by_call(module, default, name)
    referenced = _referenced_input(module, default)
    if referenced is not None:
        return referenced
    try:
        return {"default": literals.value_of(default, module.constants)}
    except literals.Unresolved:
        raise SchemaError(f"parameter '{name}': default `{module.text(default)}` "
                          "cannot be statically resolved") from None


def _is_input_call(module: Module, node: Optional[ast.AST]) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    entry = module.imports.get(node.func.id)
    return node.func.id == "Input" or entry == ("cog", "Input")


def _said_by_call(module: Module, call: ast.AST, name: str) -> InputJson:
    """The keywords of Input(…); positional arguments count for nothing, as in Cog."""
    assert isinstance(call, ast.Call)
    said: InputJson = {}
    for keyword in call.keywords:
        if keyword.arg == "default_factory":
            raise SchemaError(f"parameter '{name}': default_factory is not supported "
                              "in static schema generation")
        if keyword.arg == "choices":
            said["choices"] = _choices(module, keyword.value, name)
        elif keyword.arg is not None:
            _take(module, keyword.arg, keyword.value, module.constants, said)
    return said


def _choices(module: Module, node: ast.expr, name: str) -> List[Any]:
    try:
        return literals.choices(node, module.constants)
    except literals.Unresolved:
        raise SchemaError(f"parameter '{name}': choices expression "
                          "cannot be statically resolved") from None


def _take(module: Module, word: str, node: ast.expr, scope: Dict[str, ast.expr],
          said: InputJson) -> None:
    """What one keyword says. A default that cannot be read counts as None; any other
    word that cannot be read is left out."""
    if word in _LIMITS:
        number = literals.limit(node, module.source)
        if number is not None:
            said[word] = int(number) if word.endswith("length") else number
        return
    if word not in ("default", "description", "regex", "accept", "deprecated"):
        return
    try:
        value = literals.value_of(node, scope if word in ("default", "description") else {})
    except literals.Unresolved:
        value = None
    if word == "default":
        said[word] = value
    elif isinstance(value, bool if word == "deprecated" else str):
        said[word] = value


def _referenced_input(module: Module, node: ast.expr) -> Optional[InputJson]:
    """`Inputs.attribute` of a class in this file, or a call of its static method that
    returns an Input(…)."""
    if isinstance(node, ast.Attribute):
        return _class_attribute(module, node)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    found = _input_method(module, node.func)
    if found is None:
        return None
    method, said = found
    names = [name for name in (item.name for item in _parameters(method))
             if name not in ("self", "cls")]
    given = list(zip(names, node.args)) + [(word.arg, word.value) for word in node.keywords]
    for word, value in given:
        if word in ("default", "description", "ge", "le"):
            _take(module, word, value, {}, said)
    return said


def _owner(module: Module, node: ast.Attribute) -> Optional[ast.ClassDef]:
    return module.classes.get(node.value.id) if isinstance(node.value, ast.Name) else None


def _class_attribute(module: Module, node: ast.Attribute) -> Optional[InputJson]:
    owner = _owner(module, node)
    said = None
    for statement in owner.body if owner else []:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        if isinstance(target, ast.Name) and target.id == node.attr:
            said = _readable_call(module, statement.value, ast.unparse(node)) or said
    return said


def _input_method(module: Module, node: ast.Attribute) -> Optional[Tuple[Function, InputJson]]:
    owner = _owner(module, node)
    for method in functions_of(owner.body) if owner else ():
        if method.name != node.attr:
            continue
        for statement in method.body:
            said = (_readable_call(module, statement.value, ast.unparse(node))
                    if isinstance(statement, ast.Return) else None)
            if said is not None:
                return method, said
    return None


def _readable_call(module: Module, node: Optional[ast.expr], name: str) -> Optional[InputJson]:
    if node is None or not _is_input_call(module, node):
        return None
    try:
        return _said_by_call(module, node, name)
    except SchemaError:
        return None
