#include "cli/build/description.hpp"

#include "schema/json.hpp"

// Only what cogpp's own programs wrote is read here.
namespace cogpp::cli {

Result<Description> parse_description(const std::string& text) {
  const Result<Json> json = parse_json(text);
  if (!json) return json.error();
  Result<schema::Signature> signature = schema::signature_from_json(*json);
  if (!signature) return signature.error();
  Description description{.signature = std::move(*signature)};
  if (const auto training = json->find("training");
      training != json->end() && training->is_object()) {
    Result<schema::Signature> read = schema::signature_from_json(*training);
    if (!read) return read.error().within("the training");
    description.training = std::move(*read);
  }
  if (const auto most = json->find("concurrency");
      most != json->end() && most->is_number_integer()) {
    description.concurrency = most->get<int>();
  }
  const auto asynchronous = json->find("async");
  description.is_async = asynchronous != json->end() && *asynchronous == true;
  for (const Json& warning : json->value("warnings", Json::array())) {
    if (warning.is_string()) description.warnings.push_back(warning);
  }
  return description;
}

}  // namespace cogpp::cli
