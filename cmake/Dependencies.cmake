# Finds what cogpp links. Only looks: tools/bootstrap installs.
#
# Libraries that the distribution lacks stand in a dependency prefix in the
# user's cache; COGPP_DEPS_PREFIX names another one.

execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/bootstrap --print-prefix
  OUTPUT_VARIABLE bootstrap_folders OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REPLACE "\n" ";" bootstrap_folders "${bootstrap_folders}")
list(GET bootstrap_folders 0 default_deps)
list(GET bootstrap_folders 1 default_torch)
set(COGPP_DEPS_PREFIX "${default_deps}" CACHE PATH "Prefix of cpp-httplib and Catch2")
set(COGPP_TORCH_ENV "${default_torch}" CACHE PATH "Python environment whose torch wheel holds libtorch")
list(PREPEND CMAKE_PREFIX_PATH ${COGPP_DEPS_PREFIX})

# cogpp_require(FOUND WHAT PACKAGE): ends the configuration with what to install.
function(cogpp_require found what package)
  if(NOT ${found})
    message(FATAL_ERROR "${what} was not found. Run tools/bootstrap, or install ${package}.")
  endif()
endfunction()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What ccache asks for where precompiled headers are used ("Precompiled headers" in its
  # manual); the files of a new build folder are always younger than its compilations.
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(nlohmann_json QUIET)
cogpp_require(nlohmann_json_FOUND "nlohmann_json" "nlohmann-json3-dev")
find_package(yaml-cpp QUIET)
cogpp_require(yaml-cpp_FOUND "yaml-cpp" "libyaml-cpp-dev")
find_package(CLI11 QUIET)
cogpp_require(CLI11_FOUND "CLI11" "libcli11-dev")
find_package(OpenSSL QUIET)
cogpp_require(OPENSSL_FOUND "OpenSSL" "libssl-dev")
find_package(LibArchive QUIET)
cogpp_require(LibArchive_FOUND "libarchive" "libarchive-dev")
# What is loaded at run time: the library under the name that carries its interface's version.
file(REAL_PATH ${LibArchive_LIBRARIES} COGPP_LIBARCHIVE)
string(REGEX REPLACE "(\\.so\\.[0-9]+).*" "\\1" COGPP_LIBARCHIVE ${COGPP_LIBARCHIVE})
find_package(Boost 1.81 QUIET)
cogpp_require(Boost_FOUND "Boost 1.81 or later" "libboost1.81-dev")
find_package(PkgConfig QUIET)
cogpp_require(PKG_CONFIG_FOUND "pkg-config" "pkg-config")
pkg_check_modules(RE2 QUIET IMPORTED_TARGET re2)
cogpp_require(RE2_FOUND "RE2" "libre2-dev")
pkg_check_modules(PCRE2 QUIET IMPORTED_TARGET libpcre2-8)
cogpp_require(PCRE2_FOUND "PCRE2" "libpcre2-dev")

pkg_check_modules(PROMETHEUS QUIET IMPORTED_TARGET prometheus-cpp-core)
cogpp_require(PROMETHEUS_FOUND "prometheus-cpp" "prometheus-cpp-dev")

find_path(HTTPLIB_INCLUDE_DIR httplib.h HINTS ${COGPP_DEPS_PREFIX}/include)
cogpp_require(HTTPLIB_INCLUDE_DIR "cpp-httplib" "cpp-httplib 0.18 or later")
add_library(cogpp_httplib INTERFACE)
target_include_directories(cogpp_httplib SYSTEM INTERFACE ${HTTPLIB_INCLUDE_DIR})
target_compile_definitions(cogpp_httplib INTERFACE
  CPPHTTPLIB_OPENSSL_SUPPORT
  CPPHTTPLIB_USE_POLL                                # select() fails from descriptor 1024 on
  CPPHTTPLIB_KEEPALIVE_TIMEOUT_CHECK_INTERVAL_USECOND=10000000)  # else each idle connection wakes every 10 ms
target_link_libraries(cogpp_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)

add_library(cogpp_boost INTERFACE)
target_include_directories(cogpp_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_link_libraries(cogpp_boost INTERFACE Threads::Threads)

if(COGPP_BUILD_TESTS)
  find_package(Catch2 3 QUIET)
  cogpp_require(Catch2_FOUND "Catch2 3" "catch2 3.x (tools/bootstrap --tests builds it where the distribution has only 2.x)")
endif()
