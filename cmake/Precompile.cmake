# Precompiled headers: the first target of a header makes it, the others use it, so all of
# them must be compiled with the same flags. -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without, as
# clang-tidy and clang need it, which cannot read those of g++.

# cogpp_precompile(HEADER TARGET…)
function(cogpp_precompile header)
  string(MAKE_C_IDENTIFIER "cogpp_precompiled_${header}" property)
  # A module's macro TARGET_EXPORTS would set it apart from the others.
  set_target_properties(${ARGN} PROPERTIES DEFINE_SYMBOL "")
  foreach(target IN LISTS ARGN)
    get_property(maker GLOBAL PROPERTY ${property})
    if(maker)
      target_precompile_headers(${target} REUSE_FROM ${maker})
    else()
      target_precompile_headers(${target} PRIVATE ${header})
      set_property(GLOBAL PROPERTY ${property} ${target})
    endif()
  endforeach()
endfunction()

# cogpp_compile_lightly(FILE…): files that only instantiate a large header library, off
# every hot path. Half the optimisation is two thirds of the time.
function(cogpp_compile_lightly)
  set_source_files_properties(${ARGN} PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "$<$<CONFIG:Release>:-O1>")
endfunction()
