// Recorded model `types` with the schema variant "unanchored".
#define TYPES_PATTERN "b\\d"
#define TYPES_PATH OptionalPath
#define TYPES_PATH_INPUT cogpp::input("p").default_to(nullptr)
#include "types_predictor.hpp"
