#pragma once

#include <Poco/Channel.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace lottery {

/// A Poco channel that writes lines to standard output on a thread of its own: a log line costs a
/// batch no system call, and a reader that has stopped delays no thread.
///
/// Lines are gathered for some milliseconds and written together; a process that is killed loses
/// those. A line that somebody waits for (log_before_telling()) is written at once, with all lines
/// before it. Up to `bytes_kept` wait for a slow reader, beside as many that are being written.
/// Beyond that lines are left out, and a line says how many. Any thread may log.
///
/// Why it is not Poco's AsyncChannel (1.11): that channel's close() waits until its queue is empty,
/// so a reader that had stopped for 12 s delayed the stop by 11.9 s (here: 1.1 s). Its counter of
/// dropped messages is not protected by its lock. Its limit counts messages, and by default there
/// is none (762 MiB for 3,000,000 lines that nobody read; here: 14 MiB). It costs the process 0.75
/// µs a line (here: 0.35 µs), because it copies, wakes and writes for each. Five agencies are
/// equally fast with both.
class BackgroundOutput : public Poco::Channel {
 public:
  static constexpr std::size_t bytes_kept = 4UL * 1024 * 1024;

  /// How many lines the process has left out. Any thread.
  static std::uint64_t lines_left_out() noexcept;

  BackgroundOutput();
  ~BackgroundOutput() override;
  BackgroundOutput(const BackgroundOutput&) = delete;
  BackgroundOutput& operator=(const BackgroundOutput&) = delete;

  /// If the message has the parameter `wait_until_written`, returns once its line is written, or
  /// after log_write_wait_max.
  void log(const Poco::Message& message) override;

  /// Writes what waits, for a second at most, and ends the thread. From here on lines are written
  /// by those who log them, or left out if nobody reads.
  void close() override;

 private:
  void run();

  /// Under the mutex.
  void tell_what_was_left_out();

  /// Has the line wait to be written. Under the mutex.
  void add(const std::string& line);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable written_;
  std::string waiting_;              // lines, each with its LF
  std::uint64_t bytes_taken_ = 0;    // of all lines that have been put into waiting_
  std::uint64_t bytes_written_ = 0;  // of these
  int waiters_ = 0;                  // threads that wait for a line to be written
  std::int64_t left_out_ = 0;        // lines, since the last that was kept
  bool closing_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace lottery
