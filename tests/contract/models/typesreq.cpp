// Recorded model `typesreq`: the file `p` is required.
#define TYPES_PATH cogpp::Path
#define TYPES_PATH_INPUT cogpp::input("p")
#include "types_predictor.hpp"
