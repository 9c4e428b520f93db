// Outputs that arrive piece by piece: a predict() that returns one of these is a
// coroutine, and each co_yield sends a piece at once.
//
//   cogpp::TextStream predict(std::string prompt) {
//     for (...) co_yield next_token();
//   }
//
// co_yield is a stopping point: a cancelled prediction does not come back from it,
// the destructors of what is alive in the coroutine run.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cogpp {

/// Whether clients may read a stream live, as server-sent events.
enum class Live {
  kOn,   ///< Each piece is sent as it is yielded.
  kOff,  ///< All of them are sent at the end.
};

namespace detail {

/// Owns a suspended coroutine and drives it. One thread at a time.
template <class Promise>
class Coroutine {
 public:
  explicit Coroutine(Promise& promise)
      : handle_(std::coroutine_handle<Promise>::from_promise(promise)) {}
  Coroutine(Coroutine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Coroutine(const Coroutine&) = delete;
  Coroutine& operator=(const Coroutine&) = delete;
  Coroutine& operator=(Coroutine&&) = delete;
  ~Coroutine() {
    if (handle_) handle_.destroy();
  }

  /// Runs to the next co_yield; false at the end. Throws what the coroutine threw.
  bool next() {
    handle_.resume();
    if (handle_.promise().failure) std::rethrow_exception(handle_.promise().failure);
    return !handle_.done();
  }
  const Promise& promise() const { return handle_.promise(); }

 private:
  std::coroutine_handle<Promise> handle_;
};

struct PromiseBase {
  std::exception_ptr failure;

  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void return_void() noexcept {}
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  /// co_await is not available in a stream.
  template <class T>
  void await_transform(T&&) = delete;
};

}  // namespace detail

/// A stream of values: the output is an array of them (Cog's Iterator). T is any
/// output type that is not a stream; cogpp::Path sends files. With Live::kOff
/// clients get the output only when it is complete.
template <class T, Live kLive = Live::kOn>
class Stream {
 public:
  /// The compiler's side of the coroutine; not for authors.
  struct promise_type : detail::PromiseBase {
    const T* value = nullptr;

    Stream get_return_object() { return Stream(*this); }
    // The yielded value lives in the suspended coroutine until it is resumed.
    std::suspend_always yield_value(const T& yielded) noexcept {
      value = std::addressof(yielded);
      return {};
    }
  };
  using value_type = T;                ///< Of one piece.
  static constexpr Live live = kLive;  ///< As declared.

  /// For tests of a predictor: runs to the next co_yield; false at the end, after which
  /// it must not be called again. Throws what the coroutine throws. One thread at a time.
  bool next() { return coroutine_.next(); }
  /// The value of the last co_yield, until next() is called again. Precondition: next()
  /// returned true.
  const T& value() const { return *coroutine_.promise().value; }

 private:
  explicit Stream(promise_type& promise) : coroutine_(promise) {}
  detail::Coroutine<promise_type> coroutine_;
};

/// A stream of text pieces that clients show joined (Cog's ConcatenateIterator). A
/// piece may end in the middle of a UTF-8 character; the bytes wait for the next.
class TextStream {
 public:
  /// The compiler's side of the coroutine; not for authors.
  struct promise_type : detail::PromiseBase {
    std::string_view value;

    TextStream get_return_object() { return TextStream(*this); }
    std::suspend_always yield_value(std::string_view yielded) noexcept {
      value = yielded;
      return {};
    }
  };

  /// As Stream's.
  bool next() { return coroutine_.next(); }
  /// The bytes of the last co_yield as they were given, until next() is called again.
  /// Precondition: next() returned true.
  std::string_view value() const { return coroutine_.promise().value; }

 private:
  explicit TextStream(promise_type& promise) : coroutine_(promise) {}
  detail::Coroutine<promise_type> coroutine_;
};

}  // namespace cogpp
