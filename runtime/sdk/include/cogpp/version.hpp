// The version of the headers that a predictor was compiled with.
#pragma once

namespace cogpp {

/// "major.minor.patch". The worker names it where it refuses a library of another ABI.
inline constexpr const char* kSdkVersion = "0.1.0";

}  // namespace cogpp
