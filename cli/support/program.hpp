// The name that this program was called by. A link named `cog` speaks as Cog does: its own
// name in every text, and what Cog has renamed or deprecated. Any thread.
#pragma once

#include <string>

namespace cogpp::cli {

/// Whether Cog's names, deprecations and defaults count.
bool called_cog();

/// `cog` when the program was called so, else `cogpp`.
std::string program_name();

/// The same as a text's subject: `Cog` or `cogpp`.
std::string product_name();

/// The command that predicts: `run` with Cog, which has deprecated `predict`.
std::string predict_name();

/// Examples that are written with `cogpp` and `predict`, as this program is called.
std::string named_examples(std::string text);

}  // namespace cogpp::cli
