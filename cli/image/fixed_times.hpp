// An image that an engine made, as if all its steps had run at a given time
// (https://reproducible-builds.org/specs/source-date-epoch/). Values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cli/image/image.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// The same tar archives, which lie upon one another, with `time` (seconds since 1970) at every
/// entry, and in the modules of Python that are only good for the time of their sources in these
/// archives (PEP 552). All other bytes of files stay where they are. Reads each archive twice. The
/// error is of one that cannot be read or has a sparse file.
Result<std::vector<Content>> with_fixed_times(const std::vector<Content>& layers,
                                              std::int64_t time);

/// The image with fixed times in its layers from `below` on and in what its configuration tells of
/// them. Those under them are the base's, which registries know by their digests. The error names a
/// layer that is compressed.
Result<Image> with_fixed_times(const Image& image, std::size_t below, std::int64_t time);

}  // namespace cogpp::cli
