"""A Python predictor's signature, read from its source without running any of it.

The rules and the texts of errors are those of Cog's own generator (cog-cli §15,
cog-runtime §17). Standard library only; the interpreter must be able to parse the
project's syntax.
"""

from typing import Any, Dict, List, Optional, Tuple

from .errors import SchemaError, SourceError
from .source import Module, Project
from .target import concurrency_of, default_name, find_target, is_async, signature_of

__all__ = ["SchemaError", "SourceError", "describe", "with_name"]


def describe(project: str, predictor_ref: Optional[str],
             train_ref: Optional[str] = None) -> Dict[str, Any]:
    """What `predictor_ref` (`predict.py:Predictor`) and `train_ref` take and give:

    {"signature": SIG, "training": SIG or None, "concurrency": N or None, "async": bool,
     "warnings": [text]}

    SIG is the JSON form of schema/signature.hpp. A project that can only be trained has no
    predictor; then "signature" is None. Raises SchemaError.
    """
    if not predictor_ref and not train_ref:
        raise SourceError("no predict or train reference found in cog.yaml")
    files = Project(project)
    result: Dict[str, Any] = {"signature": None, "training": None, "concurrency": None,
                              "async": False, "warnings": []}
    if predictor_ref:
        module, name = _module_and_name(files, predictor_ref)
        target = find_target(files, module, name, False, result["warnings"])
        result.update({"signature": signature_of(files, target),
                       "concurrency": concurrency_of(target), "async": is_async(target[1])})
    if train_ref:
        module, name = _module_and_name(files, train_ref)
        target = find_target(files, module, name, True, result["warnings"])
        result["training"] = signature_of(files, target)
        result["training"].pop("streaming", None)  # trainings never stream
    return result


def with_name(project: str, reference: str) -> str:
    """`reference` with the name that Cog's runtime takes where it is left out. Cog's
    generator, and so describe(), asks for it. Raises SchemaError."""
    file, colon, _ = reference.partition(":")
    if colon:
        return reference
    return f"{file}:{default_name(Project(project).main(file))}"


def _module_and_name(files: Project, reference: str) -> Tuple[Module, str]:
    file, colon, name = reference.partition(":")
    if not file or not name:
        raise SourceError(f"invalid predict reference '{reference}' — expected format: "
                          "file.py:ClassName or file.py:function_name")
    return files.main(file), name
