// Differential model `stream`: yields each of the chunks; one like {"sleep": 0.1},
// {"print": "text"}, {"raise": "text"} or {"metric": [name, value, mode]} is done instead.
#include <iostream>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

using cogpp::Json;

class Predictor {
 public:
  cogpp::Stream<Json> predict(const Json& order) {
    if (!order.contains("chunks")) co_return;
    for (std::size_t i = 0; i < order.at("chunks").size(); ++i) {
      const auto& chunk = order.at("chunks").at(i);
      if (!acted(chunk)) co_yield chunk;
    }
  }

 private:
  static bool acted(const Json& chunk) {
    if (chunk.kind() != Json::Kind::kObject) return false;
    if (chunk.contains("sleep")) {
      if (!contract::sleep_unless_cancelled(chunk.at("sleep").as_number())) {
        throw cogpp::Cancelled();
      }
    } else if (chunk.contains("print")) {
      std::cout << chunk.at("print").as_string() << std::endl;
    } else if (chunk.contains("raise")) {
      throw std::runtime_error(chunk.at("raise").as_string());
    } else if (chunk.contains("metric")) {
      record(chunk.at("metric"));
    } else {
      return false;
    }
    return true;
  }

  static void record(const Json& metric) {
    const auto& mode = metric.at(2).as_string();
    cogpp::current().record_metric(metric.at(0).as_string(), metric.at(1),
                                   mode == "append" ? cogpp::MetricMode::kAppend
                                   : mode == "incr" ? cogpp::MetricMode::kIncrement
                                                    : cogpp::MetricMode::kReplace);
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("do").default_to(Json::object()));
