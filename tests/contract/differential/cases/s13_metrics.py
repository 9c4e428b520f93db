"""§13 Metrics recorded by models."""

from table import PYTHON, inputs


def metrics(name, *records):
    return (f"metric {name}", {"do": {"metrics": [list(one) for one in records], "value": 1}})


R, I, A = "replace", "incr", "append"
LONG = "n" * 128
CASES = inputs(13, "probe", [
    metrics("zero", ("m", 0, R)),
    metrics("negative float", ("m", -1.5, R)),
    metrics("text", ("m", "ü", R)),
    metrics("empty text", ("m", "", R)),
    metrics("false", ("m", False, R)),
    metrics("list", ("m", [1, "a", None], R)),
    metrics("object", ("m", {"b": 1, "a": {"c": []}}, R)),
    metrics("replaced", ("m", 1, R), ("m", 2, R)),
    metrics("increment from nothing", ("m", 5, I)),
    metrics("increment negative", ("m", 5, I), ("m", -7, I)),
    metrics("increment floats", ("m", 0.5, I), ("m", 0.25, I)),
    metrics("append from nothing", ("m", 1, A)),
    metrics("append several", ("m", 1, A), ("m", 2, A), ("m", 3, A)),
    metrics("append lists", ("m", [1], A), ("m", [2], A)),
    metrics("nested", ("a.b.c.d", 1, R), ("a.b.x", 2, R)),
    metrics("nested over a scalar", ("a", 1, R), ("a.b", 2, R)),
    metrics("scalar over nested", ("a.b", 1, R), ("a", 2, R)),
    metrics("deleted", ("m", 1, R), ("m", 0, "delete")),
    metrics("deleted then another type", ("m", 1, R), ("m", 0, "delete"), ("m", "s", R)),
    metrics("deleted that is not there", ("k", 1, R), ("m", 0, "delete")),
    metrics("deleted below what is not there", ("k", 1, R), ("m.a", 0, "delete")),
    metrics("deleted below a scalar", ("m", 1, R), ("m.a", 0, "delete")),
    metrics("longest name", (LONG, 1, R)),
    metrics("sorted", ("z", 1, R), ("a", 2, R), ("M", 3, R)),
    metrics("big integer", ("m", 2**53 + 1, R)),
])  # fmt: skip

# A name that breaks a rule fails the prediction with the rule's text.
CASES += inputs(13, "probe", [
    metrics("name reserved", ("predict_time", 1, R)),
    metrics("name of cog", ("cog.x", 1, R)),
    metrics("name empty", ("", 1, R)),
    metrics("name too long", (LONG + "n", 1, R)),
    metrics("name of five parts", ("a.b.c.d.e", 1, R)),
    metrics("name dot first", (".a", 1, R)),
    metrics("name dot last", ("a.", 1, R)),
    metrics("name two dots", ("a..b", 1, R)),
    metrics("name digit first", ("1a", 1, R)),
    metrics("name part digit first", ("a.2b", 1, R)),
    metrics("name two underscores", ("a__b", 1, R)),
    metrics("name underscore last", ("a_", 1, R)),
    metrics("name underscore first", ("_a", 1, R)),
    metrics("name hyphen", ("a-b", 1, R)),
    metrics("name blank", ("a b", 1, R)),
    metrics("name umlaut", ("ü", 1, R)),
    metrics("name cog alone", ("cog", 1, R)),
    metrics("name time in a part", ("a.predict_time", 1, R)),
    metrics("name deleted empty", ("", 0, "delete")),
    metrics("name deleted blank", ("a b", 0, "delete")),
])  # fmt: skip

# Texts that name Python's types.
CASES += inputs(13, "probe", [
    metrics("null value", ("m", None, R)),
    metrics("type changed", ("m", 1, R), ("m", "s", R)),
    metrics("type int then float", ("m", 1, R), ("m", 1.5, R)),
    metrics("type bool then int", ("m", True, R), ("m", 1, R)),
    metrics("increment text", ("m", "s", I)),
    metrics("increment bool", ("m", True, I)),
    metrics("increment list", ("m", [1], I)),
    metrics("append then replace", ("m", 1, A), ("m", 2, R)),
    metrics("mode unknown", ("m", 1, "max")),
    metrics("mode increment", ("m", 1, "increment")),
    metrics("reserved name deleted", ("cog.x", 0, "delete")),
], PYTHON)  # fmt: skip
