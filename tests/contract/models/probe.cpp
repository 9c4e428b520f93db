// Differential model `probe`: does what the input says, in this order: prints, metrics, sleep,
// raise, value.
#include <iostream>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

using cogpp::Json;

class Predictor {
 public:
  Json predict(const Json& order) {
    if (order.contains("prints")) print(order.at("prints"));
    if (order.contains("metrics")) record(order.at("metrics"));
    if (order.contains("sleep")) pause(order);
    if (order.contains("raise")) fail(order.at("raise"));
    if (order.contains("context")) return context();
    return order.contains("value") ? order.at("value") : Json();
  }

 private:
  static void print(const Json& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto& stream = lines.at(i).at(0).as_string() == "err" ? std::cerr : std::cout;
      stream << lines.at(i).at(1).as_string() << std::flush;
    }
  }

  static void record(const Json& metrics) {
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const auto& name = metrics.at(i).at(0).as_string();
      const auto& mode = metrics.at(i).at(2).as_string();
      if (mode == "delete") {
        cogpp::current().delete_metric(name);
      } else {
        const auto how = mode == "append" ? cogpp::MetricMode::kAppend
                         : mode == "incr" ? cogpp::MetricMode::kIncrement
                                          : cogpp::MetricMode::kReplace;
        cogpp::current().record_metric(name, metrics.at(i).at(1), how);
      }
    }
  }

  static void pause(const Json& order) {
    if (contract::sleep_unless_cancelled(order.at("sleep").as_number())) return;
    if (order.contains("cleanup")) std::cout << order.at("cleanup").as_string() << std::endl;
    throw cogpp::Cancelled();
  }

  static void fail(const Json& reason) {
    const auto& text = reason.at(1).as_string();
    if (reason.at(0).as_string() == "value") throw std::invalid_argument(text);
    throw std::runtime_error(text);
  }

  static Json context() {
    auto members = Json::object();
    for (const auto& [key, value] : cogpp::current().context()) members[key] = value;
    return members;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("do").default_to(Json::object()));
