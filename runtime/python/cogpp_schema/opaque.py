"""`Annotated[T, cog.Opaque]`: a type that is passed through as JSON, unlooked at."""

from typing import Any, Dict, Optional

from .annotations import Annotation, without_none
from .source import TYPING, Module

TypeJson = Dict[str, Any]  # docs of schema/signature.hpp: {"kind": …, "optional": …, …}


def is_annotated(module: Module, annotation: Annotation) -> bool:
    return annotation.is_generic and module.is_import(annotation.name, TYPING, "Annotated")


def unwrap(module: Module, annotation: Annotation) -> Optional[Annotation]:
    """The T of `Annotated[T, …, Opaque, …]`."""
    if not is_annotated(module, annotation):
        return None
    marked = any(not item.args and module.is_import(item.name, ("cog",), "Opaque")
                 for item in annotation.args[1:])
    return annotation.args[0] if marked else None


def container(module: Module, name: str) -> str:
    """`list`, `List`, `Optional` or `Union`, when the name means Python's own."""
    if name == "list" and module.origin(name) == "builtins":
        return name
    for known in ("List", "Optional", "Union"):
        if module.is_import(name, TYPING, known):
            return known
    return ""


def optional_of(module: Module, annotation: Annotation) -> Optional[Annotation]:
    """The X of Optional[X], Union[X, None] or X | None."""
    if annotation.is_generic:
        name = container(module, annotation.name) or annotation.name
        if name == "Optional" and len(annotation.args) == 1:
            return annotation.args[0]
        if name == "Union":
            return without_none(Annotation(args=annotation.args))
    return without_none(annotation)


def type_of(module: Module, inner: Annotation) -> TypeJson:
    """What an opaque T looks like from outside: an object, or a list of objects."""
    nested = unwrap(module, inner)
    if nested:
        return type_of(module, nested)
    optional = optional_of(module, inner)
    if optional:
        return {**type_of(module, optional), "optional": True}
    if not inner.is_union and container(module, inner.name) in ("list", "List"):
        return {"kind": "array", "items": [{"kind": "object"}]}
    return {"kind": "object"}
