"""What an input may not be, and the words for it, before anything of the model runs."""

from scenario import Scenario, check, contains, equal

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

struct Item {
  std::string name;
  std::int64_t count = 0;
};
COGPP_STRUCT(Item, name, count);

class Predictor {
 public:
  void setup() { std::cout << "set-up has begun" << std::endl; }
  std::string predict(const std::string&, std::int64_t, double, bool, const std::string&, int,
                      std::optional<std::string>, std::vector<std::int64_t>, std::vector<std::string>,
                      std::variant<std::int64_t, std::string>, std::optional<Item>, std::map<std::string, double>,
                      std::optional<cogpp::Path>) {
    return "accepted";
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("word").min_length(2).max_length(5).regex("^[a-z]+$").default_to("word"),
                cogpp::input("count").ge(1).le(10).default_to(1), cogpp::input("number").ge(-1).le(0.5).default_to(0.0),
                cogpp::input("flag").default_to(false),
                cogpp::input("size").choices({"small", "medium", "large"}).default_to("small"),
                cogpp::input("power").choices({256, 512}).default_to(256), cogpp::input("note"),
                cogpp::input("list").default_to(std::vector<std::int64_t>{}),
                cogpp::input("words").default_to(std::vector<std::string>{}),
                cogpp::input("either").default_to("x"), cogpp::input("item"),
                cogpp::input("map").default_to(std::map<std::string, double>{}), cogpp::input("file"));
"""

BY_NAME = {  # -i
    "count=0": 'invalid input "count": number must be at least 1',
    "count=11": 'invalid input "count": number must be at most 10',
    "count=a": 'invalid input "count": expected integer, got string',
    "count=true": 'invalid input "count": expected integer, got string',
    "count=1.5": 'invalid input "count": expected integer, got string',
    "number=-1.5": 'invalid input "number": number must be at least -1',
    "number=0.75": 'invalid input "number": number must be at most 0.5',
    "number=x": 'invalid input "number": expected number, got string',
    "flag=1": 'invalid input "flag": expected boolean, got ',
    "flag=True": 'invalid input "flag": expected boolean, got string',
    "size=huge": 'invalid input "size": must be one of: small, medium, large',
    "power=300": 'invalid input "power": must be one of: 256, 512',
    "word=a": 'invalid input "word": minimum string length is 2',
    "word=abcdef": 'invalid input "word": maximum string length is 5',
    "word=AB": 'invalid input "word": string doesn\'t match the regular expression "^[a-z]+$"',
    "list=x": 'invalid input "list.0": expected integer, got string',
    'list=[1, "a"]': 'invalid input "list.1": expected integer, got string',
    'words=[1]': 'invalid input "words.0": expected string, got ',
    "nope=1": 'unknown input "nope"; valid inputs are: count, either, file, flag, item, list, map, note, number, power, '
              'size, word, words',
    "item=text": 'input "item": not valid JSON',
}
BY_JSON = {  # --json
    '{"count": null}': 'invalid input "count": must not be null (omit the input to use its default)',
    '{"note": null}': 'invalid input "note": must not be null (omit the input to use its default)',
    '{"count": "1"}': 'invalid input "count": expected integer, got string',
    '{"count": [1]}': 'invalid input "count": expected integer, got array',
    '{"count": {}}': 'invalid input "count": expected integer, got object',
    '{"count": true}': 'invalid input "count": expected integer, got boolean',
    '{"word": 7}': 'invalid input "word": expected string, got ',
    '{"list": 7}': 'invalid input "list": expected array, got ',
    '{"a": 1, "b": 2}': 'unknown inputs "a", "b"; valid inputs are: count, either',
    '{"map": {"x": "y"}}': 'invalid input "map.x": expected number, got string',
    '{"item": {"name": 1, "count": 2}}': 'invalid input "item.name": expected string, got ',
    '{"item": {"count": 2}}': "name",
    '{"word": "a", "count": 0}': 'input validation failed:\n- invalid input "word": minimum string length is 2\n- invalid '
                                 'input "count": number must be at least 1',
}

NONE = r"""
#include <cogpp/predictor.hpp>
#include <string>
class Predictor {
 public:
  std::string predict() { return "nothing taken"; }
};
COGPP_PREDICTOR(Predictor);
"""

with Scenario(predictor=PREDICTOR) as s:
    for text, words in BY_NAME.items():
        err = s.fails("predict", "-i", text)
        contains(err, words)
        check("set-up has begun" not in err, f"{text} got to the model: {err}")
    for text, words in BY_JSON.items():
        err = s.fails("predict", "--json", text)
        contains(err, words)
        check("set-up has begun" not in err, f"{text} got to the model: {err}")
    for text in ("count=10", "number=-1", "power=512", "either=5", "either=text", 'item={"name": "n", "count": 1}',
                 'map={"x": 1}', "words=7", "words=true", "note=", "word=zz"):
        finished = s.run("predict", "-i", text)
        equal((finished.status, finished.out), (0, "accepted\n"), f"{text}: {finished}")
        contains(finished.err, "set-up has begun")

with Scenario(predictor=NONE) as s:
    equal(s.ok("predict"), "nothing taken\n")
    equal(s.ok("predict", "--json", "{}").count("nothing taken"), 1)
    contains(s.fails("predict", "-i", "a=1"), 'unknown input "a"; model does not accept inputs')
