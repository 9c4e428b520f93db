// Asks the C++ runtime for the type and text of the exception being handled.
#include "runtime/sdk/failure.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>
#include <typeinfo>

namespace cogpp::sdk {
namespace {

void erase_all(std::string& text, std::string_view part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) {
    text.erase(at, part.size());
  }
}

struct Free {
  void operator()(char* text) const { std::free(text); }
};

}  // namespace

std::string readable_type(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, Free> demangled(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status));
  std::string name = status == 0 && demangled ? demangled.get() : mangled;
  erase_all(name, "__cxx11::");
  erase_all(name, "(anonymous namespace)::");
  // What std::throw_with_nested() throws is a class of the library around the author's.
  constexpr std::string_view kNested = "std::_Nested_exception<";
  if (name.starts_with(kNested) && name.ends_with('>')) {
    name = name.substr(kNested.size(), name.size() - kNested.size() - 1);
  }
  return name;
}

std::string describe_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  const std::string name = type ? readable_type(type->name()) : "unknown exception";
  try {
    throw;
  } catch (const std::exception& error) {
    return name + ": " + error.what();
  } catch (const char* text) {
    return name + ": " + text;
  } catch (const std::string& text) {
    return name + ": " + text;
  } catch (...) {
    return name + ": ";
  }
}

}  // namespace cogpp::sdk
