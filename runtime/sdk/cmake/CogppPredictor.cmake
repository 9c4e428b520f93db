# cogpp_add_predictor(NAME [TORCH] [SOURCES] file…): a predictor library.
#
# A module library with everything hidden but the one symbol that COGPP_PREDICTOR
# exports; further libraries are added with target_link_libraries(NAME PRIVATE …) as
# usual. TORCH adds <cogpp/torch.hpp> and libtorch, found in COGPP_TORCH_PACKAGE (the
# `torch` folder of a Python environment; `cogpp` sets it). The library goes to
# COGPP_PREDICTOR_DIRECTORY where that is set, as `cogpp` does.
function(cogpp_add_predictor name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TORCH" "" "SOURCES")
  set(sources ${arg_SOURCES} ${arg_UNPARSED_ARGUMENTS})
  if(NOT sources)
    message(FATAL_ERROR "cogpp_add_predictor(${name} …) names no source file")
  endif()
  add_library(${name} MODULE ${sources})
  if(arg_TORCH)
    _cogpp_use_torch(${name})
  endif()
  target_link_libraries(${name} PRIVATE cogpp::sdk)
  # An undefined symbol ends the build here; one that a library lacks when it is loaded
  # ends the worker's start, not a prediction.
  target_link_options(${name} PRIVATE -Wl,--no-undefined -Wl,-z,now -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  if(COGPP_PREDICTOR_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${COGPP_PREDICTOR_DIRECTORY})
  endif()
endfunction()

# libtorch by hand: the wheel's own CMake package demands a CUDA toolkit.
function(_cogpp_use_torch name)
  if(NOT COGPP_TORCH_PACKAGE)
    message(FATAL_ERROR "cogpp_add_predictor(${name} TORCH …) needs COGPP_TORCH_PACKAGE: the "
      "`torch` folder of a Python environment with torch installed. `cogpp` sets it for a libtorch "
      "that it finds, or that --torch DIR names")
  endif()
  set(libraries ${COGPP_TORCH_PACKAGE}/lib)
  target_include_directories(${name} SYSTEM PRIVATE ${COGPP_TORCH_PACKAGE}/include
    ${COGPP_TORCH_PACKAGE}/include/torch/csrc/api/include)
  target_compile_definitions(${name} PRIVATE _GLIBCXX_USE_CXX11_ABI=1)
  target_link_libraries(${name} PRIVATE cogpp::torch
    ${libraries}/libtorch_cpu.so ${libraries}/libc10.so)
  target_link_options(${name} PRIVATE -Wl,--allow-shlib-undefined -Wl,--enable-new-dtags
    -Wl,-rpath,${libraries})
endfunction()
