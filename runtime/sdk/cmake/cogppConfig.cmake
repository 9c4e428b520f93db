# find_package(cogpp): the targets cogpp::sdk and, where cogpp was built with
# libtorch, cogpp::torch, and cogpp_add_predictor().
#
# Stands in <prefix>/lib/cmake/cogpp. The prefix is found from here, so that an
# installed folder may be moved.
get_filename_component(COGPP_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET cogpp::sdk)
  add_library(cogpp::sdk STATIC IMPORTED)
  set_target_properties(cogpp::sdk PROPERTIES
    IMPORTED_LOCATION "${COGPP_PREFIX}/lib/cogpp/libcogpp_sdk.a"
    INTERFACE_INCLUDE_DIRECTORIES "${COGPP_PREFIX}/include"
    INTERFACE_COMPILE_FEATURES cxx_std_20)
endif()
if(NOT TARGET cogpp::torch AND EXISTS "${COGPP_PREFIX}/lib/cogpp/libcogpp_torch.a")
  add_library(cogpp::torch STATIC IMPORTED)
  set_target_properties(cogpp::torch PROPERTIES
    IMPORTED_LOCATION "${COGPP_PREFIX}/lib/cogpp/libcogpp_torch.a"
    INTERFACE_INCLUDE_DIRECTORIES "${COGPP_PREFIX}/include")
endif()
include("${CMAKE_CURRENT_LIST_DIR}/CogppPredictor.cmake")
