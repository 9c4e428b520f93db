"""Changes of a source file's text, at places that `ast` gave."""

import ast
import os
import tempfile
from dataclasses import dataclass
from typing import List, Optional, Sequence


@dataclass(frozen=True)
class Edit:
    """Replaces the text from (line, column) to (end_line, end_column); lines count from 1,
    columns are of UTF-8 bytes, as ast has them. An edit without text takes a line that
    becomes empty with it."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    @staticmethod
    def of(node: ast.AST, text: str) -> "Edit":
        return Edit(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, text)


def apply(source: bytes, edits: Sequence[Edit]) -> bytes:
    """The later places first, so that the earlier ones keep their numbers. Of two equal
    edits one is made; edits that overlap otherwise are a mistake of their maker."""
    lines = source.splitlines(keepends=True)
    for edit in sorted(set(edits), key=lambda e: (e.line, e.column), reverse=True):
        first, last = lines[edit.line - 1], lines[edit.end_line - 1]
        before, after = first[:edit.column], last[edit.end_column:]
        whole = before + edit.text.encode() + after
        if not edit.text and not whole.strip():
            whole = b""
        lines[edit.line - 1:edit.end_line] = [whole]
    return b"".join(lines)


def mend(path: str, edits: Sequence[Edit]) -> Optional[str]:
    """Replaces the file at once; the reason when that cannot be done. What would not be
    Python any more is never written."""
    try:
        with open(path, "rb") as file:
            source = file.read()
        changed = apply(source, edits)
        ast.parse(changed)
        write(path, changed)
    except (OSError, SyntaxError, ValueError) as error:
        return str(error)
    return None


def write(path: str, content: bytes) -> None:
    directory = os.path.dirname(os.path.abspath(path))
    handle, part = tempfile.mkstemp(dir=directory, prefix=".cogpp-doctor-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if os.path.exists(path):
            os.chmod(part, os.stat(path).st_mode & 0o7777)
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def import_edit(node: ast.ImportFrom, kept: Sequence[ast.alias], added: Sequence[str] = ()) -> Edit:
    """The same import with other names; without any it goes."""
    names: List[str] = [f"{a.name} as {a.asname}" if a.asname else a.name for a in kept]
    names += [name for name in added if name not in names]
    return Edit.of(node, f"from {'.' * node.level}{node.module or ''} import {', '.join(names)}" if names else "")
