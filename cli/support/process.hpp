// Starts other programs; the only file of the CLI that knows Boost.Process.
//
// A child leads its own process group, so that stopping it stops what it started,
// and gets SIGTERM from the kernel when this program dies in whatever way.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/support/console.hpp"
#include "cli/support/files.hpp"
#include "cli/support/signals.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct Command {
  std::filesystem::path program;  ///< With its directory; PATH is not searched.
  std::vector<std::string> arguments = {};
  std::vector<std::string> environment = {};  ///< NAME=value, on top of this process's.
  std::filesystem::path directory = {};       ///< Empty: this process's.
  int standard_input = -1;                    ///< A descriptor of ours; -1: /dev/null.
  int standard_output = -1;                   ///< A descriptor of ours; -1: inherited.
  int standard_error = -1;
  std::vector<int> descriptors = {};  ///< Further ones it gets, under the same number.
  std::chrono::milliseconds limit{};  ///< How long run() awaits its end; 0: for ever.

  /// Program and arguments, to be shown.
  std::string text() const;
};

/// A running child. Destruction stops it and waits for it. Used by one thread; the
/// thread that started it must outlive it (the kernel ties the child to it).
class Child {
 public:
  /// Fails when the program cannot be executed.
  static Result<Child> start(const Command& command);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  int pid() const { return pid_; }
  /// Readable once the child has ended.
  int ended_fd() const { return pidfd_.get(); }
  /// Sends `signal` to the child alone, or to its whole group.
  void send(int signal) const;
  void send_to_group(int signal) const;
  /// Waits for the end: the exit status, or 128 + the signal that ended it.
  int wait();
  /// SIGTERM, and SIGKILL for the group when `grace` has passed. Returns as wait().
  int stop(std::chrono::milliseconds grace);

 private:
  Child(int pid, Descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  int pid_;
  Descriptor pidfd_;
  bool ended_ = false;
  int status_ = 0;
};

/// What a program that was run to its end left.
struct Finished {
  int status = 0;  ///< As Child::wait().
  std::string output;
  std::string errors;
};

/// Runs a program to its end and keeps what it writes. Fails when it cannot be
/// executed, when it is stopped at its limit of time and, with the text "Interrupted", when
/// a signal arrives meanwhile.
Result<Finished> run(const Command& command, const Interrupt& interrupt, Console& console);

/// Runs a program to its end; what it writes goes where the command says, or to this
/// process's standard output and error. The exit status as Child::wait(). On a signal the
/// program gets it, too, and its end is awaited; then the error is "Interrupted".
Result<int> run_shown(const Command& command, const Interrupt& interrupt);

/// Puts the command in this process's place, with its terminal; a program without a
/// slash is looked up in the command's own PATH. Returns only when it cannot be executed.
Error replace_process(const Command& command);

/// A pipe; both ends are close-on-exec.
struct Pipe {
  Descriptor read;
  Descriptor write;
  static Result<Pipe> create();
};

/// Appends what can be read now. False at the end of the stream.
bool read_available(int fd, std::string& text);

/// When the process began (field 22 of /proc/PID/stat); empty when there is none. With its
/// id it names a process: ids are used again.
std::string process_start(int pid);

/// The error of everything that a signal ended.
Error interrupted();

/// How something ended: interrupted() where a signal waits, since what it cut short may have
/// failed with another reason. Takes the signal.
Status or_interrupted(const Status& status, const Interrupt& interrupt);

}  // namespace cogpp::cli
