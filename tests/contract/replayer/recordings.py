"""Finds recordings and the exceptions that were made for them."""

import fnmatch
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE / "recordings"


def fits(name, patterns):
    """Whether the name matches one of the patterns."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


class Recording:
    """One recorded case, for one kind of predictor, with its exception, if there is one."""

    def __init__(self, name, data, exception, kind="cpp"):
        self.name = name
        self.data = data
        self.exception = exception
        self.kind = kind
        self.extra = self.data.get("extra") or {}
        self.exchanges = data.get("exchanges", [])
        self.apply_replacements()

    @property
    def server(self):
        return {**server_of(self.data), **self.exception.get("server", {})}

    @property
    def schema(self):
        """Which variant of the model's schema file the server had; None: the model's own."""
        note = self.data.get("note") or ""
        return note.rsplit(" ", 1)[1] if note.startswith("schema variant ") else None

    @property
    def skip_reason(self):
        return self.exception["reason"] if self.exception.get("skip") else None

    @property
    def group(self):
        server = self.server
        env, args = tuple(sorted(server["env"].items())), tuple(server["args"])
        return (server["model"], self.schema, env, args)

    @property
    def downloads(self):
        """The paths of the files that were fetched, or that the exception names instead."""
        uploads = self.data.get("uploads") or []
        recorded = [one["path"] for one in uploads if one["method"] == "GET"]
        return sorted(self.exception.get("downloads", {}).get(self.name, recorded))

    @property
    def superseded(self):
        """Whether a newer Cog answers this differently, which is recorded, too."""
        return (ROOT / "coglet-0.23.1" / f"{self.name}.json").exists()

    def apply_replacements(self):
        """What an exception changes in the recording: texts in all bodies (`replace`), members of
        responses by index (`responses`), members of `server` and `extra`."""
        self.extra.update(self.exception.get("extra", {}))
        fits = [pair for pair in self.exception.get("replace", []) if self.has(pair[0])]
        if self.exception.get("replace") and not fits:
            raise ValueError(f"{self.name}: exceptions.json replaces what is not there")
        for old, new in fits:
            while isinstance(new, dict):
                new = new[self.name if self.name in new else self.kind]
            for exchange in self.exchanges:
                body = exchange["response"]["body"]
                if isinstance(body, str) and old in body:
                    exchange["response"]["body"] = body.replace(old, new)
                    self.forget_length(exchange["response"])
            received = self.extra.get("received", "")
            if old in received:
                self.extra["received"] = received.replace(old, new)
        for index, response in self.exception.get("responses", {}).items():
            if int(index) >= len(self.exchanges):
                continue  # of another recording with the same exception
            self.exchanges[int(index)]["response"].update(response)
            self.forget_length(self.exchanges[int(index)]["response"])

    def has(self, text):
        """Whether a recorded body or the raw bytes hold it."""
        bodies = [exchange["response"]["body"] for exchange in self.exchanges]
        bodies.append(self.extra.get("received", ""))
        return any(isinstance(body, str) and text in body for body in bodies)

    @staticmethod
    def forget_length(response):
        for header in response["headers"]:
            if header[0] == "content-length":
                header[1] = "{{LEN}}"


def server_of(data):
    """The model of a recording, with the server's environment and arguments."""
    return data.get("server") or {"model": "noop", "env": {}, "args": []}


def exceptions():
    """By names or patterns of recordings."""
    text = (HERE / "exceptions.json").read_text(encoding="utf-8")
    return json.loads(text)["recordings"]


def not_in_cpp():
    """By model: what of its recordings no C++ predictor can do."""
    models = json.loads((HERE / "models" / "not_in_cpp.json").read_text(encoding="utf-8"))
    return {model: table for model, table in models.items() if model != "about"}


def all_paths():
    return sorted(ROOT.glob("**/*.json"))


def name_of(path):
    return str(path.relative_to(ROOT).with_suffix(""))


def load(patterns, kind="cpp"):
    """The recordings whose name matches one of the patterns (all without patterns), with what is
    excepted for this kind of predictor."""
    table = exceptions_of(kind)
    selected = []
    for path in all_paths():
        name = name_of(path)
        if not patterns or fits(name, patterns):
            selected.append(Recording(name, read(path), exception_for(table, name), kind))
    return selected


def exceptions_of(kind):
    table = {}
    for recordings in not_in_cpp().values() if kind == "cpp" else []:
        for key, one in recordings.items():
            skipped = isinstance(one, str)
            table[key] = {"skip": True, "reason": f"not in C++: {one}"} if skipped else one
    return table | {
        key: one for key, one in exceptions().items() if kind in one.get("kinds", [kind])
    }


def read(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    return document_case(path.stem, data) if path.parent.name == "openapi" else data


def document_case(model, document):
    """openapi/ holds the documents that Cog's generator made of the models, not recordings. The
    server gives such a document compact and with sorted keys (cog-runtime §0.1)."""
    body = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    headers = [["content-type", "application/json"], ["content-length", str(len(body.encode()))]]
    request = {
        "method": "GET",
        "target": "/openapi.json",
        "headers": [["Host", "localhost"]],
        "body": None,
    }
    response = {"version": "HTTP/1.1", "status": 200, "reason": "OK", "body": body}
    response["headers"] = headers + [["date", "{{DATE}}"]]
    server = {"model": model, "env": {}, "args": []}
    return {"server": server, "exchanges": [{"request": request, "response": response}]}


# The recorded variants of a schema: the pattern in place of the model's own.
PATTERNS = {"lookahead": "^(?=a)[a-z]+$", "unanchored": "b\\d", "badregex": "(?<=a)b["}


def schema_text(model, variant):
    """What the recorded server had in `.cog/openapi_schema.json`; None: no such file."""
    if variant == "noschema":
        return None
    if variant == "badjson":
        return "{not json"
    document = json.loads((ROOT / "openapi" / f"{model}.json").read_text(encoding="utf-8"))
    inputs = document["components"]["schemas"]["Input"]["properties"].values()
    next(one for one in inputs if "pattern" in one)["pattern"] = PATTERNS[variant]
    return json.dumps(document)


def exception_for(table, name):
    """The entry that names the recording, or the first whose pattern matches it."""
    for key, entry in table.items():
        if name in key.split():
            return entry
    for key, entry in table.items():
        if fits(name, key.split()):
            return entry
    return {}


def stale_exceptions():
    """Entries, and names in them, that name no recording (of that model): each is an error, so
    that the tables stay honest."""
    models = {name_of(path): server_of(read(path))["model"] for path in all_paths()}
    stale = [one for key in exceptions() for one in key.split() if not fnmatch.filter(models, one)]
    for key, entry in exceptions().items():
        stale += [one for one in entry.get("downloads", {}) if not fits(one, key.split())]
    for model, table in not_in_cpp().items():
        own = [name for name, its in models.items() if its == model]
        stale += [one for key in table for one in key.split() if not fnmatch.filter(own, one)]
    return stale
