"""The errors of this package. Their texts are those of Cog's own generator."""

from typing import Sequence


class SchemaError(Exception):
    """Why no signature can be told from the sources; the text is for the author. `clear` is
    another one where Cog's does not say what is wrong."""

    def __init__(self, text: str, clear: str = "") -> None:
        super().__init__(text)
        self.clear = clear or text


class SourceError(SchemaError):
    """There is no source that this Python can read, so that it could not run either. A document
    that tells the types does not help, unless the project is for another Python."""


def not_found(name: str, file: str, defined: Sequence[str], means: bool) -> SchemaError:
    """`means`: the name is there, but no class or function of the file's top level."""
    if means:
        return SchemaError(name, f'"{name}" in {file} is no class or function of its top level, '
                                 "so that its types cannot be read")
    found = f"; found: {', '.join(defined)}" if defined else ""
    return SchemaError(name, f'class "{name}" not found in {file}{found}')  # as cogpp_doctor says it


def no_output_type(function: str, file: str, line: int) -> SchemaError:
    return SchemaError(function, f"{file}:{line} — {function}() has no return type annotation. "
                                 "Add the type of the output, for example: -> str")


def unsupported(what: str) -> SchemaError:
    return SchemaError(f"unsupported type: {what}")


def imported_type(name: str, module: str) -> SchemaError:
    return SchemaError(
        f"cannot resolve type '{name}' (imported from '{module}') - external types cannot be "
        "statically analyzed. If this is a JSON-shaped third-party type, mark it opaque with "
        f"Annotated[{name}, cog.Opaque]")


def unknown_type(name: str) -> SchemaError:
    return SchemaError(
        f"cannot resolve type '{name}' - it is not a primitive type (str, int, float, bool, Path) "
        "and no BaseModel definition was found in the predict file")
