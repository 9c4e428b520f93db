"""What an image answers, on standard output and in files of this machine: values, files, lists of
them, streams, nothing; and inputs of every form on their way in."""

import json

from engines import Engine, model_image
from scenario import Scenario, check, contains, equal

HEAD = """#include <cogpp/predictor.hpp>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>
"""
FILES = HEAD + """
class Predictor {
 public:
  std::vector<cogpp::Path> predict(const std::vector<cogpp::Path>& files) {
    std::vector<cogpp::Path> made;
    for (const auto& file : files) {
      const auto path = cogpp::current().directory() / ("made-" + std::to_string(made.size()) + ".png");
      std::ofstream(path) << std::ifstream(file.string()).rdbuf() << " seen";
      made.emplace_back(path.string());
    }
    return made;
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("files"));
"""
ONE_FILE = HEAD + """
class Predictor {
 public:
  cogpp::Path predict(const std::string& text) {
    const auto path = cogpp::current().directory() / "made.txt";
    std::ofstream(path) << text;
    return cogpp::Path(path.string());
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
VALUES = HEAD + """
class Predictor {
 public:
  std::vector<std::int64_t> predict(std::int64_t count, std::optional<bool> twice) {
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(twice.value_or(false) ? 2 * i : i);
    return values;
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("count").ge(0), cogpp::input("twice"));
"""

with Engine() as engine:
    with Scenario(predictor=FILES) as s:
        engine.use_in(s)
        image = model_image(engine, s)
        s.write("a.txt", "a")
        s.write("b.txt", "b")
        both = ("-i", "files=@a.txt", "-i", "files=@b.txt")
        finished = s.run("predict", image, *both)
        equal((finished.status, finished.out), (0, ""), str(finished))
        contains(finished.err, "Written output to: output.0.png")
        equal([s.read(f"output.{i}.png") for i in range(2)], ["a seen", "b seen"])
        s.ok("predict", image, *both, "-o", "named.jpg")
        equal([s.read(f"named.{i}.jpg") for i in range(2)], ["a seen", "b seen"])
        s.write("in.json", json.dumps({"files": ["data:text/plain;base64,Yw=="]}))
        answer = json.loads(s.ok("predict", image, "--json", "@in.json"))
        equal(answer["output"], ["output.0.png"])
        equal(s.read("output.0.png"), "c seen")
        check(not list(s.project.glob("made*")), "the container's files have other names here")

    with Scenario(predictor=ONE_FILE) as s:
        engine.use_in(s)
        image = model_image(engine, s)
        s.ok("predict", image, "-i", "text=abc")
        equal(s.read("output.txt"), "abc")
        (s.project / "folder").mkdir()
        s.ok("predict", image, "-i", "text=def", "-o", "folder")
        equal(s.read("folder/output.txt"), "def")
        err = s.fails("predict", image, "-i", "text=a", "-o", "no/such/folder/x")
        contains(err, "Output path is not writable: ")
        check("Starting" not in err, err)

    with Scenario(predictor=VALUES) as s:
        engine.use_in(s)
        image = model_image(engine, s)
        equal(s.ok("predict", image, "-i", "count=2"), "[\n  0,\n  1\n]\n")
        equal(json.loads(s.ok("predict", image, "-i", "count=3", "-i", "twice=true")), [0, 2, 4])
        equal(json.loads(s.ok("predict", image, "--json", "-", stdin='{"count": 1}'))["output"], [0])
        finished = s.run("predict", image, "-i", "count=1", "-o", "values.json")
        equal(finished.out, "")
        contains(finished.err, "Written output to: values.json")
        equal(s.read("values.json"), "[\n  0\n]")
        contains(s.fails("predict", image, "-i", "count=a"), 'invalid input "count": expected integer, got string')
        contains(s.fails("predict", image, "-i", "count=-1"), 'invalid input "count": number must be at least 0')
        contains(s.fails("predict", image, "--json", '{"count": null}'), "must not be null")
        contains(s.fails("predict", image, "--json", "{"), "Failed to parse JSON: ")
        equal(engine.containers(), [], "containers that were left behind")
        engine.docker("rmi", "--force", image)
