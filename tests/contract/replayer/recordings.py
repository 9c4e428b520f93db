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
    """One recorded case with its exception, if there is one."""

    def __init__(self, name, data, exception, left_out=None):
        self.name = name
        self.data = data
        self.exception = exception
        self.extra = self.data.get("extra") or {}
        self.exchanges = data.get("exchanges", [])
        self.leave_out(left_out or {})
        self.apply_replacements()

    @property
    def server(self):
        server = dict(self.data.get("server") or {"model": "noop", "env": {}, "args": []})
        server.update(self.exception.get("server", {}))
        # A recorded variant of the model's schema is a model of its own.
        if (note := self.data.get("note") or "").startswith("schema variant "):
            server["model"] += "_" + note.rsplit(" ", 1)[1]
        return server

    @property
    def skip_reason(self):
        return self.exception["reason"] if self.exception.get("skip") else None

    @property
    def group(self):
        server = self.server
        return (server["model"], tuple(sorted(server["env"].items())), tuple(server["args"]))

    @property
    def superseded(self):
        """Whether a newer Cog answers this differently, which is recorded, too."""
        return (ROOT / "coglet-0.23.1" / f"{self.name}.json").exists()

    def leave_out(self, left_out):
        """Takes out the exchanges with certain targets; a recording of nothing else is skipped."""
        for target, reason in left_out.items():
            kept = [
                e for e in self.exchanges if not fnmatch.fnmatch(e["request"]["target"], target)
            ]
            if self.exchanges and not kept:
                self.exception = {"skip": True, "reason": reason}
            self.exchanges = kept

    def apply_replacements(self):
        """What an exception changes in the recording: texts in all bodies (`replace`), members of
        responses by index (`responses`), members of `server` and `extra`."""
        self.extra.update(self.exception.get("extra", {}))
        fits = [pair for pair in self.exception.get("replace", []) if self.has(pair[0])]
        if self.exception.get("replace") and not fits:
            raise ValueError(f"{self.name}: exceptions.json replaces what is not there")
        for old, new in fits:
            new = new[self.name] if isinstance(new, dict) else new
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


def load_exceptions():
    return json.loads((HERE / "exceptions.json").read_text(encoding="utf-8"))


def all_paths():
    return sorted(ROOT.glob("**/*.json"))


def name_of(path):
    return str(path.relative_to(ROOT).with_suffix(""))


def load(patterns, kind="cpp"):
    """The recordings whose name matches one of the patterns (all without patterns), with what is
    excepted for this kind of predictor."""
    exceptions = load_exceptions()
    table, left_out = {**exceptions["recordings"], **exceptions[kind]}, exceptions["left_out"]
    selected = []
    for path in all_paths():
        name = name_of(path)
        if not patterns or fits(name, patterns):
            selected.append(Recording(name, read(path), exception_for(table, name), left_out))
    return selected


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
    """Entries that name no recording: each is an error, so that the table stays honest."""
    names = [name_of(path) for path in all_paths()]
    exceptions = load_exceptions()
    keys = [key for table in ("recordings", "cpp", "python") for key in exceptions[table]]
    return [one for key in keys for one in key.split() if not fnmatch.filter(names, one)]
