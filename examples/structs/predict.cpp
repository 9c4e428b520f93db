// Every type of input, and an output that holds every type of output.
#include <cogpp/predictor.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace shapes {

struct Point {
  double x = 0;
  double y = 0;
  std::optional<std::string> label;
};
COGPP_STRUCT(Point, x, y, label);

struct Report {
  std::string text;
  std::int64_t integer = 0;
  double number = 0;
  bool flag = false;
  std::string choice;
  std::int64_t size = 0;
  std::optional<std::string> note;
  std::vector<std::string> tags;
  std::map<std::string, double> weights;
  std::variant<std::int64_t, std::string> either;
  std::vector<Point> points;
  cogpp::Json anything;
  std::int64_t secret_length = 0;
  std::int64_t file_bytes = 0;
  cogpp::Path file;
};
COGPP_STRUCT(Report, text, integer, number, flag, choice, size, note, tags, weights, either, points,
             anything, secret_length, file_bytes, file);

}  // namespace shapes

class Predictor {
 public:
  shapes::Report predict(const std::string& text, std::int64_t integer, double number, bool flag,
                         const std::string& choice, int size,
                         const std::optional<std::string>& note, std::vector<std::string> tags,
                         std::map<std::string, double> weights,
                         std::variant<std::int64_t, std::string> either,
                         std::optional<std::vector<shapes::Point>> points, cogpp::Json anything,
                         const std::optional<cogpp::Secret>& secret,
                         const std::optional<cogpp::Path>& file) {
    shapes::Report report;
    report.text = text;
    report.integer = integer;
    report.number = number;
    report.flag = flag;
    report.choice = choice;
    report.size = size;
    report.note = note;
    report.tags = std::move(tags);
    report.weights = std::move(weights);
    report.either = std::move(either);
    report.points = std::move(points).value_or(std::vector<shapes::Point>{});
    report.anything = std::move(anything);
    report.secret_length = secret ? static_cast<std::int64_t>(secret->reveal().size()) : 0;
    report.file_bytes = file ? static_cast<std::int64_t>(std::filesystem::file_size(*file)) : 0;
    report.file = cogpp::current().directory() / "note.txt";
    std::ofstream(report.file) << "made for " << text << '\n';
    return report;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text").min_length(1).max_length(100).regex("^[^<>]*$"),
                cogpp::input("integer").default_to(3).ge(0).le(10),
                cogpp::input("number").default_to(0.5), cogpp::input("flag").default_to(false),
                cogpp::input("choice").choices({"small", "large"}).default_to("small"),
                cogpp::input("size").choices({256, 512}).default_to(256),
                cogpp::input("note").describe("May be left out"),
                cogpp::input("tags").default_to(std::vector<std::string>{"a", "b"}),
                cogpp::input("weights").default_to(std::map<std::string, double>{}),
                cogpp::input("either").default_to("text or integer"), cogpp::input("points"),
                cogpp::input("anything").default_to(cogpp::Json::object()).deprecated(),
                cogpp::input("secret"),
                cogpp::input("file").accept("text/*").describe("A text file"));
