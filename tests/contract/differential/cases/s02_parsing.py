"""§2 Request parsing: headers, content types, bodies, the order of the checks."""

from table import Scenarios, group, rows

P = "POST /predictions"
W = {"id": "x", "input": {"text": "w"}}
scenarios = Scenarios(2)

CASES = rows(2, "noop", [
    # name, request line, body, headers
    ("prefer with parameters", P, W, "Prefer: respond-async; wait=5"),
    ("prefer other value", P, W, "Prefer: return=minimal"),
    ("prefer second header", P, W, "Prefer: wait=1", "Prefer: respond-async"),
    ("prefer upper case name", P, W, "PREFER: wait=10"),
    ("accept list with stream", P, W, "Accept: text/html, text/event-stream;q=0.1"),
    ("accept stream upper case", P, W, "Accept: TEXT/EVENT-STREAM"),
    ("accept second header", P, W, "Accept: application/json", "Accept: text/event-stream"),
    ("accept any text", P, W, "Accept: text/*"),
    ("accept stream and async", P, W, "Accept: text/event-stream", "Prefer: respond-async"),
    ("type with charset upper", P, W, "Content-Type: APPLICATION/JSON; CHARSET=UTF-8"),
    ("type vendor json", P, W, "Content-Type: application/vnd.api+json"),
    ("type problem json parameter", P, W, "Content-Type: application/problem+json;v=1"),
    ("type plus json upper", P, W, "Content-Type: application/X+JSON"),
    ("type text plain", P, W, "Content-Type: text/plain"),
    ("type form", P, W, "Content-Type: application/x-www-form-urlencoded"),
    ("type multipart", P, W, "Content-Type: multipart/form-data; boundary=x"),
    ("type jsonx", P, W, "Content-Type: application/jsonx"),
    ("type only slash", P, W, "Content-Type: /"),
    ("type quoted charset", P, W, 'Content-Type: application/json; charset="utf-8"'),
    ("type two parameters", P, W, "Content-Type: application/json;a=b;c=d"),
    ("no type bad body", P, "{", "Content-Type: -"),
    ("put no type", "PUT /predictions/nt", "{", "Content-Type: -"),
    ("body true", P, "true"),
    ("body number", P, "1.5"),
    ("body string", P, '"x"'),
    ("body two values", P, "{} {}"),
    ("body unclosed string", P, '{"input":{"text":"a'),
    ("body bad escape", P, '{"input":{"text":"\\x41"}}'),
    ("body bad literal", P, '{"input":{"text":tru}}'),
    ("body single quotes", P, "{'input':{}}"),
    ("body comment", P, '{/* no */"input":{}}'),
    ("body missing colon", P, '{"input" {}}'),
    ("body missing comma", P, '{"id":"a" "input":{}}'),
    ("body plus number", P, '{"input":{"text":+1}}'),
    ("body hex number", P, '{"input":{"text":0x1}}'),
    ("body trailing dot", P, '{"input":{"text":1.}}'),
    ("body bare exponent", P, '{"input":{"text":1e}}'),
    ("body surrogate pair", P, '{"id":"x","input":{"text":"\\ud83d\\ude00"}}'),
    ("body escapes in keys", P, '{"\\u0069d":"x","input":{"te\\u0078t":"w"}}'),
    ("body duplicate id", P, '{"id":"a","id":"b","input":{"text":"w"}}'),
    ("body duplicate webhook", P, '{"webhook":null,"webhook":null,"input":{"text":"w"}}'),
    ("body unknown keys", P, {**W, "version": "v1", "created_at": 1, "zzz": [{}]}),
    ("body crlf and tabs", P, '\r\n\t{ "id" :\t"x" ,\r\n"input":{"text":"w"}}\r\n'),
    ("id number", P, {"id": 1.5, "input": {"text": "w"}}),
    ("id array", P, {"id": ["x"], "input": {"text": "w"}}),
    ("id true", P, {"id": True, "input": {"text": "w"}}),
    ("id null", P, {"id": None, "input": {"text": "w"}}),
    ("id unicode", P, {"id": "ü/✓ x", "input": {"text": "w"}}),
    ("input null", P, {"id": "x", "input": None}),
    ("input absent", P, {"id": "x"}),
    ("input array", P, {"id": "x", "input": [1]}),
    ("input string", P, {"id": "x", "input": "w"}),
    ("input number", P, {"id": "x", "input": 5}),
    ("input true", P, {"id": "x", "input": True}),
    ("context string", P, {**W, "context": "c"}),
    ("context nested", P, {**W, "context": {"a": {"b": "c"}}}),
    ("context value null", P, {**W, "context": {"a": None}}),
    ("context value true", P, {**W, "context": {"a": "b", "c": True}}),
    ("webhook number", P, {**W, "webhook": 5}),
    ("webhook object", P, {**W, "webhook": {}}),
    ("filter null", P, {**W, "webhook_events_filter": None}),
    ("filter object", P, {**W, "webhook_events_filter": {}}),
    ("filter upper case", P, {**W, "webhook_events_filter": ["START"]}),
    ("filter second unknown", P, {**W, "webhook_events_filter": ["start", "end"]}),
    ("filter empty string", P, {**W, "webhook_events_filter": [""]}),
    ("filter twice the same", P, {**W, "webhook_events_filter": ["logs", "logs"]}),
    ("filter null item", P, {**W, "webhook_events_filter": [None]}),
    ("put id mismatch empty", "PUT /predictions/a", {"id": "", "input": {"text": "w"}}),
    ("put id mismatch before input", "PUT /predictions/a", {"id": "b", "input": {}}),
    ("put id same", "PUT /predictions/a", {"id": "a", "input": {"text": "w"}}),
    ("put id null", "PUT /predictions/a", {"id": None, "input": {"text": "w"}}),
    ("put id encoded", "PUT /predictions/a%20b", {"id": "a b", "input": {"text": "w"}}),
    ("put id encoded slash", "PUT /predictions/a%2Fb", {"input": {"text": "w"}}),
    ("put id plus", "PUT /predictions/a+b", {"input": {"text": "w"}}),
    ("put id query", "PUT /predictions/a?x=1", {"input": {"text": "w"}}),
    ("put id bad utf8", "PUT /predictions/%ff%fe", {"input": {"text": "w"}}),
    ("put id bad escape end", "PUT /predictions/a%", {"input": {"text": "w"}}),
    ("stream before bad input", P, {"input": {}}, "Accept: text/event-stream"),
    ("bad body before stream", P, "{", "Accept: text/event-stream"),
    ("bad type before stream", P, W, "Accept: text/event-stream", "Content-Type: text/css"),
])  # fmt: skip


@scenarios.add(group("slowsetup", {"SETUP_S": "1.5"}, ready=False))
def order_of_checks_while_starting(s):
    """Nothing but readiness can be judged before the schema is there."""
    s.send(P, {"id": "x", "input": {"text": 5}})
    s.send(P, "{")
    s.send(P, {"id": "x"}, "Content-Type: text/plain")
    s.send("PUT /predictions/a", {"id": "b"})
    s.send("POST /predictions/a/cancel")
    s.send(P, {"input": {}}, "Prefer: respond-async")
    s.send("GET /openapi.json")
    s.send("GET /")


@scenarios.add("noop")
def chunked_body(s):
    head = b"POST /predictions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    parts = [b'{"id":"x","in', b'put":{"text"', b':"w"}}']
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(p), p) for p in parts)
    s.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nTrailer: t\r\n\r\n")


@scenarios.add("noop")
def two_requests_in_one_packet(s):
    one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    s.raw(one + s.bytes_of(P, W), count=2)


CASES += scenarios.cases
