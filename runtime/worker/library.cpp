// dlopen() with the checks that make its failures readable.
#include "runtime/worker/library.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "runtime/worker/heap.hpp"

namespace cogpp::worker {
namespace {

/// Tables of earlier libraries end here.
constexpr std::size_t kLeastTable = offsetof(CogppPredictorTable, healthcheck);

/// The table that the entry function `symbol` returns; null when there is none.
Result<const CogppPredictorTable*> find_table(void* library, const char* symbol,
                                              const std::string& path) {
  const auto entry = reinterpret_cast<CogppPredictorEntry>(::dlsym(library, symbol));
  if (!entry) return nullptr;
  const CogppPredictorTable* table = entry();
  if (auto checked = check_table(table, path); !checked) return checked.error();
  return table;
}

/// Whether the library names libtorch among those it needs: at its very start.
bool needs_torch(const std::string& path) {
  std::string start(1024 * 1024, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return std::string_view(start).find("libtorch_cpu.so") != std::string_view::npos;
}

}  // namespace

Status check_table(const CogppPredictorTable* table, const std::string& path) {
  if (!table) return Error{path + ": its entry function returned no table"};
  if (table->abi_version != COGPP_ABI_VERSION) {
    return Error{path + " was built for ABI version " + std::to_string(table->abi_version) +
                 " of cogpp, but this cogpp-worker has version " +
                 std::to_string(COGPP_ABI_VERSION) +
                 ". Build the predictor with the cogpp that serves it"};
  }
  if (table->struct_size < kLeastTable || !table->create || !table->signature || !table->setup ||
      !table->predict || !table->destroy) {
    return Error{path + ": the predictor's table is not complete"};
  }
  return {};
}

Result<Library> load_library(const std::string& path) {
  // A name without a slash would be searched for in the system's folders.
  const std::string absolute = std::filesystem::absolute(path).string();
  if (needs_torch(absolute)) expect_large_heap();
  // Lazy for libtorch's sake, whose 31 000 functions are mostly never called. Predictors
  // are linked with -z now, so that what they lack shows here.
  void* library = ::dlopen(absolute.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (!library) return Error{std::string("cannot load the predictor: ") + ::dlerror()};
  const auto predictor = find_table(library, COGPP_PREDICTOR_ENTRY, path);
  if (!predictor) return predictor.error();
  if (!*predictor) {
    return Error{path + " has no predictor: it does not export " COGPP_PREDICTOR_ENTRY
                        ". Is COGPP_PREDICTOR(...) in its source?"};
  }
  const auto trainer = find_table(library, COGPP_TRAINER_ENTRY, path);
  if (!trainer) return trainer.error();
  return Library{*predictor, *trainer};
}

}  // namespace cogpp::worker
