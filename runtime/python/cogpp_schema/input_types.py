"""The type of an input, from its annotation (cog-cli §15.5)."""

from typing import List

from . import opaque
from .annotations import Annotation
from .errors import imported_type, unsupported
from .models import is_typed_dict
from .opaque import TypeJson
from .source import Module, Project

PRIMITIVES = {"bool": "boolean", "float": "number", "int": "integer", "str": "string",
              "Path": "path", "File": "path", "Secret": "secret", "Any": "object"}
_NOT_IN_UNIONS = ("Path", "File", "Secret")


def last_name(name: str) -> str:
    """`alias.Type` means Type, whatever the alias."""
    return name.partition(".")[2] or name


def input_type(project: Project, module: Module, annotation: Annotation) -> TypeJson:
    inner = opaque.unwrap(module, annotation)
    if inner:
        return opaque.type_of(module, inner)
    if annotation.is_union:
        return _union(project, module, annotation.args)
    if annotation.is_generic:
        return _generic(project, module, annotation)
    return _simple(project, module, annotation.name)


def _simple(project: Project, module: Module, name: str) -> TypeJson:
    short = last_name(name)
    if is_typed_dict(project, module, name) or short in ("dict", "Dict"):
        return {"kind": "object"}
    if short in PRIMITIVES:
        return {"kind": PRIMITIVES[short]}
    origin = module.origin(name)
    raise imported_type(short, origin) if origin else unsupported(short)


def _generic(project: Project, module: Module, annotation: Annotation) -> TypeJson:
    outer = last_name(annotation.name)
    args = annotation.args
    if outer in ("dict", "Dict"):
        return {"kind": "object"}
    if outer == "Optional":
        if len(args) != 1:
            raise unsupported(f"Optional expects exactly 1 type argument, got {len(args)}")
        return {**input_type(project, module, args[0]), "optional": True}
    if outer == "Union":
        return _union(project, module, args)
    if opaque.is_annotated(module, annotation):
        return input_type(project, module, args[0])
    if outer in ("List", "list"):
        return _list(project, module, args)
    raise unsupported(f"{outer}[...] is not a supported input type")


def _list(project: Project, module: Module, args: List[Annotation]) -> TypeJson:
    if len(args) != 1:
        raise unsupported(f"List expects exactly 1 type argument, got {len(args)}")
    item = input_type(project, module, args[0])
    if item.get("optional") or item["kind"] in ("array", "union"):
        raise unsupported("nested generics like List[Optional[X]] are not supported")
    return {"kind": "array", "items": [item]}


def _union(project: Project, module: Module, args: List[Annotation]) -> TypeJson:
    members = [item for item in args if not item.is_none]
    types = []
    for member in members:
        nested = member.is_union or (member.is_generic and member.name == "Union")
        found = None if nested else input_type(project, module, member)
        if found is None or found["kind"] == "union":
            raise unsupported("nested union inputs are not supported")
        types.append(found)
    if not types:
        raise unsupported("union inputs must include at least one non-None type")
    nullable = len(members) < len(args)
    if len(types) == 1:
        return {**types[0], "optional": True} if nullable else types[0]
    for member, found in zip(members, types):
        _check_member(member, found)
    union: TypeJson = {"kind": "union", "items": types}
    return {**union, "optional": True} if nullable else union


def _check_member(member: Annotation, found: TypeJson) -> None:
    if found.get("optional"):
        raise unsupported("nested nullable variants are not supported in union inputs")
    if found["kind"] == "array":
        inner = member.args[0] if member.args else Annotation("Any")
        _check_member(inner, found["items"][0])
    elif last_name(member.name) in _NOT_IN_UNIONS:
        raise unsupported(f"{last_name(member.name)} is not supported in union inputs")
