"""Every form of -i, as the predictor gets it."""

import json

from scenario import Scenario, contains, equal

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
  std::string predict(std::optional<std::string> text, std::optional<std::int64_t> count,
                      std::optional<double> scale, std::optional<bool> flag,
                      std::optional<cogpp::Path> file,
                      std::optional<std::vector<std::int64_t>> numbers,
                      std::optional<std::vector<cogpp::Path>> files) {
    std::ostringstream out;
    if (text) out << "text=" << *text << ";";
    if (count) out << "count=" << *count << ";";
    if (scale) out << "scale=" << *scale << ";";
    if (flag) out << "flag=" << (*flag ? "yes" : "no") << ";";
    if (file) out << "file=" << contents(*file) << ";";
    if (numbers) {
      for (const auto number : *numbers) out << "number=" << number << ";";
    }
    if (files) {
      for (const auto& one : *files) out << "file=" << contents(one) << ";";
    }
    return out.str();
  }

 private:
  static std::string contents(const cogpp::Path& path) {
    std::ifstream in(path.string(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"), cogpp::input("count"), cogpp::input("scale"),
                cogpp::input("flag"), cogpp::input("file"), cogpp::input("numbers"),
                cogpp::input("files"));
"""

with Scenario(predictor=PREDICTOR) as s:
    s.write("a.txt", "contents of a")
    s.write("b.txt", "contents of b")

    def predict(*words):
        return s.ok("predict", *words)

    equal(predict(), "\n")
    equal(predict("-i", "text=a=b"), "text=a=b;\n")
    equal(predict("-i", 'text="two words"'), "text=two words;\n")
    equal(predict("-i", "text=ü"), "text=ü;\n")
    equal(predict("--input", "count=-3"), "count=-3;\n")
    equal(predict("--input=count=3000000000"), "count=3000000000;\n")
    equal(predict("-i", "scale=2"), "scale=2;\n")
    equal(predict("-i", "scale=0.25"), "scale=0.25;\n")
    equal(predict("-i", "flag=true", "-i", "text=true"), "text=true;flag=yes;\n")
    equal(predict("-i", "file=@a.txt"), "file=contents of a;\n")
    equal(predict("-i", "file=data:text/plain;base64,aGk="), "file=hi;\n")
    equal(predict("-i", "numbers=7"), "number=7;\n")
    equal(predict("-i", "numbers=[1, 2]"), "number=1;number=2;\n")
    equal(predict("-i", "numbers=1", "-i", "count=5", "-i", "numbers=2"),
          "count=5;number=1;number=2;\n")
    equal(predict("-i", "files=@a.txt", "-i", "files=@b.txt"),
          "file=contents of a;file=contents of b;\n")

    # --json: a literal, a file, standard input; the response comes as JSON.
    def response(*words, **options):
        return json.loads(s.ok("predict", *words, **options))

    answer = response("--json", '{"count": 4}')
    equal(answer["output"], "count=4;")
    equal(answer["status"], "succeeded")
    equal(list(answer), ["status", "output", "error", "metrics"])
    s.write("in.json", '{"text": "from a file", "file": "@a.txt"}')
    equal(response("--json", "@in.json")["output"], "text=from a file;file=contents of a;")
    equal(response("--json", "-", stdin='{"count": 5}')["output"], "count=5;")
    equal(response("--json", "@-", stdin='{"count": 6}')["output"], "count=6;")
    equal(response("--json", "{}")["output"], "")

    # Mistakes are found before anything is started.
    contains(s.fails("predict", "-i", "a=1", "--json", "{}"),
             "Must use one of --json or --input to provide model inputs")
    contains(s.fails("predict", "-i", "text"), "expected format is 'name=value'")
    contains(s.fails("predict", "-i", "txet=a"), 'Did you mean "text" instead of "txet"?')
    contains(s.fails("predict", "-i", "count=a"),
             'invalid input "count": expected integer, got string')
    contains(s.fails("predict", "-i", "file=@missing.txt"),
             'input "file": open missing.txt: no such file or directory')
    contains(s.fails("predict", "--json", "{"), "Failed to parse JSON: ")
    contains(s.fails("predict", "--json", '{"text": null}'), "must not be null")
    contains(s.fails("predict", "text=a"), "Did you forget `-i`?")
