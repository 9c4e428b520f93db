/* The C interface between cogpp-worker and a predictor library.
 *
 * A predictor library exports one function, cogpp_predictor_entry, which returns
 * a table; one that can be trained also exports cogpp_trainer_entry. The worker
 * refuses a table of another ABI version and names both.
 * Authors do not use this file: COGPP_PREDICTOR in <cogpp/predictor.hpp> writes
 * the table. All text is UTF-8, not NUL-terminated, and is valid only during the
 * call that passes it.
 */
#ifndef COGPP_ABI_H
#define COGPP_ABI_H

/* C, too, includes it. NOLINTBEGIN(modernize-*) */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the tables below; grows when a member changes its meaning or place. */
#define COGPP_ABI_VERSION 1

/* `size` bytes at `data`; an empty text may have a null pointer. */
typedef struct CogppText {
  const char* data;
  size_t size;
} CogppText;

/* What a predictor may ask of the worker that is running it. `host` is the first
 * argument of every function. Functions may be called from any thread of the
 * library, but output, file and done order is the caller's business. */
typedef struct CogppHostTable {
  uint32_t abi_version;
  uint32_t struct_size;
  /* One output chunk as JSON text. */
  void (*output)(void* host, CogppText json);
  /* One output chunk that is the file at `path` (absolute). */
  void (*file)(void* host, CogppText path);
  /* Log text; source 1 is stdout, 2 is stderr. During set-up it goes to the set-up log. */
  void (*log)(void* host, int source, CogppText text);
  /* A metric as JSON value; mode 0 replace, 1 increment, 2 append. The name is checked
   * by the caller. */
  void (*metric)(void* host, CogppText name, CogppText json, int mode);
  /* Non-zero once the prediction was cancelled. Cheap: one atomic load. */
  int (*cancelled)(void* host);
  /* States why set-up or the prediction failed; call before returning COGPP_FAILED. */
  void (*fail)(void* host, CogppText error);
} CogppHostTable;

/* One prediction. `input` is a JSON object whose file inputs are local paths,
 * `context` a JSON object of strings, `directory` an existing directory for
 * temporary and output files that is removed afterwards. */
typedef struct CogppPrediction {
  uint32_t struct_size;
  uint32_t slot; /* 0 .. slots-1: at most one prediction at a time in each */
  CogppText id;
  CogppText input;
  CogppText context;
  CogppText directory;
  void* host;
  const CogppHostTable* host_table;
} CogppPrediction;

typedef enum CogppOutcome {
  COGPP_SUCCEEDED = 0,
  COGPP_SUCCEEDED_STREAM = 1, /* output is an array whatever the number of chunks */
  COGPP_FAILED = 2,           /* host_table->fail was called */
  COGPP_CANCELED = 3
} CogppOutcome;

typedef struct CogppPredictorTable {
  uint32_t abi_version; /* COGPP_ABI_VERSION of the library's headers */
  uint32_t struct_size;
  const char* sdk_version; /* "0.1.0" */

  /* Makes the predictor; nothing heavy. `options` is a JSON object:
   *   {"device":"cpu"|"cuda:0","weights":"path or URL"|null,"slots":N,"threads":N,
   *    "project":"/abs/dir","model":"/abs/model.pt2","tensors":{…}}
   * (`model` and `tensors` only for model files). Returns NULL after fail(). */
  void* (*create)(CogppText options, void* host, const CogppHostTable* host_table);
  /* The signature as JSON (schema/signature.hpp), valid until destroy. */
  CogppText (*signature)(void* predictor);
  /* Loads weights, warms up. Returns COGPP_SUCCEEDED or COGPP_FAILED. */
  int (*setup)(void* predictor, void* host, const CogppHostTable* host_table);
  /* Runs one prediction; called from the slot's thread. Returns a CogppOutcome. */
  int (*predict)(void* predictor, const CogppPrediction* prediction);
  /* Reserved: several predictions of different slots at once, each outcome stored. No
   * worker calls it yet; predict is called for each. Set it to NULL. */
  void (*predict_batch)(void* predictor, const CogppPrediction* const* predictions, size_t count,
                        int* outcomes);
  void (*destroy)(void* predictor);

  /* The table of a library that was built before a member below existed ends above
   * it, as its struct_size says. */

  /* Optional, after set-up: asks the predictor whether it is well. May be called while
   * predict runs, from another thread. Returns COGPP_SUCCEEDED, or COGPP_FAILED after
   * fail() with the text that clients see. */
  int (*healthcheck)(void* predictor, void* host, const CogppHostTable* host_table);

  /* Optional, NUL-terminated: what the author calls the predictor or the training, as it
   * stands in the source: "models::Predictor". cog.yaml is checked by it. */
  const char* name;
} CogppPredictorTable;

/* The exported symbols: the predictor, and optionally its training, which is a table
 * of the same kind whose predict trains. The worker sets up the one that it runs. */
typedef const CogppPredictorTable* (*CogppPredictorEntry)(void);
#define COGPP_PREDICTOR_ENTRY "cogpp_predictor_entry"
#define COGPP_TRAINER_ENTRY "cogpp_trainer_entry"

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-*) */

#endif /* COGPP_ABI_H */
