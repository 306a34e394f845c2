#pragma once

#include <Poco/Channel.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace lottery {

/// A Poco channel that writes lines to standard output on a thread of its own. So a log line costs
/// a batch no system call, and a reader that has stopped delays no thread.
///
/// Lines are collected for some milliseconds and written together; if the process is killed, these
/// are lost. A line that a thread waits for (log_before_telling()) is written at once, with all
/// lines before it. Up to `bytes_kept` bytes wait for a slow reader, in addition to the bytes being
/// written. Beyond that, lines are dropped, and a line says how many. Any thread may log.
///
/// Why this is not Poco's AsyncChannel (1.11): its close() waits until its queue is empty, so a
/// reader that had stopped for 12 s delayed shutdown by 11.9 s (here: 1.1 s). Its counter of
/// dropped messages is not protected by its lock. Its limit counts messages, and the default is no
/// limit: 3,000,000 unread lines took 762 MiB (here: 14 MiB). It costs 0.75 µs per line (here:
/// 0.35 µs), because it copies, wakes and writes for each line. The speed of five agencies is the
/// same with both.
class BackgroundOutput : public Poco::Channel {
 public:
  static constexpr std::size_t bytes_kept = 4UL * 1024 * 1024;

  /// The number of lines that the process has dropped. Any thread.
  static std::uint64_t lines_left_out() noexcept;

  BackgroundOutput();
  ~BackgroundOutput() override;
  BackgroundOutput(const BackgroundOutput&) = delete;
  BackgroundOutput& operator=(const BackgroundOutput&) = delete;

  /// If the message has the parameter `wait_until_written`, returns when its line is written, or
  /// after log_write_wait_max.
  void log(const Poco::Message& message) override;

  /// Writes the waiting lines, for at most a second, and ends the thread. After that, each
  /// thread writes its own lines. A line is dropped if the reader does not take it.
  void close() override;

 private:
  void run();

  /// Call with the mutex locked.
  void tell_what_was_left_out();

  /// Queues the line. Call with the mutex locked.
  void add(const std::string& line);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable written_;
  std::string waiting_;              // queued lines, each with its LF
  std::uint64_t bytes_taken_ = 0;    // of all lines ever queued
  std::uint64_t bytes_written_ = 0;  // of these, written
  int waiters_ = 0;                  // number of threads that wait for a line to be written
  std::int64_t left_out_ = 0;        // lines dropped since the last queued one
  bool closing_ = false;
  std::thread thread_;  // last member: it uses all of the above
};

}  // namespace lottery
