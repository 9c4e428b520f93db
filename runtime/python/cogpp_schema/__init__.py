"""A Python predictor's signature, read from its source without running any of it.

The rules and the texts of errors are those of Cog's own generator (cog-cli §15,
cog-runtime §17). Standard library only; the interpreter must be able to parse the
project's syntax.
"""

from typing import Any, Dict, List, Optional, Tuple

from .errors import SchemaError
from .source import Module, Project
from .target import concurrency_of, find_target, is_async, signature_of

__all__ = ["SchemaError", "describe"]


def describe(project: str, predictor_ref: str, train_ref: Optional[str] = None) -> Dict[str, Any]:
    """What `predictor_ref` (`predict.py:Predictor`) and `train_ref` take and give:

    {"signature": SIG, "training": SIG or None, "concurrency": N or None, "async": bool,
     "warnings": [text]}

    SIG is the JSON form of schema/signature.hpp. Raises SchemaError.
    """
    files = Project(project)
    warnings: List[str] = []
    module, name = _module_and_name(files, predictor_ref)
    target = find_target(files, module, name, False, warnings)
    signature = signature_of(files, target)
    result: Dict[str, Any] = {"signature": signature, "training": None,
                              "concurrency": concurrency_of(target), "async": is_async(target[1]),
                              "warnings": warnings}
    if train_ref:
        module, name = _module_and_name(files, train_ref)
        target = find_target(files, module, name, True, warnings)
        result["training"] = signature_of(files, target)
        result["training"].pop("streaming", None)  # trainings never stream
    return result


def _module_and_name(files: Project, reference: str) -> Tuple[Module, str]:
    file, colon, name = reference.partition(":")
    if not file or not name:
        raise SchemaError(f"invalid predict reference '{reference}' — expected format: "
                          "file.py:ClassName or file.py:function_name")
    return files.main(file), name
