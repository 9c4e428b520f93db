// A straight line: train() fits it to points and gives it as a file, predict() reads it.
#include <atomic>
#include <cmath>
#include <cogpp/predictor.hpp>
#include <cstddef>
#include <fstream>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

struct Line {
  double slope = 1;
  double intercept = 0;
};

class Predictor {
 public:
  double predict(double x, const std::optional<cogpp::Path>& weights) {
    Line line;
    if (weights && !(std::ifstream(*weights) >> line.slope >> line.intercept)) {
      throw std::invalid_argument("weights: not a file that train() wrote");
    }
    const double y = line.slope * x + line.intercept;
    finite_ = std::isfinite(y);
    return y;
  }

  /// GET /health-check asks this, from a thread of its own; false shows UNHEALTHY.
  bool healthcheck() const { return finite_; }

 private:
  std::atomic<bool> finite_{true};  ///< Of the last result.
};

cogpp::Path train(const std::vector<double>& xs, const std::vector<double>& ys) {
  if (xs.size() != ys.size() || xs.size() < 2) {
    throw std::invalid_argument("xs and ys need as many numbers each, at least two");
  }
  const auto count = static_cast<double>(xs.size());
  const double x_mean = std::accumulate(xs.begin(), xs.end(), 0.0) / count;
  const double y_mean = std::accumulate(ys.begin(), ys.end(), 0.0) / count;
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    products += (xs[i] - x_mean) * (ys[i] - y_mean);
    squares += (xs[i] - x_mean) * (xs[i] - x_mean);
  }
  if (squares == 0) throw std::invalid_argument("xs: all are the same");
  const double slope = products / squares;
  cogpp::current().record_metric("slope", slope);
  cogpp::Path file = cogpp::current().directory() / "line.txt";
  std::ofstream(file) << slope << ' ' << y_mean - slope * x_mean << '\n';
  return file;
}

COGPP_PREDICTOR(Predictor, cogpp::input("x"),
                cogpp::input("weights").describe("What a training gave"));
COGPP_TRAINER(train, cogpp::input("xs").describe("Abscissas"), cogpp::input("ys"));
