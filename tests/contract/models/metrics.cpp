// Recorded model `metrics`: records metrics in every way that C++ can write down.
#include <limits>
#include <string>

#include "cogpp/predictor.hpp"
#include "python_repr.hpp"

class Predictor {
 public:
  std::string predict(const std::string& name, const std::string& what) {
    const auto prediction = cogpp::current();
    if (what == "basic") {
      basic(prediction);
    } else if (what == "name") {
      prediction.record_metric(name, 1);
    } else if (what == "none") {
      prediction.record_metric("k", nullptr);
    } else if (what == "pin") {
      prediction.record_metric("k", 1);
      prediction.record_metric("k", "s");
    } else if (what == "incrstr") {
      prediction.record_metric("k", "s", cogpp::MetricMode::kIncrement);
    } else if (what == "del") {
      prediction.record_metric("k", 1);
      prediction.delete_metric("k");
      prediction.record_metric("j", 1);
    } else if (what == "delnested") {
      prediction.record_metric("t.a", 1);
      prediction.delete_metric("t.a");
    } else if (what == "nan") {
      prediction.record_metric("k", std::numeric_limits<double>::quiet_NaN());
    } else if (what == "mixed") {
      prediction.record_metric("k", 1, cogpp::MetricMode::kIncrement);
      prediction.record_metric("k", 2.5, cogpp::MetricMode::kIncrement);
    } else if (what == "context") {
      return context(prediction);
    }
    return "ok";
  }

 private:
  static void basic(const cogpp::Prediction& prediction) {
    using cogpp::MetricMode;
    prediction.record_metric("temperature", 0.7);
    prediction.record_metric("token_count", 1, MetricMode::kIncrement);
    prediction.record_metric("token_count", 2, MetricMode::kIncrement);
    prediction.record_metric("tags", "fast", MetricMode::kAppend);
    prediction.record_metric("tags", "cached", MetricMode::kAppend);
    prediction.record_metric("timing.pre", 0.1);
    prediction.record_metric("timing.post", 0.2);
    prediction.record_metric("dict_metric", "hello");
    prediction.record_metric("flag", true);
    prediction.record_metric("obj", cogpp::Json::object({{"b", 1}, {"a", 2}}));
  }

  static std::string context(const cogpp::Prediction& prediction) {
    auto members = cogpp::Json::object();
    for (const auto& [key, value] : prediction.context()) members[key] = value;
    return contract::python_repr(members);
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("name").default_to(""),
                cogpp::input("what").default_to("basic"));
