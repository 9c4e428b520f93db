#include "cli/dockerfile/sbom.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "cli/support/digest.hpp"
#include "schema/json.hpp"

// SPDX wants an identifier of letters, digits, dots and dashes for each part.
namespace cogpp::cli {
namespace {

constexpr const char* kNoAssertion = "NOASSERTION";

template <class Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string identifier(std::string_view kind, const SbomPart& part) {
  std::string id = "SPDXRef-" + std::string(kind) + "-";
  for (const char c : part.name + "-" + part.version) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    id.push_back(plain || c == '.' ? c : '-');
  }
  return id;
}

/// Percent-encoded where a package URL needs it.
std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (std::string_view("+:/?#@% ").find(c) == std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

std::string utc(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::string text(sizeof "1980-01-01T00:00:00Z", '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

OrderedJson package_json(const std::string& id, const SbomPart& part) {
  OrderedJson json = {{"SPDXID", id},
                      {"name", part.name},
                      {"versionInfo", part.version},
                      {"downloadLocation", kNoAssertion},
                      {"filesAnalyzed", false},
                      {"licenseConcluded", kNoAssertion},
                      {"licenseDeclared", kNoAssertion},
                      {"copyrightText", kNoAssertion}};
  if (!part.locator.empty()) {
    json["externalRefs"].push_back(OrderedJson{{"referenceCategory", "PACKAGE-MANAGER"},
                                               {"referenceType", "purl"},
                                               {"referenceLocator", part.locator}});
  }
  return json;
}

}  // namespace

std::vector<SbomPart> sbom_parts(const SbomSource& source) {
  std::vector<SbomPart> parts;
  for_each_line(source.packages, [&](std::string_view line) {
    const auto tab = std::min(line.find('\t'), line.size());
    SbomPart part{std::string(line.substr(0, tab)),
                  std::string(line.substr(std::min(tab + 1, line.size()))),
                  {}};
    const std::string space = source.distribution.empty() ? "debian" : source.distribution;
    part.locator = "pkg:deb/" + space + "/" + encoded(part.name) + "@" + encoded(part.version);
    parts.push_back(std::move(part));
  });
  for_each_line(source.pip_freeze, [&](std::string_view line) {
    const auto equals = line.find("==");
    const auto at = line.find(" @ ");
    if (equals == std::string_view::npos && at == std::string_view::npos) return;
    const bool pinned = equals != std::string_view::npos;
    SbomPart part{std::string(line.substr(0, pinned ? equals : at)),
                  std::string(line.substr(pinned ? equals + 2 : at + 3)),
                  {}};
    if (pinned) part.locator = "pkg:pypi/" + encoded(part.name) + "@" + encoded(part.version);
    parts.push_back(std::move(part));
  });
  if (!source.base.empty()) parts.push_back({"base image", source.base, {}});
  parts.push_back({"cogpp", COGPP_VERSION, {}});
  if (!source.libtorch.empty()) parts.push_back({"libtorch", source.libtorch, {}});
  std::sort(parts.begin(), parts.end(), [](const SbomPart& a, const SbomPart& b) {
    return std::tie(a.name, a.version, a.locator) < std::tie(b.name, b.version, b.locator);
  });
  return parts;
}

std::string sbom_text(const SbomSource& source) {
  const std::vector<SbomPart> parts = sbom_parts(source);
  const SbomPart image{source.image, "", ""};
  const std::string image_id = "SPDXRef-image";
  OrderedJson packages = OrderedJson::array();
  packages.push_back(package_json(image_id, image));
  packages.front().erase("versionInfo");
  OrderedJson relationships = OrderedJson::array();
  relationships.push_back(OrderedJson{{"spdxElementId", "SPDXRef-DOCUMENT"},
                                      {"relationshipType", "DESCRIBES"},
                                      {"relatedSpdxElement", image_id}});
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string id = identifier(std::to_string(i), parts[i]);
    packages.push_back(package_json(id, parts[i]));
    relationships.push_back(OrderedJson{
        {"spdxElementId", image_id}, {"relationshipType", "CONTAINS"}, {"relatedSpdxElement", id}});
  }
  OrderedJson creation = {{"created", utc(source.created)}};
  creation["creators"].push_back(std::string("Tool: cogpp-") + COGPP_VERSION);
  const OrderedJson document = {{"spdxVersion", "SPDX-2.3"},
                                {"dataLicense", "CC0-1.0"},
                                {"SPDXID", "SPDXRef-DOCUMENT"},
                                {"name", source.image},
                                {"documentNamespace", "urn:sha256:" + sha256(to_text(packages))},
                                {"creationInfo", creation},
                                {"packages", packages},
                                {"relationships", relationships}};
  return indented_text(document) + "\n";
}

}  // namespace cogpp::cli
