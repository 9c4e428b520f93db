"""Managed weights in cog.yaml: names, targets, sources and patterns that are refused."""

import json

from scenario import Scenario, contains
from weights import weight, write_config

GOOD = weight("alpha", "/src/a", "weights")
HERE = "invalid weights[0]"

# The second weight of a pair that does not fit the first, or one alone.
WRONG = [
    ({"target": "/a", "source": {"uri": "weights"}}, f"{HERE}.name: name is required"),
    (weight("Upper", "/a", "weights"), 'must contain only lowercase alphanumeric characters, hyphens, dots, or '
     'underscores (e.g. "my-model-weights")'),
    (weight("-dash", "/a", "weights"), f'{HERE}.name "-dash": must contain only lowercase'),
    (weight("two..dots", "/a", "weights"), "must contain only lowercase"),
    ({"name": "a", "target": "/a"}, "source is required"),
    ({"name": "a", "source": {"uri": "weights"}}, "target is required"),
    (weight("a", "relative", "weights"), "target must be an absolute path"),
    (weight("a", "/", "weights"), 'target must not be the container root "/"'),
    (weight("a", "/x/..", "weights"), 'target must not be the container root "/"'),
    (weight("a", "/a", "weights", include=["*.bin", ""]), f"{HERE}.source.include[1]"),
    (weight("a", "/a", "weights", include=[""]), "pattern must not be empty"),
    (weight("a", "/a", "weights", exclude=["!x"]), "negation patterns (starting with '!') are not supported"),
    (weight("a", "/a", "weights", exclude=["a\\b"]), "patterns must use forward slashes, not backslashes"),
    ({"name": "a", "target": "/a", "source": [{"uri": "w"}, {"uri": "w"}, {"uri": "w", "include": ["!x"]}]},
     f"{HERE}.source[2].include[0]"),
]
PAIRS = [
    (weight("alpha", "/src/b", "weights"), "duplicate weight name"),
    (weight("beta", "/src/a", "weights"), "duplicate weight target"),
    (weight("beta", "/src/a/", "weights"), "duplicate weight target"),
    (weight("beta", "/src/a/below", "weights"),
     'target overlaps with "/src/a"; weight targets must be disjoint'),
    (weight("beta", "/src", "weights"), 'target overlaps with "/src/a"; weight targets must be disjoint'),
]

with Scenario() as s:
    s.write("weights/file", "x")
    for wrong, words in WRONG:
        write_config(s, "registry.example.com", [wrong])
        contains(s.fails("weights", "status"), "failed to read config: ")
        contains(s.fails("debug"), words)
    for second, words in PAIRS:
        write_config(s, "registry.example.com", [GOOD, second])
        contains(s.fails("debug"), words)
    write_config(s, "registry.example.com", [GOOD, weight("beta", "/src/ab", "weights")])
    s.ok("debug")  # the beginning of a name is no folder above it

    # Weights go with a model's name.
    config = f"predict: predict.cpp:Predictor\nweights: {json.dumps([GOOD])}\n"
    s.write("cog.yaml", config)
    contains(s.fails("debug"), "invalid model: weights require 'model' in cog.yaml — rename 'image' to 'model'")
    s.write("cog.yaml", config + "image: registry.example.com/a/b\n")
    contains(s.fails("debug"), "invalid image: weights require 'model', not 'image' — rename 'image' to 'model'")
