"""Inputs as a JSON object, and files in them."""

import base64
import json

from scenario import Scenario, check, contains, equal

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

class Predictor {
 public:
  std::string predict(std::optional<std::string> text, std::optional<std::int64_t> number, std::optional<double> real,
                      std::optional<cogpp::Path> file, std::optional<std::vector<cogpp::Path>> files) {
    std::ostringstream out;
    out.precision(17);
    if (text) out << *text;
    if (number) out << *number;
    if (real) out << *real;
    if (file) out << std::ifstream(*file).rdbuf();
    if (files) {
      for (const auto& one : *files) out << std::ifstream(one).rdbuf();
    }
    return out.str();
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"), cogpp::input("number"), cogpp::input("real"), cogpp::input("file"),
                cogpp::input("files"));
"""

with Scenario(predictor=PREDICTOR) as s:
    def said(text, *words, **options):
        answer = json.loads(s.ok("predict", "--json", text, *words, **options))
        equal(answer["status"], "succeeded")
        check(not answer["error"], str(answer))
        return answer["output"]

    # Values keep what they are.
    equal(said('{"text": "7"}'), "7")
    equal(said('{"text": "ä\\u00f6\\ud83d\\ude00"}'), "äö😀")
    equal(said('{"number": 9007199254740993}'), "9007199254740993")
    equal(said('{"real": 0.1}'), "0.10000000000000001")
    equal(said(' \n{"text": "spaced"}\n'), "spaced")

    # From files, and from standard input under both names.
    s.write("folder/in.json", '{"text": "in a file"}')
    equal(said("@folder/in.json"), "in a file")
    for name in ("-", "@-"):
        equal(said(name, stdin='{"text": "piped"}'), "piped")

    # Files stand as @path at the top; in the middle they are text.
    s.write("a.txt", "from a")
    equal(said('{"file": "@a.txt"}'), "from a")
    encoded = base64.b64encode(b"encoded").decode()
    equal(said(json.dumps({"files": [f"data:text/plain;base64,{encoded}"]})), "encoded")
    equal(said('{"text": "a@b"}'), "a@b")

    # What is wrong with it is said with its place.
    for text, words in (
            ("{", "Failed to parse JSON: "), ("[]", "Failed to parse JSON: "), ("7", "Failed to parse JSON: "),
            ('{"text": "a"} {', "Failed to parse JSON: "), ("@gone.json", 'Failed to read JSON from file "gone.json": '),
            ('{"file": "@gone.txt"}', 'input "file": failed to read file "gone.txt": '),
            # Names come first, so no file is read for a wrong one.
            ('{"fiel": "@gone.txt"}', 'unknown input "fiel"')):
        contains(s.fails("predict", "--json", text), words)
    contains(s.fails("predict", "--json", "-", stdin="no json"), "Failed to parse JSON: ")
    contains(s.fails("predict", "--json", "{}", "-i", "text=a"),
             "Must use one of --json or --input to provide model inputs")

    # The answer in a file; one whose name is not .json gets a word about it.
    finished = s.run("predict", "--json", '{"text": "x"}', "-o", "answer.json")
    equal((finished.status, finished.out), (0, ""), str(finished))
    equal(json.loads(s.read("answer.json"))["output"], "x")
    check("suffix" not in finished.err, finished.err)
    contains(s.run("predict", "--json", '{"text": "x"}', "-o", "answer.txt").err,
             "--output value does not have a .json suffix: answer.txt")
    (s.project / "folder2").mkdir()
    s.ok("predict", "--json", '{"text": "y"}', "-o", "folder2")
    equal(json.loads(s.read("folder2/output.json"))["output"], "y")
