"""What the receiver got while a recording was replayed: webhooks, uploads, downloads.

Webhooks that are not the last one may overtake one another, and uploads run side by side: of both
only what came is compared, not the order (captures of Cog's own server differ in it, too)."""

import time

from replayer.compare import compare_headers, expected_body, matches
from replayer.fixture import Answer
from replayer.progress import Progress, with_progress
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
    "*/upload_partial_fail": {"/up/file1.txt": [Answer(500, delay=1)]},
    "*/upload_redirect307": {"/up/out.txt": [Answer(307, [("Location", "/moved/out.txt")])]},
    "webhooks/no_retry_404": {"/w": [Answer(404)]},
    "webhooks/no_retry_start": {"/w": [Answer(500)]},
    "webhooks/redirect_307": {"/w": [Answer(307, [("Location", "/target")])]},
    "webhooks/retry_429": {"/w": [Answer(429, [("Retry-After", "5")])]},
    "webhooks/retry_500": {"/w": [Answer(500)] * 3},
}

# How many webhooks come before the last one depends on the time, see check_by_time().
BY_TIME = ["webhooks/throttle_logs_*", "webhooks/interval_50ms_auth", "sse/cancel"]
# The prediction is cancelled at a time: its last webhook has what was there by then.
CUT = ["sse/cancel", "sse/creator_disconnect_cancels"]
# Cog loses what is under way when it ends; the recordings hold only the start.
ENDS_EARLY = ["shutdown/*_inflight_async"]
# The release whose contract is kept calls itself so in all webhooks.
KEPT_RELEASE = ("coglet/0.23.1", "coglet/0.22.0")
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
    """Compares what came with the recording's `webhooks` and `uploads` (downloads among them)."""
    hooks = case.recording.data.get("webhooks") or []
    uploads = case.recording.data.get("uploads") or []
    wanted = len(hooks) + sum(one["method"] == "PUT" for one in uploads)
    if wanted or fits(case.recording.name, ["webhooks/*", *FAILS_EARLY]):
        wait_for(case, hooks, wanted)
    check_hooks(case, hooks)
    check_uploads(case, [one for one in uploads if one["method"] == "PUT"])
    check_downloads(case)


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
    headers = [[name, value.replace(*KEPT_RELEASE)] for name, value in recorded["headers"]]
    found = compare_headers(headers, received, body_is_exact=False)
    expected = expected_body(recorded["body"], recorded["path"], case.kind)
    if not matches(expected, received.text):
        found.append(f"expected {expected!r}, got {received.text!r}")
    return found


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
        check_by_time(case, expected, others, last)
    else:
        match_all(case, "webhook", expected, others)


def check_last(case, expected, received):
    if len(expected) != len(received):
        texts = [one.text[-300:] for one in received]
        case.expect(False, f"{len(received)} last webhooks, expected {len(expected)}: {texts}")
        return
    for recorded, came in zip(expected, received):
        if fits(case.recording.name, CUT):
            check_cut(case, recorded, came)
            recorded = like(recorded, came)
        case.differences += [f"last webhook: {d}" for d in differences(case, recorded, came)]


def like(recorded, came):
    """The recorded webhook, but with the logs and outputs of one that came."""
    return {**recorded, "body": with_progress(recorded["body"], came.text)}


def check_cut(case, recorded, came):
    """Logs and outputs are those of the recording, as far as both go."""
    then, now = Progress.of(recorded["body"]), Progress.of(came.text)
    alike = now and now.outputs and (now.begins(then) or then.begins(now))
    case.expect(alike, f"last webhook: {now}, recorded {then}")


def check_by_time(case, expected, received, last):
    """The first is as recorded; so are the others, but for logs and outputs, of which each has
    more than the one before, and the last one at least as much."""
    check_number(case, expected, received, last)
    for number, came in enumerate(received):
        recorded = like(expected[0], came) if number else expected[0]
        found = differences(case, recorded, came)
        case.differences += [f"webhook {number} before the last: {one}" for one in found]
    states = [Progress.of(one.text) for one in [*received, *last]]
    for number, (before, after) in enumerate(zip(states, states[1:]), 1):
        grew = before and after and before.begins(after)
        grew = grew and (before != after or number == len(received))
        case.expect(grew, f"webhook {number}: {after} does not go on from {before}")


def check_number(case, expected, received, last):
    """One at the start and one an output where a cancel cuts them off. Otherwise half as many as
    recorded at least, and one more at most: logs are told of at intervals."""
    least, most = len(expected) / 2, len(expected) + 1
    if fits(case.recording.name, CUT):
        states = [state for one in last if (state := Progress.of(one.text))]
        least = most = 1 + sum(len(state.outputs) for state in states)
    enough = least <= len(received) <= most
    text = f"{len(received)} webhooks before the last, not {least:g} to {most}"
    case.expect(enough, f"{text}; recorded {len(expected)}")


def check_uploads(case, expected):
    match_all(case, "upload", expected, case.fixture.of("PUT"))


def check_downloads(case):
    expected = case.recording.downloads
    got = sorted(one.path for one in case.fixture.of("GET"))
    early = fits(case.recording.name, FAILS_EARLY) and got and set(got) <= set(expected)
    case.expect(early or expected == got, f"downloads: expected {expected}, got {got}")


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
