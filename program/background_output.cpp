#include "program/background_output.h"

#include <Poco/Message.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <utility>

#include "program/log.h"
#include "program/standard_streams.h"
#include "program/stop_budget.h"

namespace lottery {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds gathering_time{10};
constexpr std::chrono::milliseconds look_again_after{100};

/// True if standard output accepts PIPE_BUF bytes without blocking.
bool is_ready() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&output, 1, static_cast<int>(look_again_after.count())) > 0;
}

/// Ignores failures: the service continues without its log, for example if the log's disk is full
/// or its reader has ended, and there is nowhere else to report that.
void write_or_lose(std::string_view lines) {
  [[maybe_unused]] const bool is_written = write_to_standard_output(lines);
}

/// As many of the first of `lines` as a pipe takes in one piece, or one line that is longer.
std::string_view one_piece(std::string_view lines) {
  const std::size_t fitting = lines.substr(0, PIPE_BUF).rfind('\n');
  const std::size_t end = fitting != std::string_view::npos ? fitting : lines.find('\n');
  return lines.substr(0, end + 1);
}

std::atomic<std::uint64_t> left_out_of_all = 0;

}  // namespace

std::uint64_t BackgroundOutput::lines_left_out() noexcept { return left_out_of_all; }

BackgroundOutput::BackgroundOutput() : thread_([this] { run(); }) {}

BackgroundOutput::~BackgroundOutput() { close(); }

void BackgroundOutput::log(const Poco::Message& message) {
  const std::string& text = message.getText();
  std::unique_lock lock(mutex_);
  if (closing_) {
    lock.unlock();
    if (is_ready()) {
      write_or_lose(text + '\n');
    } else {
      ++left_out_of_all;
    }
    return;
  }
  if (waiting_.size() + text.size() >= bytes_kept) {
    ++left_out_;
    ++left_out_of_all;
    return;
  }
  const bool is_first = waiting_.empty();
  const bool waits = message.has(wait_until_written);
  tell_what_was_left_out();
  add(text);
  const std::uint64_t end_of_line = bytes_taken_;
  if (!waits) {
    lock.unlock();
    if (is_first) wake_.notify_one();
    return;
  }
  ++waiters_;
  wake_.notify_one();
  written_.wait_for(lock, log_write_wait_max, [&] { return bytes_written_ >= end_of_line; });
  --waiters_;
}

void BackgroundOutput::close() {
  {
    const std::lock_guard lock(mutex_);
    tell_what_was_left_out();
    closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void BackgroundOutput::tell_what_was_left_out() {
  if (left_out_ == 0) return;
  add(line_of({"lottery", LogLine("log", "fail").field("lines_left_out", left_out_).text(),
               Poco::Message::PRIO_WARNING}));
  left_out_ = 0;
}

void BackgroundOutput::add(const std::string& line) {
  waiting_ += line;
  waiting_ += '\n';
  bytes_taken_ += line.size() + 1;
}

void BackgroundOutput::run() {
  steady_clock::time_point give_up_at = steady_clock::time_point::max();
  std::string lines;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    wake_.wait_for(lock, gathering_time, [this] { return closing_ || waiters_ > 0; });
    lines.clear();
    std::swap(lines, waiting_);

    std::string_view rest = lines;
    while (!rest.empty()) {
      if (closing_ && give_up_at == steady_clock::time_point::max()) {
        give_up_at = steady_clock::now() + stop_budget::last_log_lines;
      }
      lock.unlock();
      std::size_t written = 0;
      if (is_ready()) {
        const std::string_view piece = one_piece(rest);
        write_or_lose(piece);
        written = piece.size();
        rest.remove_prefix(written);
      }
      lock.lock();
      bytes_written_ += written;
      if (waiters_ > 0) written_.notify_all();
      if (steady_clock::now() >= give_up_at) return;
    }
  }
}

}  // namespace lottery
