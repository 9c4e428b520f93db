"""Classes that describe objects: BaseModel and TypedDict, and their fields."""

import ast
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from . import annotations, literals
from .annotations import Annotation
from .errors import SchemaError
from .source import TYPING, Module, Project, base_names

_BASE_MODEL_OWNERS = ("cog", "pydantic", "pydantic.v1")


@dataclass
class Field:
    name: str
    annotation: Annotation
    has_default: bool = False
    default: Any = None
    required: Optional[bool] = None  # of TypedDict: whether the key must be there


@dataclass
class Model:
    module: Module  # whose names its annotations use
    name: str
    fields: List[Tuple[Module, Field]]


def is_typed_dict(project: Project, module: Module, name: str) -> bool:
    found = project.find_class(module, name)
    return found is not None and _is_typed_dict(project, *found)


def find_model(project: Project, module: Module, name: str) -> Optional[Model]:
    """The BaseModel or TypedDict class that `name` means, if it is one."""
    found = project.find_class(module, name)
    if found is None:
        return None
    owner, node = found
    if _is_typed_dict(project, owner, node):
        return Model(owner, node.name, _typed_dict_fields(project, owner, node))
    if _is_base_model(owner, node):
        fields = [(owner, field) for field in _own_fields(owner, node, None)]
        return Model(owner, node.name, fields)
    return None


def _is_base_model(module: Module, node: ast.ClassDef) -> bool:
    return any(name == "BaseModel" or name.endswith(".BaseModel")
               or module.is_import(name, _BASE_MODEL_OWNERS, "BaseModel")
               for name in base_names(node))


def _is_plain_typed_dict(module: Module, name: str) -> bool:
    return (name == "TypedDict" or name.endswith(".TypedDict")
            or module.is_import(name, TYPING, "TypedDict"))


def _parents(project: Project, module: Module,
             node: ast.ClassDef) -> List[Tuple[Module, ast.ClassDef]]:
    found = [project.find_class(module, name) for name in base_names(node)
             if not _is_plain_typed_dict(module, name)]
    return [parent for parent in found if parent is not None and parent[1] is not node]


def _is_typed_dict(project: Project, module: Module, node: ast.ClassDef, depth: int = 0) -> bool:
    if any(_is_plain_typed_dict(module, name) for name in base_names(node)):
        return True
    return depth < 50 and any(_is_typed_dict(project, *parent, depth + 1)
                              for parent in _parents(project, module, node))


def _typed_dict_fields(project: Project, module: Module, node: ast.ClassDef,
                       depth: int = 0) -> List[Tuple[Module, Field]]:
    """Those of the parents first; an own field takes its namesake's place."""
    merged: Dict[str, Tuple[Module, Field]] = {}
    for parent_module, parent in _parents(project, module, node) if depth < 50 else []:
        if _is_typed_dict(project, parent_module, parent):
            for owner, field in _typed_dict_fields(project, parent_module, parent, depth + 1):
                merged[field.name] = owner, field
    total = not any(word.arg == "total" and isinstance(word.value, ast.Constant)
                    and word.value.value is False for word in node.keywords)
    for field in _own_fields(module, node, total):
        merged[field.name] = module, field
    return list(merged.values())


def _own_fields(module: Module, node: ast.ClassDef, total: Optional[bool]) -> List[Field]:
    """Annotated names of the class body; `total` is None for a BaseModel."""
    fields = []
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        try:
            field = Field(statement.target.id, annotations.parse(statement.annotation))
        except SchemaError:
            continue
        if statement.value is not None:
            try:
                field.default = literals.literal(statement.value)
                field.has_default = True
            except literals.Unresolved:
                pass
        if total is not None:
            _take_qualifier(module, field, total)
        fields.append(field)
    return fields


def _take_qualifier(module: Module, field: Field, total: bool) -> None:
    field.required = total
    annotation = field.annotation
    if not annotation.is_generic or len(annotation.args) != 1:
        return
    for word, required in (("NotRequired", False), ("Required", True)):
        name = annotation.name
        if name == word or name.endswith("." + word) or module.is_import(name, TYPING, word):
            field.annotation, field.required = annotation.args[0], required
            return
