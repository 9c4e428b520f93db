"""What the receiver got while a recording was replayed: webhooks, uploads, downloads.

Webhooks that are not the last one may overtake one another, and uploads run side by side: of both
only what came is compared, not the order (captures of Cog's own server differ in it, too)."""

import time

from replayer.compare import compare_headers, expected_body, matches
from replayer.fixture import Answer
from replayer.recordings import fits

RECEIVE_S = 5.0
SETTLE_S = 0.05  # after what was expected came: is there more?

# What the receiver of the recordings answered, by recording and path; 200 everywhere else.
ANSWERS = {
    "*/upload_created201": {"/up/out.txt": [Answer(201)]},
    "*/upload_fail500": {"/up/out.txt": [Answer(500)]},
    "*/upload_location": {
        "/up/out.txt": [Answer(headers=[("Location", "https://cdn.example/x/out.txt?sig=1#frag")])]
    },
    "*/upload_order_slow_first": {"/up/file0.txt": [Answer(delay=0.2)]},
    # One that fails ends the others: late enough for all to have begun, as when it was recorded.
    "*/upload_partial_fail": {"/up/file1.txt": [Answer(500, delay=0.3)]},
    "*/upload_redirect307": {"/up/out.txt": [Answer(307, [("Location", "/moved/out.txt")])]},
    "webhooks/no_retry_404": {"/w": [Answer(404)]},
    "webhooks/no_retry_start": {"/w": [Answer(500)]},
    "webhooks/redirect_307": {"/w": [Answer(307, [("Location", "/target")])]},
    "webhooks/retry_429": {"/w": [Answer(429, [("Retry-After", "5")])]},
    "webhooks/retry_500": {"/w": [Answer(500)] * 3},
}

# How many of them come, and what each shows, depends on the time: at least one of them, and the
# last one, are compared.
BY_TIME = ["webhooks/throttle_*", "webhooks/interval_50ms_auth", "sse/cancel", "sse/creator_*"]
# Cog loses what is under way when it ends; the recordings hold only the start.
ENDS_EARLY = ["shutdown/*_inflight_async"]
# A download that fails ends the others, begun or not.
FAILS_EARLY = ["files/in_list_one_404"]


def prepare(case):
    """A new case: nothing received, and the answers that were given when it was recorded."""
    case.fixture.begin()
    for pattern, answers in ANSWERS.items():
        if fits(case.recording.name, [pattern]):
            for path, given in answers.items():
                case.fixture.answer(path, *given)


def check(case):
    """Compares what came with the recording's `webhooks` and `uploads`."""
    hooks = case.recording.data.get("webhooks") or []
    uploads = case.recording.data.get("uploads") or []
    wanted = len(hooks) + sum(one["method"] == "PUT" for one in uploads)
    if wanted or fits(case.recording.name, ["webhooks/*"]):
        wait_for(case, hooks, wanted)
    check_hooks(case, hooks)
    check_uploads(case, [one for one in uploads if one["method"] == "PUT"])
    expected = sorted(one["path"] for one in uploads if one["method"] == "GET")
    got = sorted(one.path for one in case.fixture.of("GET"))
    early = fits(case.recording.name, FAILS_EARLY) and got and set(got) <= set(expected)
    if expected and not early:
        case.expect(expected == got, f"downloads: expected {expected}, got {got}")


def wait_for(case, hooks, wanted):
    by_time = fits(case.recording.name, BY_TIME)
    terminal = sum('"predict_time"' in (one["body"] or "") for one in hooks)

    def complete(received):
        sent = [one for one in received if one.method in ("POST", "PUT")]
        if sum(one.is_terminal for one in sent) < terminal:
            return False
        return by_time or len(sent) >= wanted

    case.fixture.wait(complete, RECEIVE_S)
    time.sleep(SETTLE_S)


def differences(case, recorded, received):
    """Of one request that was recorded and one that came."""
    if (recorded["method"], recorded["path"]) != (received.method, received.path):
        return [f"{recorded['method']} {recorded['path']} is not {received.method} {received.path}"]
    headers = [[k, version_free(v)] for k, v in recorded["headers"]]
    came = type(received)(**{**vars(received), "headers": []})
    came.headers = [[k, version_free(v)] for k, v in received.headers]
    found = compare_headers(headers, came, body_is_exact=False)
    expected = expected_body(recorded["body"], recorded["path"], case.kind)
    if not matches(expected, received.text):
        found.append(f"expected {expected!r}, got {received.text!r}")
    return found


def version_free(value):
    return "coglet/VERSION" if value.startswith("coglet/") else value


def is_terminal(recorded):
    return any(f'"status":"{s}"' in recorded["body"] for s in ("succeeded", "failed", "canceled"))


def check_hooks(case, hooks):
    name = case.recording.name
    received = case.fixture.of("POST")
    last = [one for one in received if one.is_terminal]
    if fits(name, ENDS_EARLY):
        case.expect([one.status for one in last] == ["succeeded"], f"last webhooks: {last}")
        # The model's output has a webhook here, too: Cog had none to tell of.
        received = [one for one in received if not one.is_terminal and '"output"' not in one.text]
        last = []
    expected_last = [one for one in hooks if is_terminal(one)]
    check_last(case, expected_last, last)
    others = [one for one in received if not one.is_terminal]
    expected = [one for one in hooks if not is_terminal(one)]
    if fits(name, BY_TIME):
        enough = len(expected) / 2 <= len(others) <= len(expected) + 1
        case.expect(enough, f"{len(others)} webhooks before the last, recorded {len(expected)}")
    else:
        match_all(case, "webhook", expected, others)


def check_last(case, expected, received):
    if len(expected) != len(received):
        texts = [one.text[-300:] for one in received]
        case.expect(False, f"{len(received)} last webhooks, expected {len(expected)}: {texts}")
        return
    if fits(case.recording.name, ["sse/cancel", "sse/creator_*"]):
        states = [one.status for one in received]
        case.expect(set(states) <= {"canceled"}, f"last webhooks: {states}")
        return
    for recorded, came in zip(expected, received):
        case.differences += [f"last webhook: {d}" for d in differences(case, recorded, came)]


def check_uploads(case, expected):
    match_all(case, "upload", expected, case.fixture.of("PUT"))


def match_all(case, what, expected, received):
    """Each recorded request has one of its own among those that came, and none is left."""
    left = list(received)
    for recorded in expected:
        fitting = next((one for one in left if not differences(case, recorded, one)), None)
        if fitting:
            left.remove(fitting)
            continue
        nearest = left[0] if left else None
        reasons = differences(case, recorded, nearest) if nearest else ["nothing came"]
        case.differences += [f"{what} {recorded['path']}: {reason}" for reason in reasons]
    case.expect(
        len(received) <= len(expected),
        f"{len(received)} {what}s, expected {len(expected)}: {[one.text[-200:] for one in left]}",
    )


def resend(case):
    """A recording of deliveries only: the prediction that caused them."""
    prediction = case.recording.name.split("/")[-1]
    body = (
        f'{{"id":"{prediction}","input":{{"n":0}},"webhook":"{case.fixture.url}/w",'
        '"webhook_events_filter":["completed"]}'
    )
    case.request("POST", "/predictions", body, ["Prefer: respond-async"])


SCENARIOS = {
    "webhooks/redirect_307": resend,
    "webhooks/retry_429": resend,
    "webhooks/retry_500": resend,
}
