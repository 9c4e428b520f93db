// The two tables. They are not each other's inverse: the first answers as the Rust
// crate mime_guess (outputs), the second as Python's mimetypes module (inputs).
#include "runtime/server/files/mime.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace cogpp::server::files {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

// Sorted by extension. cog-runtime §9.2 and the recordings files/out_ext_*.
constexpr std::array<Entry, 65> kTypes = {{
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"aif", "audio/aiff"},
    {"aiff", "audio/aiff"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"c", "text/plain"},
    {"cpp", "text/plain"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"flac", "audio/flac"},
    {"gif", "image/gif"},
    {"glb", "model/gltf-binary"},
    {"gltf", "model/gltf+json"},
    {"gz", "application/gzip"},
    {"hdr", "image/vnd.radiance"},
    {"heic", "image/heic"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/x-icon"},
    {"jpe", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"jxl", "image/jxl"},
    {"log", "text/plain"},
    {"m4a", "audio/m4a"},
    {"m4v", "video/x-m4v"},
    {"md", "text/markdown"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"obj", "application/x-tgif"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"parquet", "application/vnd.apache.parquet"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"py", "text/plain"},
    {"srt", "application/x-subrip"},
    {"stl", "application/vnd.ms-pki.stl"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tgz", "application/x-compressed"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"toml", "text/x-toml"},
    {"ts", "video/vnd.dlna.mpeg-tts"},
    {"tsv", "text/tab-separated-values"},
    {"txt", "text/plain"},
    {"vtt", "text/vtt"},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"webm", "video/webm"},
    {"webp", "image/webp"},
    {"xml", "text/xml"},
    {"yaml", "text/x-yaml"},
    {"yml", "text/x-yaml"},
    {"zip", "application/zip"},
}};

// Sorted by type: the first extension of each in Python 3.11's own table, and image/webp,
// which Cog adds.
constexpr std::array<Entry, 96> kExtensions = {{
    {"application/javascript", ".js"},
    {"application/json", ".json"},
    {"application/manifest+json", ".webmanifest"},
    {"application/msword", ".doc"},
    {"application/n-quads", ".nq"},
    {"application/n-triples", ".nt"},
    {"application/octet-stream", ".bin"},
    {"application/oda", ".oda"},
    {"application/pdf", ".pdf"},
    {"application/pkcs7-mime", ".p7c"},
    {"application/postscript", ".ps"},
    {"application/trig", ".trig"},
    {"application/vnd.apple.mpegurl", ".m3u"},
    {"application/vnd.ms-excel", ".xls"},
    {"application/vnd.ms-powerpoint", ".ppt"},
    {"application/wasm", ".wasm"},
    {"application/x-bcpio", ".bcpio"},
    {"application/x-cpio", ".cpio"},
    {"application/x-csh", ".csh"},
    {"application/x-dvi", ".dvi"},
    {"application/x-gtar", ".gtar"},
    {"application/x-hdf", ".hdf"},
    {"application/x-hdf5", ".h5"},
    {"application/x-latex", ".latex"},
    {"application/x-mif", ".mif"},
    {"application/x-netcdf", ".cdf"},
    {"application/x-pkcs12", ".p12"},
    {"application/x-pn-realaudio", ".ram"},
    {"application/x-python-code", ".pyc"},
    {"application/x-sh", ".sh"},
    {"application/x-shar", ".shar"},
    {"application/x-shockwave-flash", ".swf"},
    {"application/x-sv4cpio", ".sv4cpio"},
    {"application/x-sv4crc", ".sv4crc"},
    {"application/x-tar", ".tar"},
    {"application/x-tcl", ".tcl"},
    {"application/x-tex", ".tex"},
    {"application/x-texinfo", ".texi"},
    {"application/x-troff", ".roff"},
    {"application/x-troff-man", ".man"},
    {"application/x-troff-me", ".me"},
    {"application/x-troff-ms", ".ms"},
    {"application/x-ustar", ".ustar"},
    {"application/x-wais-source", ".src"},
    {"application/xml", ".xsl"},
    {"application/zip", ".zip"},
    {"audio/3gpp", ".3gp"},
    {"audio/3gpp2", ".3g2"},
    {"audio/aac", ".aac"},
    {"audio/basic", ".au"},
    {"audio/mpeg", ".mp3"},
    {"audio/opus", ".opus"},
    {"audio/x-aiff", ".aif"},
    {"audio/x-pn-realaudio", ".ra"},
    {"audio/x-wav", ".wav"},
    {"image/avif", ".avif"},
    {"image/bmp", ".bmp"},
    {"image/gif", ".gif"},
    {"image/heic", ".heic"},
    {"image/heif", ".heif"},
    {"image/ief", ".ief"},
    {"image/jpeg", ".jpg"},
    {"image/png", ".png"},
    {"image/svg+xml", ".svg"},
    {"image/tiff", ".tiff"},
    {"image/vnd.microsoft.icon", ".ico"},
    {"image/webp", ".webp"},
    {"image/x-cmu-raster", ".ras"},
    {"image/x-portable-anymap", ".pnm"},
    {"image/x-portable-bitmap", ".pbm"},
    {"image/x-portable-graymap", ".pgm"},
    {"image/x-portable-pixmap", ".ppm"},
    {"image/x-rgb", ".rgb"},
    {"image/x-xbitmap", ".xbm"},
    {"image/x-xpixmap", ".xpm"},
    {"image/x-xwindowdump", ".xwd"},
    {"message/rfc822", ".eml"},
    {"text/css", ".css"},
    {"text/csv", ".csv"},
    {"text/html", ".html"},
    {"text/n3", ".n3"},
    {"text/plain", ".txt"},
    {"text/richtext", ".rtx"},
    {"text/tab-separated-values", ".tsv"},
    {"text/vtt", ".vtt"},
    {"text/x-python", ".py"},
    {"text/x-setext", ".etx"},
    {"text/x-sgml", ".sgm"},
    {"text/x-vcard", ".vcf"},
    {"text/xml", ".xml"},
    {"video/mp4", ".mp4"},
    {"video/mpeg", ".mpeg"},
    {"video/quicktime", ".mov"},
    {"video/webm", ".webm"},
    {"video/x-msvideo", ".avi"},
    {"video/x-sgi-movie", ".movie"},
}};

static_assert(std::ranges::is_sorted(kTypes, {}, &Entry::first));
static_assert(std::ranges::is_sorted(kExtensions, {}, &Entry::first));

template <std::size_t N>
std::string_view find(const std::array<Entry, N>& table, std::string_view key) {
  const auto found = std::ranges::lower_bound(table, key, {}, &Entry::first);
  return found != table.end() && found->first == key ? found->second : std::string_view();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::string_view media_type_of(std::string_view file_name) {
  file_name.remove_prefix(file_name.rfind('/') + 1);  // npos + 1 is 0.
  const std::size_t dot = file_name.rfind('.');
  std::string_view type;
  if (dot != std::string_view::npos && dot > 0)
    type = find(kTypes, lower(file_name.substr(dot + 1)));
  return type.empty() ? "application/octet-stream" : type;
}

std::string_view extension_of(std::string_view media_type) { return find(kExtensions, media_type); }

}  // namespace cogpp::server::files
