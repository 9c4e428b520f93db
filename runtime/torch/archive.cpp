#include "runtime/torch/archive.hpp"

#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <system_error>
#include <tuple>
#include <utility>

namespace cogpp::torch_models {
namespace {

namespace fs = std::filesystem;

/// A record that unpacks outside its folder is an attack, not a model.
bool stays_inside(const std::string& record) {
  const fs::path path(record);
  return !path.is_absolute() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

class ZipArchive : public Archive {
 public:
  explicit ZipArchive(const fs::path& path) : reader_(path.string()) {}

  std::vector<std::string> records() override {
    auto names = reader_.getAllRecords();
    std::erase_if(names, [](const std::string& name) { return !stays_inside(name); });
    return names;
  }

  Result<std::string> read(const std::string& record) override {
    try {
      const auto [data, size] = reader_.getRecord(record);
      return std::string(static_cast<const char*>(data.get()), size);
    } catch (const std::exception&) {
      return Error{"'" + record + "' in the archive is damaged"};
    }
  }

  Status extract(const std::string& record, const fs::path& target) override {
    auto content = read(record);
    if (!content) return content.error();
    std::ofstream out(target, std::ios::binary);
    out.write(content->data(), static_cast<std::streamsize>(content->size()));
    out.close();
    if (!out) return Error{target.string() + " could not be written; is the disk full?"};
    fs::permissions(target, fs::perms::owner_all);
    return {};
  }

 private:
  caffe2::serialize::PyTorchStreamReader reader_;
};

class FolderArchive : public Archive {
 public:
  explicit FolderArchive(fs::path root) : root_(std::move(root)) {}

  std::vector<std::string> records() override {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(root_, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->is_regular_file(error))
        names.push_back(entry->path().lexically_relative(root_).string());
    }
    return names;
  }

  Result<std::string> read(const std::string& record) override {
    std::ifstream in(root_ / record, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), {}};
    if (!in) return Error{(root_ / record).string() + " could not be read"};
    return content;
  }

  Status extract(const std::string& record, const fs::path& target) override {
    std::error_code error;
    fs::copy_file(root_ / record, target, error);
    if (error) return Error{target.string() + " could not be written: " + error.message()};
    return {};
  }
  fs::path folder() const override { return root_; }

 private:
  fs::path root_;
};

/// Unpacking keeps the archive's root folder: FOLDER/NAME/data/…; both are accepted.
fs::path inner_folder(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path / "data", error)) return path;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (fs::exists(entry->path() / "data", error)) return entry->path();
  }
  return path;
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::open(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return Error{"model file '" + path.string() + "' does not exist"};
  if (fs::is_directory(status)) return {std::make_unique<FolderArchive>(inner_folder(path))};
  if (!std::ifstream(path, std::ios::binary)) {
    return Error{"model file '" + path.string() + "' cannot be read; check its permissions"};
  }
  try {
    return {std::make_unique<ZipArchive>(path)};
  } catch (const std::exception&) {
    return Error{"model file '" + path.string() +
                 "' is not a model: neither TorchScript nor a .pt2 package, or it is cut short; "
                 "copy or export it again"};
  }
}

}  // namespace cogpp::torch_models
