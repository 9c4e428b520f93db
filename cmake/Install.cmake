# The installed prefix: programs, SDK headers and archive, model-file libraries,
# and the shared libraries they need apart from glibc and libtorch. Everything
# finds its siblings relative to itself, so the prefix can be moved.
include(GNUInstallDirs)

set(cogpp_programs cogpp cogpp-server cogpp-worker)
set(cogpp_bundle lib/cogpp/deps)

foreach(program IN LISTS cogpp_programs)
  if(TARGET ${program})
    # DT_RPATH, not DT_RUNPATH: only the former also serves the bundled
    # libraries' own dependencies.
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/../${cogpp_bundle}")
    target_link_options(${program} PRIVATE -Wl,--disable-new-dtags)
    install(TARGETS ${program} RUNTIME DESTINATION bin)
    list(APPEND cogpp_installed "$<TARGET_FILE:${program}>")
  endif()
endforeach()

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md DESTINATION share/doc/cogpp)
install(FILES ${PROJECT_SOURCE_DIR}/Dockerfile.gpu DESTINATION share/cogpp)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples DESTINATION share/cogpp
  PATTERN "CMakeLists.txt" EXCLUDE PATTERN ".cog" EXCLUDE PATTERN "*.jit" EXCLUDE PATTERN "*.wav" EXCLUDE)

string(JOIN "\" \"" cogpp_installed_list ${cogpp_installed})
install(CODE "
  file(GET_RUNTIME_DEPENDENCIES EXECUTABLES \"${cogpp_installed_list}\"
    RESOLVED_DEPENDENCIES_VAR libraries UNRESOLVED_DEPENDENCIES_VAR missing
    PRE_EXCLUDE_REGEXES \"^ld-linux\" \"^lib(c|m|dl|rt|pthread|resolv|util)\\\\.so\"
    POST_EXCLUDE_REGEXES \"ld-linux\")
  foreach(library IN LISTS libraries)
    file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${cogpp_bundle}\" TYPE SHARED_LIBRARY
      FOLLOW_SYMLINK_CHAIN FILES \"\${library}\")
  endforeach()
  if(missing)
    message(WARNING \"not found, not bundled: \${missing}\")
  endif()")
