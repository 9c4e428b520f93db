// Pictures, audio and arrays as the author of a predictor uses them.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <cogpp/torch.hpp>
#include <functional>
#include <map>
#include <numbers>
#include <thread>

#include "tests/unit/runtime/torch/message_of.hpp"
#include "tests/unit/runtime/torch/models.hpp"

using Catch::Matchers::ContainsSubstring;
using cogpp::torch_tests::TestFolder;

namespace {

/// `seconds` of a sine at -6 dB.
at::Tensor tone(double frequency, int rate, double seconds) {
  const auto count = static_cast<std::int64_t>(seconds * rate);
  return at::arange(count, at::kDouble)
      .mul(2 * std::numbers::pi * frequency / rate)
      .sin()
      .mul(0.5)
      .to(at::kFloat);
}

}  // namespace

TEST_CASE("a picture survives PNG exactly, and is normalised per channel") {
  const TestFolder folder;
  const at::Tensor bytes = at::arange(2 * 3 * 3, at::kLong).mul(13).to(at::kByte).view({3, 2, 3});
  cogpp::write_image(bytes, folder / "a.png");
  const at::Tensor image = cogpp::read_image(folder / "a.png");
  CHECK(image.sizes() == at::IntArrayRef({1, 3, 2, 3}));
  CHECK(at::equal(image.mul(255).round().to(at::kByte)[0], bytes));
  const at::Tensor normal =
      cogpp::read_image(folder / "a.png", {.mean = {0.5, 0.4, 0.3}, .std = {0.25}});
  CHECK(at::allclose(normal.select(1, 2), (image.select(1, 2) - 0.3) / 0.25));
  cogpp::write_image(image, folder / "b.png");
  CHECK(at::equal(cogpp::read_image(folder / "b.png"), image));
}

TEST_CASE("pictures are resized to the wanted size, stretched or cut out of the middle") {
  const TestFolder folder;
  at::Tensor wide = at::zeros({1, 8, 16}, at::kByte);
  wide.narrow(2, 4, 8).fill_(255);  // white in the middle
  cogpp::write_image(wide, folder / "wide.png");
  const at::Tensor cut =
      cogpp::read_image(folder / "wide.png", {.size = {4, 4}, .crop = true, .channels = 1});
  CHECK(cut.sizes() == at::IntArrayRef({1, 1, 4, 4}));
  CHECK(cut.narrow(3, 1, 2).min().item<float>() == 1.0F);
  const at::Tensor all = cogpp::read_image(folder / "wide.png", {.size = {4, 4}, .channels = 1});
  CHECK(std::abs(all.mean().item<double>() - 0.5) < 0.01);
  CHECK(all.select(3, 0).max().item<float>() < 0.2F);
}

TEST_CASE("what is no picture is refused with its name") {
  const TestFolder folder;
  std::ofstream(folder / "text.png") << "no picture";
  CHECK_THAT(message_of([&] { cogpp::read_image(folder / "text.png"); }),
             ContainsSubstring("text.png' cannot be read"));
  CHECK_THAT(message_of([&] { cogpp::read_image(folder / "none.png"); }),
             ContainsSubstring("none.png' cannot be read"));
  CHECK_THAT(message_of([&] {
               cogpp::write_image(at::zeros({2, 4, 4}), folder / "x.png");
             }),
             ContainsSubstring("C 1 or 3"));
}

TEST_CASE("audio survives 16-bit WAV within half a step, channels kept apart") {
  const TestFolder folder;
  const at::Tensor stereo = at::stack({tone(440, 8000, 0.1), tone(220, 8000, 0.1)});
  cogpp::write_audio(stereo, 8000, folder / "a.wav");
  const cogpp::Audio read = cogpp::read_audio(folder / "a.wav");
  CHECK(read.sample_rate == 8000);
  CHECK(read.samples.sizes() == stereo.sizes());
  CHECK((read.samples - stereo).abs().max().item<double>() < 1.0 / 32000);
  CHECK(at::allclose(cogpp::mono(read, 8000), read.samples.mean(0)));
}

TEST_CASE("resampling keeps a tone and removes what the lower rate cannot carry") {
  const cogpp::Audio low{tone(1000, 22050, 0.5).unsqueeze(0), 22050};
  const at::Tensor resampled = cogpp::mono(low, 16000);
  CHECK(resampled.size(0) == 8000);
  const at::Tensor difference = (resampled - tone(1000, 16000, 0.5)).narrow(0, 100, 7800);
  CHECK(difference.abs().max().item<double>() < 0.003);
  const cogpp::Audio high{tone(10000, 48000, 0.5).unsqueeze(0), 48000};
  CHECK(cogpp::mono(high, 16000).narrow(0, 100, 7800).abs().max().item<double>() < 0.01);
}

TEST_CASE("every helper puts the thread that calls it into inference mode") {
  const TestFolder folder;
  const at::Tensor picture = at::zeros({1, 2, 2}), sound = tone(440, 8000, 0.01);
  cogpp::write_image(picture, folder / "a.png");
  cogpp::write_audio(sound, 8000, folder / "a.wav");
  const std::map<std::string, std::function<void()>> helpers{
      {"read_image", [&] { cogpp::read_image(folder / "a.png"); }},
      {"write_image", [&] { cogpp::write_image(picture, folder / "b.png"); }},
      {"read_audio", [&] { cogpp::read_audio(folder / "a.wav"); }},
      {"mono",
       [&] {
         cogpp::mono({sound, 8000}, 8000);
       }},
      {"write_audio", [&] { cogpp::write_audio(sound, 8000, folder / "b.wav"); }},
      {"to_tensor",
       [] {
         cogpp::to_tensor(std::vector<float>{1, 2});
       }},
      {"to_vector", [&] { cogpp::to_vector<float>(sound); }}};
  for (const auto& [name, call] : helpers) {
    CAPTURE(name);
    std::thread([&call = call] {
      CHECK_FALSE(c10::InferenceMode::is_enabled());
      call();
      CHECK(c10::InferenceMode::is_enabled());
    }).join();
  }
}

TEST_CASE("a stream's WAV header with unknown lengths is accepted, damage is refused") {
  const TestFolder folder;
  cogpp::write_audio(tone(440, 8000, 0.1), 8000, folder / "a.wav");
  std::string bytes{
      std::istreambuf_iterator<char>(std::ifstream(folder / "a.wav", std::ios::binary).rdbuf()),
      {}};
  const auto with = [&](std::string content) {
    std::ofstream(folder / "b.wav", std::ios::binary) << content;
    return folder / "b.wav";
  };
  std::string streamed = bytes;
  streamed.replace(40, 4, "\xFF\xFF\xFF\x7F");
  CHECK(cogpp::read_audio(with(streamed)).samples.size(1) == 800);
  CHECK_THAT(message_of([&] { cogpp::read_audio(with("MP3 or so, not WAV")); }),
             ContainsSubstring("is not a WAV file"));
  CHECK_THAT(message_of([&] { cogpp::read_audio(with(bytes.substr(0, 30))); }),
             ContainsSubstring("is damaged"));
  std::string encoded = bytes;
  encoded[20] = 7;  // mu-law
  CHECK_THAT(message_of([&] { cogpp::read_audio(with(encoded)); }),
             ContainsSubstring("unsupported encoding"));
}

TEST_CASE("vectors become tensors and come back") {
  const at::Tensor tensor = cogpp::to_tensor(std::vector<std::int64_t>{1, 2, 3, 4}, {2, 2});
  CHECK(tensor[1][0].item<std::int64_t>() == 3);
  CHECK(cogpp::to_vector<double>(tensor.t()) == std::vector<double>{1, 3, 2, 4});
  CHECK(cogpp::to_vector<float>(at::zeros({0})).empty());
  CHECK_THAT(message_of([] {
               cogpp::to_tensor(std::vector<float>{1, 2}, {3});
             }),
             ContainsSubstring("do not fill"));
}
