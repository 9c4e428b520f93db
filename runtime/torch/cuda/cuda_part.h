/* The C interface of libcogpp_torch_cuda.so, the only part of cogpp that links
 * CUDA. runtime/torch/device.cpp loads it where a GPU was asked for. Every function
 * returns 0, or -1 with the reason in `error`; any thread may call them. */
#ifndef COGPP_CUDA_PART_H
#define COGPP_CUDA_PART_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COGPP_CUDA_PART_VERSION 1
#define COGPP_CUDA_PART_ENTRY "cogpp_cuda_part"

typedef struct CogppCudaError {
  char text[512];
} CogppCudaError;

typedef struct CogppCudaDevice {
  char name[128];
  int capability; /* 90 for sm_90 */
  uint64_t memory_bytes;
} CogppCudaDevice;

typedef struct CogppCudaPart {
  uint32_t version;
  int (*device_count)(int* count, CogppCudaError* error);
  int (*describe)(int device, CogppCudaDevice* out, CogppCudaError* error);
  /* Makes `device` and a stream of the calling thread's own current. The first call
   * takes the stream out of libtorch's pool. */
  int (*enter_thread)(int device, CogppCudaError* error);
  /* Blocks until the calling thread's current stream has done its work. */
  int (*wait)(int device, CogppCudaError* error);
} CogppCudaPart;

typedef const CogppCudaPart* (*CogppCudaPartEntry)(void);

#ifdef __cplusplus
}
#endif

#endif /* COGPP_CUDA_PART_H */
