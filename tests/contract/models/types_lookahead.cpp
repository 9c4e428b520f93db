// Recorded model `types` with the schema variant "lookahead".
#define TYPES_PATTERN "^(?=a)[a-z]+$"
#define TYPES_PATH OptionalPath
#define TYPES_PATH_INPUT cogpp::input("p").default_to(nullptr)
#include "types_predictor.hpp"
