# libtorch out of a Python wheel, as imported targets of our own.
#
# The wheel's find_package(Torch) demands a CUDA toolkit and nvcc, and its
# libtorch.so pulls in every CUDA library. What runs on a CPU needs two libraries,
# so each part of cogpp names the ones that it links:
#   torch::cpu   libc10 and libtorch_cpu, the headers, rpath to the wheel
#   torch::cuda  the same plus libc10_cuda and libtorch_cuda; exists only where the
#                CUDA headers of the wheels do (COGPP_TORCH_HAS_CUDA)
# COGPP_TORCH_DIR names the wheel's folder `torch`; by default that of the Python
# environment COGPP_TORCH_ENV which tools/bootstrap makes.

set(COGPP_TORCH_DIR "" CACHE PATH "Folder `torch` of an unpacked wheel (default: that of COGPP_TORCH_ENV)")

# cogpp_find_torch(RESULT): the folder that holds lib/libtorch_cpu.so, or an error.
function(cogpp_find_torch result)
  if(COGPP_TORCH_DIR)
    set(candidates ${COGPP_TORCH_DIR})
    set(hint "-DCOGPP_TORCH_DIR must name the folder 'torch' inside site-packages.")
  else()
    file(GLOB candidates ${COGPP_TORCH_ENV}/lib/python*/site-packages/torch)
    set(hint "Run tools/bootstrap, or pass -DCOGPP_TORCH_DIR=DIR, or build without it: -DCOGPP_WITH_TORCH=OFF.")
  endif()
  foreach(candidate IN LISTS candidates)
    if(EXISTS ${candidate}/lib/libtorch_cpu.so AND EXISTS ${candidate}/include/ATen/ATen.h)
      set(${result} ${candidate} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  if(NOT candidates)
    set(candidates ${COGPP_TORCH_ENV})
  endif()
  message(FATAL_ERROR "libtorch was not found in ${candidates}. ${hint}")
endfunction()

cogpp_find_torch(COGPP_TORCH)
file(STRINGS ${COGPP_TORCH}/version.py version_line REGEX "^__version__")
string(REGEX REPLACE ".*['\"]([0-9.]+).*" "\\1" COGPP_TORCH_VERSION "${version_line}")
if(COGPP_TORCH_VERSION VERSION_LESS 2.7)
  message(FATAL_ERROR "libtorch ${COGPP_TORCH_VERSION} in ${COGPP_TORCH} is too old: cogpp needs 2.7 or later. Run tools/bootstrap.")
endif()
message(STATUS "libtorch ${COGPP_TORCH_VERSION}: ${COGPP_TORCH}")

foreach(library IN ITEMS c10 torch_cpu c10_cuda torch_cuda)
  if(EXISTS ${COGPP_TORCH}/lib/lib${library}.so)
    add_library(libtorch_${library} SHARED IMPORTED)
    set_target_properties(libtorch_${library} PROPERTIES
      IMPORTED_LOCATION ${COGPP_TORCH}/lib/lib${library}.so IMPORTED_SONAME lib${library}.so)
  endif()
endforeach()

add_library(libtorch_cpu_usage INTERFACE)
add_library(torch::cpu ALIAS libtorch_cpu_usage)
target_include_directories(libtorch_cpu_usage SYSTEM INTERFACE
  ${COGPP_TORCH}/include ${COGPP_TORCH}/include/torch/csrc/api/include)
target_link_libraries(libtorch_cpu_usage INTERFACE libtorch_torch_cpu libtorch_c10)
# libtorch_cpu.so's own CUDA libraries are found by its rpath at run time; the linker
# need not see them. With DT_RUNPATH, LD_LIBRARY_PATH can name another wheel.
target_link_options(libtorch_cpu_usage INTERFACE
  LINKER:--allow-shlib-undefined LINKER:--enable-new-dtags)

set(COGPP_TORCH_HAS_CUDA OFF)
file(GLOB cuda_include ${COGPP_TORCH}/../nvidia/cu*/include)
file(GLOB cuda_runtime ${COGPP_TORCH}/../nvidia/cu*/lib/libcudart.so.*)
if(TARGET libtorch_torch_cuda AND cuda_include AND cuda_runtime)
  list(GET cuda_include 0 cuda_include)
  list(GET cuda_runtime 0 cuda_runtime)
  if(EXISTS ${cuda_include}/crt/host_defines.h)
    set(COGPP_TORCH_HAS_CUDA ON)
  endif()
endif()
if(COGPP_TORCH_HAS_CUDA)
  file(REAL_PATH ${cuda_include} cuda_include)
  file(REAL_PATH ${cuda_runtime} cuda_runtime)
  add_library(libtorch_cudart SHARED IMPORTED)
  set_target_properties(libtorch_cudart PROPERTIES IMPORTED_LOCATION ${cuda_runtime})
  add_library(libtorch_cuda_usage INTERFACE)
  add_library(torch::cuda ALIAS libtorch_cuda_usage)
  target_include_directories(libtorch_cuda_usage SYSTEM INTERFACE ${cuda_include})
  target_link_libraries(libtorch_cuda_usage INTERFACE
    libtorch_cpu_usage libtorch_torch_cuda libtorch_c10_cuda libtorch_cudart)
else()
  message(STATUS "libtorch: no CUDA headers beside it, the GPU part is left out")
endif()
