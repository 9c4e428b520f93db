"""The errors of this package. Their texts are those of Cog's own generator."""


class SchemaError(Exception):
    """Why no signature can be told from the sources; the text is for the author."""


class SourceError(SchemaError):
    """There is no source that this Python can read, so that it could not run either. A document
    that tells the types does not help, unless the project is for another Python."""


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
