"""Type annotations as a small tree: a name, a generic with arguments, or a union."""

import ast
from dataclasses import dataclass, field
from typing import List, Optional

from .errors import SchemaError, unsupported

# What Cog's parser calls the expressions that cannot be types.
_EXPRESSIONS = {
    ast.Call: "call", ast.List: "list", ast.Tuple: "tuple", ast.Dict: "dictionary",
    ast.Lambda: "lambda", ast.IfExp: "conditional_expression", ast.BoolOp: "boolean_operator",
}


@dataclass
class Annotation:
    """`args` without a name: a union's members; with one: a generic's arguments."""

    name: str = ""
    args: List["Annotation"] = field(default_factory=list)

    @property
    def is_union(self) -> bool:
        return not self.name

    @property
    def is_generic(self) -> bool:
        return bool(self.name) and bool(self.args)

    @property
    def is_none(self) -> bool:
        return self.name == "None" and not self.args


def parse(node: ast.AST) -> Annotation:
    """The annotation's tree; strings are forward references."""
    if isinstance(node, ast.Name):
        return Annotation(node.id)
    if isinstance(node, ast.Attribute):
        return Annotation(ast.unparse(node))
    if isinstance(node, ast.Constant):
        return _constant(node)
    if isinstance(node, ast.Subscript):
        return _generic(node)
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, ast.BitOr):
            raise unsupported("non-union binary operator in type annotation")
        return Annotation(args=_members(node.left) + _members(node.right))
    kind = _EXPRESSIONS.get(type(node), type(node).__name__.lower())
    raise unsupported(f"{kind}: {ast.unparse(node)}")


def _constant(node: ast.Constant) -> Annotation:
    if node.value is None:
        return Annotation("None")
    if isinstance(node.value, str):
        try:
            return parse(ast.parse(node.value.strip(), mode="eval").body)
        except SyntaxError:
            raise unsupported(f"string annotation: {ast.unparse(node)}") from None
    raise unsupported(f"{type(node.value).__name__}: {ast.unparse(node)}")


def _members(node: ast.AST) -> List[Annotation]:
    member = parse(node)
    return member.args if member.is_union else [member]


def _generic(node: ast.Subscript) -> Annotation:
    inner = node.slice
    nodes = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    return Annotation(ast.unparse(node.value), [_argument(item) for item in nodes])


def _argument(node: ast.AST) -> Annotation:
    """Arguments need not be types: the metadata of Annotated, the values of Literal."""
    try:
        return parse(node)
    except SchemaError:
        return Annotation(ast.unparse(node))


def without_none(annotation: Annotation) -> Optional[Annotation]:
    """The X of a union of X and None; nothing for any other annotation."""
    args = annotation.args
    if annotation.is_union and len(args) == 2 and (args[0].is_none or args[1].is_none):
        return args[1] if args[0].is_none else args[0]
    return None
