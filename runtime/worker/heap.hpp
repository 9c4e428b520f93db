// Memory for a library whose loading alone fills tens of megabytes of heap.
#pragma once

namespace cogpp::worker {

/// Lets the heap grow by huge pages: libtorch registers its operators while it is
/// loaded, which takes 54 MB in small pieces and thus 13 000 page faults, a fifth of
/// the time until a model is ready. A hint that cannot fail. Call before any other
/// thread starts to allocate much.
void expect_large_heap();

}  // namespace cogpp::worker
