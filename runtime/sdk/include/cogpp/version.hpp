// The version of the headers that a predictor was compiled with.
#pragma once

namespace cogpp {

inline constexpr const char* kSdkVersion = "0.1.0";

}  // namespace cogpp
