// Runs the transfers of a push or a pull in parallel while the main thread shows how
// far they are and listens for Ctrl-C.
#pragma once

#include <functional>
#include <string>

#include "cli/registry/progress.hpp"
#include "cli/registry/transport.hpp"
#include "cli/support/cancellation.hpp"
#include "cli/support/context.hpp"

namespace cogpp::cli {

struct TransferPlan {
  std::size_t count = 0;
  std::size_t jobs = 5;  ///< Transfers at a time.
  std::string verb;      ///< For the results' lines: "pushed".
};

/// Moves the item of that number over the thread's own transport. Any thread.
using Transfer = std::function<Status(std::size_t item, Transport& transport)>;

/// Runs all, entry i of the board being item i. The first failure cancels the others and
/// is returned; a signal cancels all.
Status run_transfers(const TransferPlan& plan, const Transfer& transfer, TransferBoard& board,
                     Cancellation& cancellation, Context& context);

}  // namespace cogpp::cli
