"""Everything of an answer that is not compared as it came, each with its reason. What differs in
single cases stands in wanted.json."""

import json
import re

from replayer.compare import PATTERNS, SLOT_PREFIX, TIME

# The headers that clients read. `content-length` and `date` are compared by their presence: bodies
# hold times, and Cog's servers and cogpp's answer at different ones.
READ = ["content-type", "allow", "location", "cache-control", "transfer-encoding", "connection",
        "retry-after", "upgrade"]  # fmt: skip
PRESENT = ["content-length", "date"]

# Replaced in every text: what differs from one run of the same server to the next.
RULES = [
    (TIME, r"\1TIME"),
    (re.compile(r"pred_[0-9a-f]{10,}"), "GENERATED"),
    (re.compile(PATTERNS["RFC3339_NANOS"]), "WHEN"),
    (re.compile(PATTERNS["UUID"]), "UUID"),
    (re.compile(r"\btmp[a-z0-9_]{8}"), "tmpRANDOM"),
    # Input files lie in a directory of the prediction's own, not in /tmp.
    (re.compile(r'"dir":"[^"]*"'), '"dir":"DIR"'),
    (re.compile(r"/tmp/cogpp-server-[^/]+/[^/]+/"), ""),
    (re.compile(r" at 0x[0-9a-f]{8,}"), " at ADDRESS"),
]

# Of a C++ predictor: the type in front of an exception's message is the language's ("Prediction
# failed: Prediction failed: ValueError: " with the type as its last part), and no Python runs.
OF_PYTHON = [
    (
        re.compile(
            r"(Prediction failed: (?:(?:Async p|P)rediction failed|Training failed|Generator iteration error): )"
            r"[A-Za-z_][\w:.<>]*(?: \(.*?\))?: "
        ),
        r"\1",
    ),
    (re.compile(r',"python_sdk":"[^"]*","python":"[^"]*"'), ""),
]

# Of coglet's build, of which cogpp has none. `coglet` is compared by its presence: cogpp names the
# release whose contract it keeps, the server here is a newer one.
BUILD = ("git_sha", "build_time")

# The four lines of a successful set-up that Cog's own tests rely on.
RELIABLE = ("Spawning worker subprocess", "File descriptor redirection complete",
            "Connected to slot transport", "Server ready")  # fmt: skip
# Lines that the model did not print: the package's warnings about old names, which Cog's worker loses
# now and then and cogpp leaves out, and the device of a C++ predictor.
BESIDE = re.compile(r"<string>:\d+: DeprecationWarning: |Device: ")

VARIABLE = re.compile(r"\bCOG_[A-Z_]+")


def health(text):
    """A health document without each program's own version, and with less of the set-up's logs:
    after a failure the reason, without the slot's random id in Cog's and what the model printed,
    which Cog drops; after a success nothing, since Cog names its own modules in an order, and a
    number, that varies from run to run. setup_lines() has what can be compared."""
    document = json.loads(text)
    for name in BUILD:
        document["version"].pop(name, None)
    if "coglet" in document["version"]:
        document["version"]["coglet"] = "…"
    setup = document.get("setup", {})
    if setup.get("status") == "failed":
        reason = setup["logs"].rstrip("\n").rsplit("\n", 1)[-1]
        setup["logs"] = SLOT_PREFIX.sub("worker setup failed: ", reason)
    elif "logs" in setup:
        setup["logs"] = "…"
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def setup_lines(text):
    """What can be compared of the logs of a set-up that succeeded, in a health document: the lines
    that the model printed, which there are of those that Cog's tests rely on, and the variables
    that are warned of, in words of each program's own."""
    logs = json.loads(text).get("setup", {}).get("logs", "")
    lines = [line.partition("] ") for line in logs.splitlines()]
    printed = [message for target, _, message in lines if target == "[coglet::setup"]
    messages = [message for _, _, message in lines]
    warned = [m.group() for target, _, message in lines if target == "[coglet" and (m := VARIABLE.search(message))]
    return (
        [line for line in printed if not BESIDE.match(line)],
        [line for line in RELIABLE if line in messages],
        sorted(warned),
    )
