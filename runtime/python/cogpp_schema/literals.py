"""Values that stand in the source as they are: literals and module constants.

Numbers are read as Cog reads them: what does not fit 64 bits is no literal, and limits
(ge, le, …) take plain decimal numbers only.
"""

import ast
import math
import re
from typing import Any, Dict, List, Optional

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_MOST = 2**63


class Unresolved(Exception):
    """The expression is not one whose value the source shows."""


def literal(node: ast.AST) -> Any:
    """The value of a literal as JSON knows it; tuples and sets become lists."""
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return _signed(node)
    if isinstance(node, (ast.List, ast.Set)):
        return [literal(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return _resolved_items(node.elts)
    if isinstance(node, ast.Dict):
        return _dictionary(node)
    raise Unresolved


def _constant(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int) and -_MOST <= value < _MOST:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise Unresolved


def _signed(node: ast.UnaryOp) -> Any:
    operand = node.operand
    if not isinstance(operand, ast.Constant) or isinstance(operand.value, bool):
        raise Unresolved
    if not isinstance(operand.value, (int, float)):
        raise Unresolved
    return _constant(-operand.value if isinstance(node.op, ast.USub) else operand.value)


def _resolved_items(nodes: List[ast.expr]) -> List[Any]:
    """Of a tuple: what is no literal is left out."""
    items = []
    for node in nodes:
        try:
            items.append(literal(node))
        except Unresolved:
            pass
    return items


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _dictionary(node: ast.Dict) -> Dict[str, Any]:
    """Pairs that are no literals are left out. JSON's keys are strings."""
    result = {}
    for key, value in zip(node.keys, node.values):
        try:
            if key is not None:
                result[_key(literal(key))] = literal(value)
        except Unresolved:
            pass
    return result


def constants(tree: ast.Module) -> Dict[str, ast.expr]:
    """The module's own `NAME = literal` statements: the expressions, by name."""
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            target, value = statement.target, statement.value
        else:
            continue
        if isinstance(target, ast.Name):
            try:
                literal(value)
            except Unresolved:
                continue
            found[target.id] = value
    return found


def value_of(node: ast.AST, scope: Dict[str, ast.expr]) -> Any:
    """A literal, or the constant of that name."""
    if isinstance(node, ast.Name) and node.id in scope:
        return literal(scope[node.id])
    return literal(node)


def limit(node: ast.AST, source: str) -> Optional[float]:
    """The number of ge, le, min_length or max_length; None when it is no plain number."""
    text = (ast.get_source_segment(source, node) or "").strip()
    return float(text) if _DECIMAL.match(text) else None


def choices(node: ast.AST, scope: Dict[str, ast.expr]) -> List[Any]:
    """`[…]`, a constant's name, `list(D.keys())`, `list(D.values())`, or a sum of them."""
    if isinstance(node, ast.List):
        return literal(node)
    if isinstance(node, ast.Name) and isinstance(scope.get(node.id), (ast.List, ast.Tuple)):
        return literal(scope[node.id])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return choices(node.left, scope) + choices(node.right, scope)
    if isinstance(node, ast.Call):
        return _items_of_dictionary(node, scope)
    raise Unresolved


def _items_of_dictionary(node: ast.Call, scope: Dict[str, ast.expr]) -> List[Any]:
    inner = node.args[0] if node.args else None
    is_list = isinstance(node.func, ast.Name) and node.func.id == "list"
    if not is_list or not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
        raise Unresolved
    owner = inner.func.value
    dictionary = scope.get(owner.id) if isinstance(owner, ast.Name) else None
    if not isinstance(dictionary, ast.Dict) or inner.func.attr not in ("keys", "values"):
        raise Unresolved
    pairs = [(k, v) for k, v in zip(dictionary.keys, dictionary.values) if k is not None]
    return _resolved_items([k if inner.func.attr == "keys" else v for k, v in pairs])
