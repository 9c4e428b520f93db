# Flags of cogpp's own targets: warnings, sanitizers, and the include root.
add_library(cogpp_flags INTERFACE)
target_include_directories(cogpp_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(cogpp_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${COGPP_WERROR}>:-Werror>
  # Reports "literal" + std::string (GCC bug 105651, mended in 13).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
if(COGPP_SANITIZE)
  target_compile_options(cogpp_flags INTERFACE -fsanitize=${COGPP_SANITIZE} -fno-omit-frame-pointer
    $<$<STREQUAL:${COGPP_SANITIZE},undefined>:-fno-sanitize-recover=all>)
  target_link_options(cogpp_flags INTERFACE -fsanitize=${COGPP_SANITIZE})
endif()
