"""Standard error on a terminal: colour and a spinner, and what turns them off."""

from scenario import Scenario, check, contains, equal, matches, stop

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <iostream>
#include <string>

class Predictor {
 public:
  void setup() { std::cout << "set-up has begun" << std::endl; }
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

RED, RESET = "\x1b[1;31m", "\x1b[0m"


def errors_of(s, *words, status=1, **environment):
    """What a command writes to a terminal as its standard error."""
    before = s.environment
    s.environment = {**before, "TERM": "xterm", **environment}
    try:
        pieces = s.run_in_terminal(*words, streams=("stderr",), status=status)
    finally:
        s.environment = before
    return "".join(text for _, text in pieces)


with Scenario() as s:
    # An error's symbol is red; the text is the same without.
    wrong = ("predict", "-i", "a=1")
    colored = errors_of(s, *wrong)
    contains(colored, RED)
    contains(colored, RESET)
    plain = s.fails(*wrong)
    check("\x1b" not in plain, f"colour without a terminal: {plain!r}")
    contains(colored, plain.strip())
    contains(errors_of(s, *wrong, NO_COLOR="", COG_NO_COLOR=""), RED)
    for flags, environment in ((("--no-color",), {}), ((), {"NO_COLOR": "1"}), ((), {"COG_NO_COLOR": "1"}),
                               ((), {"TERM": "dumb"})):
        text = errors_of(s, *wrong, *flags, **environment)
        check("\x1b" not in text, f"colour with {flags} {environment}: {text!r}")
        contains(text, plain.strip())

with Scenario(predictor=PREDICTOR) as s:
    # The compiler and the set-up take their time: a line with a spinner, erased at last. Without
    # colour it stays; a dumb terminal and --quiet have none.
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
    text = errors_of(s, "predict", "-i", "text=a", "--no-color", status=0)
    matches(text, r"[|/\\-] Compiling predict\.cpp \d+\.\ds\r\x1b\[K")
    contains(text, "set-up has begun")
    check("\x1b[1" not in text, f"colour: {text!r}")
    for number, (flags, environment) in enumerate(((("--quiet",), {}), ((), {"TERM": "dumb"}))):
        s.write("predict.cpp", PREDICTOR + f"// compiled again: {number}\n")
        text = errors_of(s, "predict", "-i", "text=a", *flags, status=0, **environment)
        check("Compiling" not in text, f"a spinner with {flags} {environment}: {text!r}")

    # Of a quiet one, the model's own words are left.
    contains(s.run("predict", "-i", "text=a").err, "Device: ")
    equal(s.run("predict", "--quiet", "-i", "text=a").err, "set-up has begun\n")
    server = s.serve("--quiet")
    equal(stop(server), 0, "status after Ctrl-C")
    matches(s.serve_log(), r"^[^\n]*set-up has begun[^\n]*\n$")
