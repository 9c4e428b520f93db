// The configuration of an image: what `docker inspect` shows. Keeps members it does
// not know, so that a base's configuration can be extended. A value; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/image/descriptor.hpp"

namespace cogpp::cli {

class ImageConfig {
 public:
  /// Without layers, for linux/amd64.
  ImageConfig();
  /// Reads the text of a configuration; `what` names it in errors.
  static Result<ImageConfig> parse(std::string_view text, const std::string& what);

  Platform platform() const;
  std::vector<Digest> diff_ids() const;
  /// Of `config.Labels`; nothing when absent.
  std::optional<std::string> label(const std::string& name) const;
  void set_labels(const std::map<std::string, std::string>& labels);
  /// `NAME=value`; replaces a value of the same name in its place.
  void set_environment(const std::vector<std::string>& variables);
  std::vector<std::string> environment() const;
  /// Any member of `config` as Docker spells it: Entrypoint, Cmd, WorkingDir, User,
  /// ExposedPorts, Healthcheck, StopSignal.
  bool has(const std::string& member) const;
  void set(const std::string& member, const OrderedJson& value);

  /// Adds a layer on top, with its line of history at `time` (seconds since 1970).
  void add_layer(const Digest& diff_id, const std::string& created_by, std::int64_t time);
  /// `created`, in seconds since 1970.
  void set_created(std::int64_t time);
  std::int64_t created() const { return created_; }
  /// How many layers there were before the last step of the history that begins with `step`;
  /// nothing where there is none, or where the history does not tell of every layer in its place.
  std::optional<std::size_t> layers_before(std::string_view step) const;
  /// `time` in `created` and at the steps of the history behind the layer `below` (its number from
  /// 1).
  void fix_times(std::size_t below, std::int64_t time);
  /// In place of the layers that it names: the same ones with other bytes.
  void set_diff_ids(const std::vector<Digest>& ids);

  /// The same bytes for the same content.
  std::string text() const;

 private:
  explicit ImageConfig(OrderedJson document) : document_(std::move(document)) {}
  OrderedJson& config();

  OrderedJson document_;
  std::int64_t created_ = 0;
};

/// `1970-01-01T00:00:00Z`
std::string utc_time(std::int64_t seconds);

}  // namespace cogpp::cli
