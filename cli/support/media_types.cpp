// The table. Where several extensions share a type, the first one is written.
#include "cli/support/media_types.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace cogpp::cli {
namespace {

struct MediaType {
  std::string_view extension;
  std::string_view type;
};

constexpr std::array kMediaTypes = std::to_array<MediaType>({
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".bmp", "image/bmp"},
    {".tiff", "image/tiff"},
    {".tif", "image/tiff"},
    {".svg", "image/svg+xml"},
    {".ico", "image/vnd.microsoft.icon"},
    {".avif", "image/avif"},
    {".heic", "image/heic"},
    {".heif", "image/heif"},
    {".jxl", "image/jxl"},
    {".ppm", "image/x-portable-pixmap"},
    {".pgm", "image/x-portable-graymap"},
    {".exr", "image/x-exr"},
    {".wav", "audio/wav"},
    {".wav", "audio/x-wav"},
    {".wav", "audio/wave"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
    {".oga", "audio/ogg"},
    {".opus", "audio/opus"},
    {".flac", "audio/flac"},
    {".flac", "audio/x-flac"},
    {".m4a", "audio/mp4"},
    {".aac", "audio/aac"},
    {".aiff", "audio/x-aiff"},
    {".mid", "audio/midi"},
    {".weba", "audio/webm"},
    {".mp4", "video/mp4"},
    {".m4v", "video/mp4"},
    {".webm", "video/webm"},
    {".mov", "video/quicktime"},
    {".avi", "video/x-msvideo"},
    {".mkv", "video/x-matroska"},
    {".mpeg", "video/mpeg"},
    {".mpg", "video/mpeg"},
    {".ogv", "video/ogg"},
    {".ts", "video/mp2t"},
    {".txt", "text/plain"},
    {".text", "text/plain"},
    {".log", "text/plain"},
    {".html", "text/html"},
    {".htm", "text/html"},
    {".css", "text/css"},
    {".csv", "text/csv"},
    {".tsv", "text/tab-separated-values"},
    {".md", "text/markdown"},
    {".vtt", "text/vtt"},
    {".srt", "application/x-subrip"},
    {".js", "text/javascript"},
    {".js", "application/javascript"},
    {".json", "application/json"},
    {".jsonl", "application/jsonl"},
    {".xml", "application/xml"},
    {".xml", "text/xml"},
    {".yaml", "application/yaml"},
    {".yml", "application/yaml"},
    {".pdf", "application/pdf"},
    {".rtf", "application/rtf"},
    {".zip", "application/zip"},
    {".tar", "application/x-tar"},
    {".gz", "application/gzip"},
    {".bz2", "application/x-bzip2"},
    {".xz", "application/x-xz"},
    {".zst", "application/zstd"},
    {".7z", "application/x-7z-compressed"},
    {".wasm", "application/wasm"},
    {".parquet", "application/vnd.apache.parquet"},
    {".npy", "application/x-npy"},
    {".glb", "model/gltf-binary"},
    {".gltf", "model/gltf+json"},
    {".obj", "model/obj"},
    {".stl", "model/stl"},
    {".ply", "model/ply"},
    {".ttf", "font/ttf"},
    {".otf", "font/otf"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
});

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace

std::string media_type_of(const std::filesystem::path& path) {
  const std::string extension = lower(path.extension().string());
  for (const MediaType& known : kMediaTypes) {
    if (known.extension == extension) return std::string(known.type);
  }
  return "application/octet-stream";
}

std::string extension_of(std::string_view media_type) {
  std::string type = lower(media_type.substr(0, media_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  for (const MediaType& known : kMediaTypes) {
    if (known.type == type) return std::string(known.extension);
  }
  return {};
}

}  // namespace cogpp::cli
