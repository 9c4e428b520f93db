"""§10 Validation of inputs: every keyword, the order of errors, what is dropped and added."""

from table import inputs

S = {"s": "abc", "i": 3}


def types(*table):
    return inputs(10, "types", [(name, value) for name, value in table])


CASES = types(
    ("nothing", {}),
    ("required only", S),
    ("s too short and no match", {**S, "s": "A"}),
    ("s too long", {**S, "s": "abcdef"}),
    ("s counts characters", {**S, "s": "üüüüüü"}),
    ("s emoji", {**S, "s": "😀😀"}),
    ("s null", {**S, "s": None}),
    ("s list", {**S, "s": ["abc"]}),
    ("s object", {**S, "s": {"b": 1, "a": [2.50, None]}}),
    ("i text", {**S, "i": "3"}),
    ("i true", {**S, "i": True}),
    ("i below", {**S, "i": -5}),
    ("i above float", {**S, "i": 10.25}),
    ("i far above", {**S, "i": 10**30}),
    ("i exponent", '{"id":"x","input":{"s":"abc","i":0.3e1}}'),
    ("f above", {**S, "f": 1.5}),
    ("f below", {**S, "f": -0.001}),
    ("f text", {**S, "f": "0.5"}),
    ("f bounds", {**S, "f": 1.0}),
    ("b zero", {**S, "b": 0}),
    ("b text", {**S, "b": "true"}),
    ("choice wrong", {**S, "choice": "c"}),
    ("choice number", {**S, "choice": 1}),
    ("choice null", {**S, "choice": None}),
    ("ichoice wrong", {**S, "ichoice": 3}),
    ("ichoice text", {**S, "ichoice": "1"}),
    ("one too long", {**S, "one": "xy"}),
    ("nums wrong item", {**S, "nums": [1, "2", 3.5, None]}),
    ("nums no list", {**S, "nums": 1}),
    ("nums empty", {**S, "nums": []}),
    ("strs wrong", {**S, "strs": [1, {}]}),
    ("opt null", {**S, "opt": None}),
    ("opt number", {**S, "opt": 1}),
    ("optint null", {**S, "optint": None}),
    ("d list", {**S, "d": []}),
    ("d text", {**S, "d": "{}"}),
    ("d keys", {**S, "d": {"z": 1, "a": {"y": None}}}),
    ("u true", {**S, "u": True}),
    ("u list", {**S, "u": ["a"]}),
    ("u null", {**S, "u": None}),
    ("u text", {**S, "u": "t"}),
    ("p number", {**S, "p": 5}),
    ("p null", {**S, "p": None}),
    ("paths one wrong", {**S, "paths": ["/a", 1]}),
    ("sec number", {**S, "sec": 5}),
    ("sec text", {**S, "sec": "hush"}),
    ("unknown keys", {**S, "zzz": 1, "": 2}),
    ("unknown and wrong", {"zzz": 1, "s": 5, "i": "x"}),
    ("all wrong", {"u": [], "strs": 1, "s": 1, "paths": 1, "p": 1, "one": 1, "nums": 1, "i": "",
                   "f": "", "d": 1, "choice": 5, "b": 1, "sec": 1, "opt": 1, "optint": "1"}),
    ("long value in full", {**S, "s": "x" * 500}),
    ("quotes in a value", {**S, "s": 'a"b\\c\n'}),
)  # fmt: skip

CASES += inputs(10, "iter", [
    ("minimum zero", {"n": -1}),
    ("float for an integer", {"n": 2.0}),
    ("fraction for an integer", {"n": 2.5}),
])  # fmt: skip
# One row carries its body as text.
for case in CASES:
    if case.name == "i exponent":
        text = '{"id":"x","input":{"s":"abc","i":0.3e1}}'
        case.play = lambda session, text=text: session.send("POST /predictions", text)
