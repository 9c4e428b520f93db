"""Compares a response with a recorded one: status line, headers in order, body.

Placeholders become patterns. Every deliberate difference between Cog's texts and cogpp's that
holds for all recordings stands in NORMALISATIONS; what holds for one stands in exceptions.json."""

import hashlib
import json
import re

PATTERNS = {
    "PREDICT_TIME": r"\d+(?:\.\d+)?(?:e-\d+)?",
    "GENERATED_ID": r"pred_[0-9a-f]+",
    "PORT": r"\d+",
    "LEN": r"\d+",
    "UUID": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "RFC3339_NANOS": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00",
    "DATE": r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "RAND8": r"[a-z0-9_]{8}",
    "DIR": r"/[^\"]+",
    "MODELS": r"/[^\":]+",
    "TYPE": r"[A-Za-z_][\w:]*",
    "TEXT": r"(?:[^\"\\]|\\.)*",
}
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
TIME = re.compile(r'("predict_time":)\d+(?:\.\d+)?(?:e-\d+)?')


def pattern(text):
    """A regular expression for a recorded text. A generated id is the same wherever it stands."""
    parts, at, seen_id = [], 0, False
    for match in PLACEHOLDER.finditer(text):
        parts.append(re.escape(text[at : match.start()]))
        at = match.end()
        if match.group(1) == "GENERATED_ID":
            parts.append("(?P=id)" if seen_id else f"(?P<id>{PATTERNS['GENERATED_ID']})")
            seen_id = True
        else:
            parts.append(PATTERNS[match.group(1)])
    parts.append(re.escape(text[at:]))
    return re.compile("".join(parts), re.DOTALL)


def matches(expected, actual):
    if "{{" not in expected:
        return expected == actual
    return pattern(expected).fullmatch(actual) is not None


# Cog names the Python type of an exception, a C++ predictor the C++ type: the message behind it is
# compared, and where the exception came from. There are no asynchronous predictors in C++.
PYTHON_ERROR = re.compile(
    r"(Prediction failed: (?:Prediction failed|Training failed|Generator iteration error): )"
    r"(?:Predictor\.predict\.<locals>\.)?[A-Za-z_]\w*: "
)
SLOT_PREFIX = re.compile(r"worker setup failed: worker setup failed \(slot [^)]*\): Setup failed: ")
HEALTH_ERROR = re.compile(r"(Healthcheck failed: )[A-Za-z_]\w*: ")


def normalise_error(text):
    return HEALTH_ERROR.sub(r"\1{{TYPE}}: ", PYTHON_ERROR.sub(r"\1{{TYPE}}: ", text))


def normalise_input_file(text):
    """Input files lie in the prediction's own directory, not in /tmp, under the same names."""
    return text.replace('"dir":"/tmp"', '"dir":"{{DIR}}"')


def normalise_predict_time(text):
    """Raw recordings carry the time itself."""
    return TIME.sub(r"\1{{PREDICT_TIME}}", text)


def normalise_random_name(text):
    """One recording kept the random name of a file."""
    return re.sub(r'"tmp[a-z0-9_]{8}"', '"tmp{{RAND8}}"', text)


# Applied to what was recorded, in this order, for each kind of predictor.
NORMALISATIONS = {
    "python": [normalise_predict_time, normalise_input_file, normalise_random_name],
    "cpp": [normalise_predict_time, normalise_error, normalise_input_file, normalise_random_name],
}


def normalise_health(text):
    """Set-up logs of Cog name its own modules in an order that varies from run to run, and the
    versions are each program's own: of both only the presence is compared."""
    try:
        health = json.loads(text)
    except ValueError:
        return text
    setup, versions = health.get("setup", {}), health.get("version", {})
    if setup.get("status") == "succeeded" and isinstance(setup.get("logs"), str):
        setup["logs"] = "…"
    if isinstance(versions, dict):
        health["version"] = "…" if versions else {}
    return json.dumps(health, separators=(",", ":"), ensure_ascii=False)


def expected_body(body, target, kind="cpp"):
    text = body if isinstance(body, str) else ""
    for rule in NORMALISATIONS[kind]:
        text = rule(text)
    return keep_printed(normalise_health(text)) if target == "/health-check" else text


def keep_printed(text):
    """Cog drops what a failed set-up printed; cogpp gives it in front of the reason, and the reason
    without the id of a slot."""
    text = SLOT_PREFIX.sub("worker setup failed: ", text)
    return text.replace('"status":"failed","logs":"', '"status":"failed","logs":"{{TEXT}}')


def compare_body(recorded, actual, target, kind="cpp"):
    """Differences of the bodies, as lines."""
    if isinstance(recorded, dict) and "sha256" in recorded:
        return compare_long_body(recorded, actual)
    expected = expected_body(recorded, target, kind)
    text = actual.decode("utf-8", "replace")
    if target == "/health-check":
        text = normalise_health(text)
    if matches(expected, text):
        return []
    return [
        f"body: expected {excerpt(expected, text)}",
        f"body: got      {excerpt(text, expected)}",
    ]


def compare_long_body(recorded, actual):
    text = TIME.sub(r"\1{{PREDICT_TIME}}", actual.decode("utf-8", "replace"))
    if hashlib.sha256(text.encode()).hexdigest() == recorded["sha256"]:
        return []
    return [
        f"body: expected {recorded['length']} characters, {recorded['head'][:120]}…",
        f"body: got      {len(text)} characters, {text[:120]}…",
    ]


def excerpt(text, other, width=600):
    """The text from a little before the first difference on."""
    same = 0
    for a, b in zip(text, other):
        if a != b:
            break
        same += 1
    start = max(0, same - 200) if len(text) > width else 0
    return ("…" if start else "") + repr(text[start : start + width])


def compare_headers(recorded, response, body_is_exact):
    """Names in wire order and case, values with placeholders. The length is compared where the
    recorded body holds nothing that varies; it always agrees with the body that came, or the
    body could not have been read."""
    differences = []
    names, got = [k for k, _ in recorded], [k for k, _ in response.headers]
    if names != got:
        return [f"headers: expected {names}", f"headers: got      {got}"]
    for (name, value), (_, actual) in zip(recorded, response.headers):
        if name == "content-length" and not body_is_exact:
            value = "{{LEN}}"
        if not matches(value, actual):
            differences.append(f"header {name}: expected {value!r}, got {actual!r}")
    return differences


def compare(recorded, response, target, kind="cpp"):
    """All differences between a recorded response (the JSON object) and one that came."""
    expected = f"{recorded['version']} {recorded['status']} {recorded['reason']}"
    actual = f"{response.version} {response.status} {response.reason}"
    differences = (
        [] if expected == actual else [f"status line: expected {expected!r}, got {actual!r}"]
    )
    body = recorded["body"]
    varies = (
        target == "/health-check" or isinstance(body, dict) or expected_body(body, target, kind) != body
    )
    exact = not varies and "{{" not in (body or "")
    differences += compare_headers(recorded["headers"], response, exact)
    differences += compare_body(body, response.body, target, kind)
    return differences


def parse_raw(text):
    """Recorded raw bytes (extra.received) as a list of responses in the form of exchanges."""
    responses = []
    while text:
        head, _, rest = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        version, status, reason = lines[0].split(" ", 2)
        headers = [line.split(": ", 1) for line in lines[1:]]
        # Placeholders changed the length, so a body is what is left: only the last has one.
        final = int(status) != 100
        responses.append(
            {
                "version": version,
                "status": int(status),
                "reason": reason,
                "headers": headers,
                "body": rest if final else "",
            }
        )
        text = "" if final else rest
    return responses
