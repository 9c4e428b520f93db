// Texts for exceptions that leave an author's code (cog-runtime §11).
#pragma once

#include <string>

namespace cogpp::sdk {

/// "std::runtime_error: boom" for the exception being handled; the type alone, with
/// ": " behind it, for one without a text. Call inside a catch block.
std::string describe_exception();

/// A mangled type name as people write it: no inline or anonymous namespaces.
std::string readable_type(const char* mangled);

}  // namespace cogpp::sdk
