# Flags of cogpp's own targets: warnings, sanitizers, and the include root.
add_library(cogpp_flags INTERFACE)
target_include_directories(cogpp_flags INTERFACE ${PROJECT_SOURCE_DIR})
# -pthread in every file: a precompiled header fits only files with the same macros.
target_compile_options(cogpp_flags INTERFACE -pthread)
target_compile_options(cogpp_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wno-missing-field-initializers  # designated initialisers leave members out on purpose
  $<$<BOOL:${COGPP_WERROR}>:-Werror>
  # All report "literal" + std::string (GCC bug 105651, mended in 13).
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>"
  # 14 reports std::string::resize() of less, and again "literal" + std::string.
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,14>>:-Wno-stringop-overflow;-Wno-array-bounds>")
if(CMAKE_UNITY_BUILD)
  # A file's private types look like a header's once files are compiled together.
  target_compile_options(cogpp_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(COGPP_SANITIZE)
  # For every target, tests' predictor libraries too: an archive with checks cannot be
  # linked into a library without.
  string(REPLACE "," ";" sanitizers "${COGPP_SANITIZE}")
  add_compile_options(-fsanitize=${COGPP_SANITIZE} -fno-omit-frame-pointer)
  if("undefined" IN_LIST sanitizers)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  add_link_options(-fsanitize=${COGPP_SANITIZE})
  # With the checks in between, g++ takes the standard library's own <regex> for unset.
  target_compile_options(cogpp_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
if(COGPP_BUILD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # The fuzzer learns from what runs.
endif()
