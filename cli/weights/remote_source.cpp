// Hugging Face's API names the files of a revision, with SHA-256 for the large ones; a
// plain URL has at best a strong ETag.
#include "cli/weights/remote_source.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "cli/registry/retry.hpp"
#include "cli/registry/session.hpp"
#include "schema/environment.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

constexpr const char* kHuggingFace = "https://huggingface.co";
constexpr std::size_t kHuggingFacePrefix = 5;  // hf://
constexpr int kMostPages = 1000;

std::string first_variable(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = environment_variable(name); !value.empty()) return value;
  }
  return {};
}

/// As a part of a path: slashes stay.
std::string encode_path(const std::string& path) {
  std::string encoded;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t slash = path.find('/', begin);
    encoded += encode_query(path.substr(begin, slash - begin));
    if (slash == std::string::npos) return encoded;
    encoded += '/';
    begin = slash + 1;
  }
}

/// The target of `<URL>; rel="next"`; empty: there is none.
std::string next_page(const std::string& header) {
  std::size_t begin = 0;
  while ((begin = header.find('<', begin)) != std::string::npos) {
    const std::size_t end = header.find('>', begin);
    if (end == std::string::npos) break;
    const std::string rest = header.substr(end, header.find('<', end) - end);
    if (rest.find("rel=\"next\"") != std::string::npos) {
      return header.substr(begin + 1, end - begin - 1);
    }
    begin = end;
  }
  return {};
}

/// A repository on one server, at one revision.
class HuggingFace {
 public:
  HuggingFace(Url base, std::string repository, Transport& transport)
      : base_(std::move(base)), repository_(std::move(repository)), transport_(transport) {}

  Result<std::string> commit_of(const std::string& revision) {
    const Result<Json> json =
        get(at("/api/models/" + repository_ + "/revision/" + encode_query(revision)).url, nullptr);
    if (!json) return json.error();
    const Json sha = json->is_object() ? json->value("sha", Json()) : Json();
    if (sha.is_string() && !sha.get<std::string>().empty()) return sha.get<std::string>();
    return Error{base_.origin() + " names no commit for " + revision};
  }

  Result<std::vector<WeightFile>> files_of(const std::string& commit) {
    std::vector<WeightFile> files;
    Url page = at("/api/models/" + repository_ + "/tree/" + commit + "?recursive=true").url;
    for (int pages = 0; pages < kMostPages; ++pages) {
      std::string next;
      const Result<Json> list = get(page, &next);
      if (!list) return list.error();
      if (!list->is_array()) return Error{page.text() + ": is not a list of files"};
      for (const Json& item : *list) {
        const Status added = add_file(item, commit, files);
        if (!added) return added.error();
      }
      if (next.empty()) break;
      const Result<Url> target = resolve_url(page, next);
      if (!target) return target.error();
      // The token goes to nobody else.
      if (target->origin() != base_.origin()) return Error{page.text() + ": odd next page " + next};
      page = *target;
    }
    std::sort(files.begin(), files.end(),
              [](const WeightFile& a, const WeightFile& b) { return a.path < b.path; });
    return files;
  }

 private:
  HttpRequest at(const std::string& target) const {
    HttpRequest request{.url = base_};
    while (request.url.target.ends_with('/')) request.url.target.pop_back();
    request.url.target += target;
    const std::string token = first_variable({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"});
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    return request;
  }

  Result<Json> get(const Url& url, std::string* next) {
    HttpRequest request = at("");
    request.url = url;
    const HttpOutcome outcome = ask_source(request, transport_);
    if (outcome.failure != HttpFailure::kNone || outcome.answer.status != 200) {
      Error error = source_error(outcome, url.text());
      const int status = outcome.answer.status;
      if (status == 401 || status == 403) error.message += "; set HF_TOKEN if it is not public";
      return error;
    }
    if (next != nullptr) *next = next_page(outcome.answer.header("link"));
    Result<Json> json = parse_json(outcome.answer.body);
    if (!json) return json.error().within(url.text());
    return json;
  }

  Status add_file(const Json& item, const std::string& commit, std::vector<WeightFile>& files) {
    const Json path = item.is_object() ? item.value("path", Json()) : Json();
    if (!path.is_string() || !item.contains("size") || !item.at("size").is_number_unsigned()) {
      return Error{base_.origin() + " lists a file without path or size"};
    }
    if (item.value("type", Json()) != "file") return {};
    const std::string name = path.get<std::string>();
    WeightFile file{
        .path = name,
        .size = item.at("size").get<std::uint64_t>(),
        .request = at("/" + repository_ + "/resolve/" + commit + "/" + encode_path(name))};
    const Json lfs = item.value("lfs", Json());
    if (lfs.is_object() && lfs.contains("oid") && lfs.at("oid").is_string()) {
      const Result<Digest> digest = Digest::parse("sha256:" + lfs.at("oid").get<std::string>());
      if (!digest) return digest.error().within(name);
      file.digest = *digest;
    }
    files.push_back(std::move(file));
    return {};
  }

  const Url base_;
  const std::string repository_;
  Transport& transport_;
};

/// The last part of the URL's path.
std::string file_name_of(const Url& url) {
  const std::string path = url.target.substr(0, url.target.find('?'));
  return path.substr(path.rfind('/') + 1);
}

std::optional<std::uint64_t> length_of(const HttpAnswer& answer) {
  const std::string text = answer.header("content-length");
  std::uint64_t size = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || read.ec != std::errc()) return std::nullopt;
  return size;
}

}  // namespace

HttpOutcome ask_source(const HttpRequest& request, Transport& transport) {
  const Cancellation never;
  Backoff backoff;
  for (;;) {
    HttpOutcome outcome =
        send_following(request, [&](const HttpRequest& next) { return transport.send(next); });
    if (outcome.failure == HttpFailure::kConnection || !is_passing(outcome)) return outcome;
    const auto asked = retry_after(outcome.answer.header("retry-after"), std::time(nullptr));
    const auto delay = backoff.next(asked);
    if (!delay || !never.sleep(*delay)) return outcome;
  }
}

Error source_error(const HttpOutcome& outcome, const std::string& what) {
  if (outcome.failure != HttpFailure::kNone) return Error{what + ": " + outcome.reason};
  return Error{what + ": answered with status " + std::to_string(outcome.answer.status)};
}

Result<Inventory> list_hugging_face(const std::string& uri, Transport& transport) {
  std::string repository = uri.substr(kHuggingFacePrefix);
  std::string revision = "main";
  if (const std::size_t at = repository.find('@'); at != std::string::npos) {
    revision = repository.substr(at + 1);
    repository.resize(at);
  }
  if (std::count(repository.begin(), repository.end(), '/') != 1 || repository.front() == '/' ||
      repository.back() == '/' || revision.empty() || encode_path(repository) != repository) {
    return Error{"must be hf://ORGANISATION/REPOSITORY or hf://ORGANISATION/REPOSITORY@REVISION"};
  }
  const std::string endpoint = first_variable({"HF_ENDPOINT"});
  const Result<Url> base = parse_url(endpoint.empty() ? kHuggingFace : endpoint);
  if (!base) return base.error().within("HF_ENDPOINT");
  HuggingFace server(*base, repository, transport);
  const Result<std::string> commit = server.commit_of(revision);
  if (!commit) return commit.error();
  Result<std::vector<WeightFile>> files = server.files_of(*commit);
  if (!files) return files.error();
  return Inventory{.fingerprint = "commit:" + *commit, .files = std::move(*files)};
}

Result<Inventory> list_web_file(const std::string& uri, Transport& transport,
                                const WeightStore& store, Context& context) {
  const Result<Url> url = parse_url(uri);
  if (!url) return url.error();
  WeightFile file{.path = file_name_of(*url), .request = {.url = *url}};
  if (file.path.empty()) return Error{"must name a file"};
  const HttpOutcome outcome = ask_source({.method = "HEAD", .url = *url}, transport);
  if (outcome.failure != HttpFailure::kNone || outcome.answer.status != 200) {
    return source_error(outcome, uri);
  }
  const std::string tag = outcome.answer.header("etag");
  const std::optional<std::uint64_t> size = length_of(outcome.answer);
  std::vector<WeightFile> files;
  if (size && !tag.empty() && !tag.starts_with("W/")) {
    file.size = *size;
    files.push_back(std::move(file));
    return Inventory{.fingerprint = "etag:" + tag, .files = std::move(files)};
  }
  // Only its bytes tell which file it is.
  file.size = size.value_or(0);
  files.push_back(std::move(file));
  if (const Status stored = fill_store(files, store, context); !stored) return stored.error();
  std::string fingerprint = files.front().digest->text();
  return Inventory{.fingerprint = std::move(fingerprint), .files = std::move(files)};
}

}  // namespace cogpp::cli
