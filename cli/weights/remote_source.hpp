// The kinds of source behind list_source() that ask the network; nobody else includes it.
#pragma once

#include <string>

#include "cli/weights/source.hpp"

namespace cogpp::cli {

/// Sends a request of a source: follows redirects, tries again what may go better later.
HttpOutcome ask_source(const HttpRequest& request, Transport& transport);
/// The error of an answer that is no success. `what` names what was asked for.
Error source_error(const HttpOutcome& outcome, const std::string& what);

/// `hf://org/repo[@revision]`; $HF_ENDPOINT, $HF_TOKEN or $HUGGING_FACE_HUB_TOKEN.
Result<Inventory> list_hugging_face(const std::string& uri, Transport& transport);
/// `http://…` or `https://…`: one file, named as the last part of the path.
Result<Inventory> list_web_file(const std::string& uri, Transport& transport,
                                const WeightStore& store, Context& context);

}  // namespace cogpp::cli
