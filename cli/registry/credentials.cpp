// The file's format is that of Docker's command line; a helper speaks JSON on its
// standard input and output.
#include "cli/registry/credentials.hpp"

#include <unistd.h>

#include <array>

#include "cli/registry/reference.hpp"
#include "cli/support/base64.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHubKey = "https://index.docker.io/v1/";
/// The name under which helpers keep an identity token.
constexpr const char* kTokenUser = "<token>";

Result<OrderedJson> read_config_file(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return OrderedJson(OrderedJson::object());
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  OrderedJson config = OrderedJson::parse(*text, nullptr, false);
  if (!config.is_object()) return Error{file.string() + " is not a JSON object; correct it"};
  return config;
}

/// Runs `docker-credential-NAME COMMAND` with `input`.
Result<Finished> run_helper(const std::string& name, const std::string& command,
                            const std::string& input, Context& context) {
  const std::string program_name = "docker-credential-" + name;
  const std::optional<fs::path> program = find_program(program_name);
  if (!program) {
    return Error{"credential helper " + program_name + ", which " + docker_config_file().string() +
                 " names, was not found in PATH"};
  }
  Result<Pipe> pipe = Pipe::create();
  if (!pipe) return pipe.error();
  // Far less than a pipe holds, so nobody waits.
  if (::write(pipe->write.get(), input.data(), input.size()) !=
      static_cast<ssize_t>(input.size())) {
    return Error{"could not hand the request to " + program_name};
  }
  pipe->write.reset();
  return run({.program = *program, .arguments = {command}, .standard_input = pipe->read.get()},
             context.interrupt, context.console);
}

Result<Credentials> ask_helper(const std::string& name, const std::string& registry,
                               Context& context) {
  const Result<Finished> finished =
      run_helper(name, "get", credentials_key(registry) + "\n", context);
  if (!finished) return finished.error();
  if (finished->status != 0) {
    if (finished->output.find("credentials not found") != std::string::npos) return Credentials{};
    return Error{"docker-credential-" + name + " failed for " + registry + ": " +
                 first_line(finished->errors.empty() ? finished->output : finished->errors)};
  }
  const OrderedJson json = OrderedJson::parse(finished->output, nullptr, false);
  if (!json.is_object()) return Error{"docker-credential-" + name + " did not answer with JSON"};
  const std::string username = text_member(json, "Username");
  const std::string secret = text_member(json, "Secret");
  if (username == kTokenUser) return Credentials{.identity_token = secret};
  return Credentials{.username = username, .secret = secret};
}

Status write_config_file(const fs::path& file, const OrderedJson& config) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return open_error(file.parent_path(), error.value());
  return write_file(file, indented_text(config) + "\n", 0600);
}

}  // namespace

fs::path docker_config_file() {
  const std::string folder = environment_variable("DOCKER_CONFIG");
  return (folder.empty() ? expand_home("~/.docker") : fs::path(folder)) / "config.json";
}

std::string credentials_key(const std::string& registry) {
  return registry == kDockerHub ? kHubKey : registry;
}

std::string helper_in(const OrderedJson& config, const std::string& registry) {
  const OrderedJson helpers = config.value("credHelpers", OrderedJson());
  if (std::string own = text_member(helpers, credentials_key(registry)); !own.empty()) return own;
  if (std::string own = text_member(helpers, registry); !own.empty()) return own;
  return text_member(config, "credsStore");
}

Result<Credentials> credentials_in(const OrderedJson& config, const std::string& registry) {
  const OrderedJson auths = config.value("auths", OrderedJson());
  if (!auths.is_object()) return Credentials{};
  for (const std::string& key :
       {credentials_key(registry), registry, "https://" + registry, "https://" + registry + "/",
        "https://" + registry + "/v1/", "https://" + registry + "/v2/"}) {
    const auto entry = auths.find(key);
    if (entry == auths.end() || !entry->is_object()) continue;
    Credentials credentials{.username = text_member(*entry, "username"),
                            .secret = text_member(*entry, "password"),
                            .identity_token = text_member(*entry, "identitytoken")};
    if (const std::string encoded = text_member(*entry, "auth"); !encoded.empty()) {
      const Result<std::string> pair = decode_base64(encoded);
      const auto colon = pair ? pair->find(':') : std::string::npos;
      if (colon == std::string::npos) {
        return Error{"auths[\"" + key + "\"].auth in " + docker_config_file().string() +
                     " is not base64 of USER:PASSWORD; log in again"};
      }
      credentials.username = pair->substr(0, colon);
      credentials.secret = pair->substr(colon + 1);
    }
    if (!credentials.empty()) return credentials;
  }
  return Credentials{};
}

Result<Credentials> find_credentials(const std::string& registry, Context& context) {
  const Result<OrderedJson> config = read_config_file(docker_config_file());
  if (!config) return config.error();
  if (const std::string helper = helper_in(*config, registry); !helper.empty()) {
    Result<Credentials> credentials = ask_helper(helper, registry, context);
    if (!credentials || !credentials->empty()) return credentials;
  }
  return credentials_in(*config, registry);
}

Status store_credentials(const std::string& registry, const Credentials& credentials,
                         Context& context) {
  const fs::path file = docker_config_file();
  Result<OrderedJson> config = read_config_file(file);
  if (!config) return config.error();
  if (const std::string helper = helper_in(*config, registry); !helper.empty()) {
    const OrderedJson request = {{"ServerURL", credentials_key(registry)},
                                 {"Username", credentials.username},
                                 {"Secret", credentials.secret}};
    const Result<Finished> finished = run_helper(helper, "store", to_text(request), context);
    if (!finished) return finished.error();
    if (finished->status == 0) return {};
    return Error{"docker-credential-" + helper + " could not store the credentials: " +
                 first_line(finished->errors.empty() ? finished->output : finished->errors)};
  }
  std::string encoded;
  append_base64(encoded, credentials.username + ":" + credentials.secret);
  OrderedJson& auths = (*config)["auths"];
  if (!auths.is_object()) auths = OrderedJson::object();
  auths[credentials_key(registry)] = {{"auth", encoded}};
  return write_config_file(file, *config);
}

}  // namespace cogpp::cli
