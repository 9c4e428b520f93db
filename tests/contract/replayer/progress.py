"""What of a prediction's webhooks grows while it runs: its logs and its outputs."""

import json
from dataclasses import dataclass

TIME = "{{PREDICT_TIME}}"


def members(text):
    """The members of a webhook's body, recorded or as it came; None when it is no JSON object."""
    try:
        found = json.loads(text.replace(TIME, f'"{TIME}"'))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@dataclass(frozen=True)
class Progress:
    logs: str
    outputs: list

    @staticmethod
    def of(text):
        """That of a webhook's body; None when it has none."""
        found = members(text) or {}
        logs, outputs = found.get("logs"), found.get("output", [])
        if not isinstance(logs, str) or not isinstance(outputs, list):
            return None
        return Progress(logs, outputs)

    def begins(self, later):
        """Whether the later one's logs and outputs begin with these."""
        outputs = later.outputs[: len(self.outputs)]
        return later.logs.startswith(self.logs) and outputs == self.outputs


def with_progress(recorded, came):
    """A recorded body with the logs and outputs of one that came, both as text. As it was
    recorded where the other has none."""
    progress = Progress.of(came)
    if not progress:
        return recorded
    state = {**members(recorded), "logs": progress.logs}
    state.pop("output", None)
    if progress.outputs:
        state["output"] = progress.outputs
    text = json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace(f'"{TIME}"', TIME)
