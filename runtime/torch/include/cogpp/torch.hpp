// libtorch for predictors: load a model file, feed it tensors made of images,
// audio and numbers. Include it in a predictor.cpp beside <cogpp/predictor.hpp>.
//
// Functions here throw std::runtime_error whose text says what is wrong and what
// to do; cogpp turns an exception that leaves setup() or predict() into the failure
// of set-up or of that prediction.
//
// Inference mode: the first call of any function below puts its thread into
// c10::InferenceMode for good (a slot's thread runs nothing but predictions), so
// authors write no guards. A thread of your own that works on tensors before it
// calls anything here holds an InferenceGuard.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <c10/core/InferenceMode.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cogpp {

/// Inference mode on the current thread for the guard's lifetime.
using InferenceGuard = c10::InferenceMode;

/// How load_model() loads. setup() passes on what cogpp::Setup says of device and slots.
struct ModelOptions {
  std::string device = "cpu";  ///< "cpu", "cuda" (the first GPU) or "cuda:N".
  std::size_t slots = 1;       ///< Calls that run at once, 1 to 256; more wait.
  /// TorchScript only: the model keeps nothing between calls, so that all slots may
  /// share one copy. By default each slot has its own.
  bool stateless = false;
  /// `.pt2` only: compare each call's shapes and types with the export. Without it a
  /// wrong one reads foreign memory. An export with a dynamic dimension refuses the
  /// sizes 0 and 1 here, unless made with aot_inductor.check_lowerbound = False.
  bool check_inputs = true;
  std::size_t threads = 0;  ///< Of one call; 0: this process's cores divided by the slots.
};

namespace torch_models {
class Pool;
}

/// A loaded model file, made by load_model(). Movable; all functions but the moves may be
/// called from any thread. Its memory is freed with it; leases must be gone by then.
class Model {
 public:
  /// One copy of the model for as long as the lease lives: for models that keep
  /// state from call to call. One thread at a time.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    /// forward(inputs); outputs in order, tuples, lists and dicts flattened, on the
    /// model's device; a number becomes a tensor of no dimensions. Inputs are moved to
    /// that device. For a `.pt2` every input is a tensor. Throws std::runtime_error for
    /// a wrong number of inputs, and with the model's own reason where it fails; the
    /// lease stays usable.
    std::vector<at::Tensor> run(std::vector<c10::IValue> inputs);
    /// Another method of a TorchScript model, as "reset_states", and what it returns.
    /// Throws as run() does, for a `.pt2` always.
    c10::IValue call(const std::string& method, std::vector<c10::IValue> inputs = {});

   private:
    friend class Model;
    Lease(torch_models::Pool& pool, std::size_t copy);
    torch_models::Pool* pool_;
    std::size_t copy_;
  };

  /// For load_model().
  explicit Model(std::unique_ptr<torch_models::Pool> pool);
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  /// lease().run(inputs).
  std::vector<at::Tensor> run(std::vector<c10::IValue> inputs);
  /// Waits until a copy is free, without limit: a thread that holds the only one and asks
  /// for another waits for ever.
  Lease lease();
  /// Where its weights are: the CPU, or a GPU with its number.
  at::Device device() const;
  /// Names of forward's arguments; a `.pt2` numbers its positional ones ("input 0").
  const std::vector<std::string>& argument_names() const;
  /// How many of them must be given; the others have defaults.
  std::size_t required_arguments() const;

 private:
  std::unique_ptr<torch_models::Pool> pool_;
};

/// Loads TorchScript (`.pt`, from torch.jit.save) or an AOTInductor package
/// (`.pt2`, from torch._inductor.aoti_compile_and_package; also its unpacked
/// folder), told apart by content; in evaluation mode. A `.pt2` contains native code:
/// load only files that you trust as you trust a program. Throws std::runtime_error,
/// naming the file, where it is none of these, was made for another device, machine or
/// torch, or its device cannot be used: a GPU that is missing is never replaced by the
/// CPU. Sets the process's number of threads for one computation. Meant for setup().
Model load_model(const std::filesystem::path& path, const ModelOptions& options = {});

/// How read_image() makes a tensor of a picture, in this order: size, mean, std.
struct ImageOptions {
  std::array<std::int64_t, 2> size = {0, 0};  ///< Height, width; 0: as the picture is.
  bool crop = false;  ///< Keep the aspect ratio and cut the middle out, instead of stretching.
  int channels = 3;   ///< 3: RGB, 1: grey.
  std::vector<double> mean = {};  ///< Subtracted from 0…1: one number, or one a channel.
  std::vector<double> std = {};   ///< Then divided by, likewise.
};
/// A PNG, JPEG, BMP, GIF (first frame) or PNM picture as float32 [1, C, H, W] of 0…1 on
/// the CPU, resized with antialiasing. Throws std::runtime_error, naming the file, where
/// it is no such picture or has more than 100 megapixels. Any thread.
at::Tensor read_image(const std::filesystem::path& path, const ImageOptions& options = {});
/// Writes [C, H, W] or [1, C, H, W], C 1 or 3, as PNG: uint8, or floats, which are cut
/// to 0…1. From any device. Throws std::runtime_error for other shapes and where the file
/// cannot be written. Any thread.
void write_image(const at::Tensor& image, const std::filesystem::path& path);

/// A recording, as read_audio() gives it.
struct Audio {
  at::Tensor samples;   ///< float32 [channels, n], -1…1, on the CPU; [n] is mono.
  int sample_rate = 0;  ///< In Hz: samples a second of each channel.
};
/// A WAV file: PCM of 8 to 32 bits or floats. Throws std::runtime_error, naming the file,
/// for other files and those above 1 GiB. Any thread.
Audio read_audio(const std::filesystem::path& path);
/// The mean of the channels at `sample_rate` Hz, float32 [n] on the CPU, resampled with a
/// windowed sinc where the rates differ. Throws std::runtime_error unless the rate is
/// positive. Any thread.
at::Tensor mono(const Audio& audio, int sample_rate);
/// Writes float [n] or [channels, n], cut to -1…1, as 16-bit WAV of `sample_rate` Hz. From
/// any device. Throws std::runtime_error for other shapes and where the file cannot be
/// written. Any thread.
void write_audio(const at::Tensor& samples, int sample_rate, const std::filesystem::path& path);

/// Numbers in row-major order as a tensor of `shape` on the CPU, of T's type; an empty
/// shape means [size]. T: float, double, std::int64_t, std::int32_t. Throws
/// std::runtime_error where the numbers do not fill the shape. Any thread.
template <class T>
at::Tensor to_tensor(const std::vector<T>& values, std::vector<std::int64_t> shape = {});
/// The elements in row-major order, converted to T (one of the same four), wherever the
/// tensor lies. Any thread.
template <class T>
std::vector<T> to_vector(const at::Tensor& tensor);

}  // namespace cogpp
