// Recorded model `types`.
#define TYPES_PATH OptionalPath
#define TYPES_PATH_INPUT cogpp::input("p").default_to(nullptr)
#include "types_predictor.hpp"
