# Precompiled headers, one a set of compiler flags: the first target of a kind makes
# it, the others use it. -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without, which
# proves that every file includes what it uses (clang-tidy runs that way).

# cogpp_precompile(KIND HEADER TARGET…)
function(cogpp_precompile kind header)
  # A module's macro TARGET_EXPORTS would set it apart from the others of its kind.
  set_target_properties(${ARGN} PROPERTIES DEFINE_SYMBOL "")
  foreach(target IN LISTS ARGN)
    get_property(maker GLOBAL PROPERTY cogpp_precompiled_${kind})
    if(maker)
      target_precompile_headers(${target} REUSE_FROM ${maker})
    else()
      target_precompile_headers(${target} PRIVATE ${header})
      set_property(GLOBAL PROPERTY cogpp_precompiled_${kind} ${target})
    endif()
  endforeach()
endfunction()

# cogpp_compile_lightly(FILE…): files that only instantiate a large header library, off
# every hot path. Half the optimisation is two thirds of the time.
function(cogpp_compile_lightly)
  set_source_files_properties(${ARGN} PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "$<$<CONFIG:Release>:-O1>")
endfunction()
