"""The type of an output, from the return annotation (cog-cli §15.6)."""

from typing import Any, Dict, Tuple

from . import opaque
from .annotations import Annotation
from .errors import SchemaError, imported_type, unknown_type, unsupported
from .input_types import PRIMITIVES, last_name
from .models import Field, Model, find_model
from .opaque import TypeJson
from .source import Module, Project

_ITERATORS = ("Iterator", "AsyncIterator")
_CONCATENATED = ("ConcatenateIterator", "AsyncConcatenateIterator")
_OPTIONAL = "unsupported output type: Optional is not allowed as a return type"

Seen = Tuple[Tuple[str, str], ...]  # models that are being described, against cycles


def output_of(project: Project, module: Module, annotation: Annotation) -> Dict[str, Any]:
    """The members `output` and `mode` of a signature."""
    if opaque.is_annotated(module, annotation) and not opaque.unwrap(module, annotation):
        return output_of(project, module, annotation.args[0])
    outer = last_name(annotation.name) if annotation.is_generic else ""
    if outer in _ITERATORS:
        item = _only_argument(annotation, "Iterator")
        return {"output": output_type(project, module, item, ()), "mode": "iterator"}
    if outer in _CONCATENATED:
        _check_concatenated(annotation)
        return {"output": {"kind": "string"}, "mode": "concatenate"}
    return {"output": output_type(project, module, annotation, ()), "mode": "value"}


def output_type(project: Project, module: Module, annotation: Annotation, seen: Seen) -> TypeJson:
    inner = opaque.unwrap(module, annotation)
    if inner:
        if opaque.optional_of(module, inner):
            raise SchemaError(_OPTIONAL)
        return opaque.type_of(module, inner)
    if opaque.is_annotated(module, annotation):
        return output_type(project, module, annotation.args[0], seen)
    if annotation.is_union:
        raise _union_error(module, annotation)
    if annotation.is_generic:
        return _generic(project, module, annotation, seen)
    return _simple(project, module, annotation.name, seen)


def _union_error(module: Module, annotation: Annotation) -> SchemaError:
    if opaque.optional_of(module, annotation):
        return SchemaError(_OPTIONAL)
    return unsupported("union types are not supported as output")


def _simple(project: Project, module: Module, name: str, seen: Seen) -> TypeJson:
    model = find_model(project, module, name)
    if model:
        return _model(project, model, seen)
    short = last_name(name)
    if short in ("Any", "dict", "Dict"):
        return {"kind": "object"}
    if opaque.container(module, name) in ("list", "List"):
        return {"kind": "array", "items": [{"kind": "object"}]}
    if short in PRIMITIVES:
        return {"kind": PRIMITIVES[short]}
    origin = module.origin(name)
    raise imported_type(short, origin) if origin else unknown_type(short)


def _generic(project: Project, module: Module, annotation: Annotation, seen: Seen) -> TypeJson:
    outer = last_name(annotation.name)
    args = annotation.args
    if outer in ("dict", "Dict"):
        if len(args) != 2:
            raise unsupported("dict expects 0 or 2 type arguments")
        try:
            value = output_type(project, module, args[1], seen)
        except SchemaError as error:
            raise SchemaError(f"resolving dict value type: {error}") from None
        return {"kind": "map", "items": [value]}
    if outer == "Optional":
        if len(args) != 1:
            raise unsupported("Optional expects exactly 1 type argument")
        raise SchemaError(_OPTIONAL)
    if outer == "Union":
        raise _union_error(module, annotation)
    if opaque.container(module, annotation.name) in ("list", "List"):
        return _array(project, module, _only_argument(annotation, "list"), seen)
    if outer in _ITERATORS:
        return _array(project, module, _only_argument(annotation, "Iterator"), seen)
    if outer in _CONCATENATED:
        _check_concatenated(annotation)
        return {"kind": "array", "items": [{"kind": "string"}]}
    raise unsupported(f"{outer}[...] is not a supported output type")


def _array(project: Project, module: Module, item: Annotation, seen: Seen) -> TypeJson:
    return {"kind": "array", "items": [output_type(project, module, item, seen)]}


def _only_argument(annotation: Annotation, name: str) -> Annotation:
    if len(annotation.args) != 1:
        raise unsupported(f"{name} expects exactly 1 type argument")
    return annotation.args[0]


def _check_concatenated(annotation: Annotation) -> None:
    item = _only_argument(annotation, "ConcatenateIterator")
    if item.args:
        raise unsupported("ConcatenateIterator element type must be a simple type")
    if item.name != "str":
        raise SchemaError(f"ConcatenateIterator element type must be str, got {item.name}")


def _model(project: Project, model: Model, seen: Seen) -> TypeJson:
    place = (model.module.path, model.name)
    if place in seen:
        return {"kind": "object"}
    fields = []
    for owner, field in model.fields:
        try:
            fields.append(_field(project, owner, field, seen + (place,)))
        except SchemaError as error:
            raise SchemaError(f'field "{field.name}": {error}') from None
    return {"kind": "struct", "fields": fields}


def _field(project: Project, module: Module, field: Field, seen: Seen) -> Dict[str, Any]:
    result: Dict[str, Any] = {"name": field.name,
                              "type": _field_type(project, module, field.annotation, seen)}
    if field.has_default:
        result["default"] = field.default
    elif field.required is not None:
        result["required"] = field.required
    return result


def _field_type(project: Project, module: Module, annotation: Annotation, seen: Seen) -> TypeJson:
    """Unlike an output, a field may be null."""
    inner = opaque.unwrap(module, annotation)
    if inner:
        return opaque.type_of(module, inner)
    if opaque.is_annotated(module, annotation):
        return _field_type(project, module, annotation.args[0], seen)
    inner = opaque.optional_of(module, annotation)
    if inner:
        return {**output_type(project, module, inner, seen), "optional": True}
    return output_type(project, module, annotation, seen)
