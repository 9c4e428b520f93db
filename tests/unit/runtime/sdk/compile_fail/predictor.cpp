// Compiled by check.py with one CASE_… defined: a mistake that must not compile, and
// none, which must.
#include <cogpp/predictor.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

struct Unknown {};

struct Clip {
  cogpp::Path file;
  std::optional<std::string> name;
};
COGPP_STRUCT(Clip, file, name);

struct Odd {
  std::string name;
  std::vector<Unknown> rest;
};
COGPP_STRUCT(Odd, name, rest);

class Predictor {
 public:
#if defined(CASE_HEALTHCHECK)
  int healthcheck();
#elif defined(CASE_HEALTHCHECK_OVERLOADED)
  bool healthcheck();
  bool healthcheck(int attempts);
#endif
#if defined(CASE_SETUP_PARAMETER)
  void setup(const std::string& weights);
#elif defined(CASE_SETUP_OVERLOADED)
  void setup();
  void setup(const cogpp::Setup& setup);
#elif !defined(CASE_SETUP_PRIVATE)
  void setup(cogpp::Setup& setup);
#endif
#if defined(CASE_OVERLOADED)
  std::string predict(int);
#endif
#if defined(CASE_NO_PREDICT)
  std::string run(const std::string& prompt, std::int64_t steps);
#elif defined(CASE_REFERENCE)
  std::string predict(std::string& prompt, std::int64_t steps);
#elif defined(CASE_UNKNOWN_INPUT)
  std::string predict(const std::string& prompt, Unknown steps);
#elif defined(CASE_UNION_WITH_FILE)
  std::string predict(const std::string& prompt,
                      std::map<std::string, std::variant<std::int64_t, std::vector<Clip>>> steps);
#elif defined(CASE_UNKNOWN_OUTPUT)
  Unknown predict(const std::string& prompt, std::int64_t steps);
#elif defined(CASE_UNKNOWN_STREAM)
  cogpp::Stream<Unknown> predict(const std::string& prompt, std::int64_t steps);
#elif defined(CASE_UNKNOWN_FIELD)
  std::vector<Odd> predict(const std::string& prompt, std::int64_t steps);
#elif defined(CASE_UNKNOWN_FIELD_INPUT)
  std::string predict(const std::string& prompt, const std::optional<Odd>& steps);
#elif defined(CASE_REF_QUALIFIED)
  std::string predict(const std::string& prompt, std::int64_t steps) &;
#elif defined(CASE_PATH_DEFAULT)
  std::string predict(const cogpp::Path& prompt, std::int64_t steps);
#elif defined(CASE_SECRET_DEFAULT)
  std::string predict(const std::optional<cogpp::Secret>& prompt, std::int64_t steps);
#else
  std::string predict(const std::string& prompt, std::int64_t steps) {
    return prompt + std::to_string(steps);
  }
#endif

 private:
#if defined(CASE_SETUP_PRIVATE)
  void setup();
#elif defined(CASE_HEALTHCHECK_PRIVATE)
  bool healthcheck();
#endif
};

COGPP_PREDICTOR(Predictor,
#if defined(CASE_GE_ON_STRING)
                cogpp::input("prompt").ge(1),
#elif defined(CASE_TEXT_CHOICES)
                cogpp::input("prompt").choices({1, 2}),
#elif defined(CASE_ACCEPT)
                cogpp::input("prompt").accept("image/*"),
#elif defined(CASE_PATH_DEFAULT)
                cogpp::input("prompt").default_to("x.png"),
#elif defined(CASE_SECRET_DEFAULT)
                cogpp::input("prompt").default_to(cogpp::Secret("hunter2")),
#elif defined(CASE_LIST_DEFAULT)
                cogpp::input("prompt").default_to({"a", "b"}),
#elif defined(CASE_PLAIN_NAME)
                "prompt",
#else
                cogpp::input("prompt").min_length(1),
#endif
#if defined(CASE_REGEX_ON_INTEGER)
                cogpp::input("steps").regex("a")
#elif defined(CASE_INTEGER_CHOICES)
                cogpp::input("steps").choices({"a"})
#elif defined(CASE_DEFAULT)
                cogpp::input("steps").default_to("many")
#elif defined(CASE_FRACTION_DEFAULT)
                cogpp::input("steps").default_to(2.5)
#elif defined(CASE_NULL_DEFAULT)
                cogpp::input("steps").default_to(nullptr)
#elif defined(CASE_COUNT)
                cogpp::input("steps"), cogpp::input("scale")
#elif defined(CASE_UNKNOWN_FIELD_INPUT)
                cogpp::input("steps")
#else
                cogpp::input("steps").default_to(2).ge(1)
#endif
);

#if defined(CASE_NO_TRAIN)
COGPP_TRAINER(Unknown);
#elif defined(CASE_TRAINER_SETUP)
class Trainer {
 public:
  std::string train();

 private:
  void setup(const cogpp::Setup& setup);
};
COGPP_TRAINER(Trainer);
#elif defined(CASE_TRAINER_INPUT)
std::string train(Unknown steps);
COGPP_TRAINER(train, cogpp::input("steps"));
#else
static std::string train(std::int64_t steps) { return std::to_string(steps); }
#if defined(CASE_TRAINER_COUNT)
COGPP_TRAINER(train);
#else
COGPP_TRAINER(train, cogpp::input("steps").ge(1));
#endif
#endif
