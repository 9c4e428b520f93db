"""The differences from Cog that are wanted: wanted.json, each with its reason.

An entry names cases by pattern and kinds of predictor, and says what of Cog's notes reads
differently: [Cog's text, cogpp's text]. It holds for those texts only. `sometimes`: Cog
itself answers now so, now otherwise."""

import fnmatch
import json
from pathlib import Path

PATH = Path(__file__).resolve().parent / "wanted.json"


class Wanted:
    def __init__(self, path=PATH):
        self.entries = json.loads(path.read_text(encoding="utf-8"))
        self.used = set()

    def apply(self, title, kind, notes):
        """Cog's notes as cogpp should have made them."""
        for number, entry in enumerate(self.entries):
            if kind not in entry["kinds"]:
                continue
            if not any(fnmatch.fnmatchcase(title, one) for one in entry["cases"]):
                continue
            changed = [self.replace(note, entry["replace"]) for note in notes]
            # An empty text stands for a note that cogpp does not make.
            changed = [note for note in changed if note]
            if changed != notes:
                self.used.add(number)
            notes = changed
        return notes

    @staticmethod
    def replace(note, pairs):
        for old, new in pairs:
            note = note.replace(old, new)
        return note

    def stale(self, titles, kinds):
        """Entries of the cases that ran which changed nothing: each is an error."""
        return [
            f"{', '.join(entry['cases'])}: {entry['reason']}"
            for number, entry in enumerate(self.entries)
            if number not in self.used
            and not entry.get("sometimes")
            and set(entry["kinds"]) & set(kinds)
            and any(fnmatch.filter(titles, one) for one in entry["cases"])
        ]
