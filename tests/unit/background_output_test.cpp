#include "program/background_output.h"

#include <Poco/AutoPtr.h>
#include <Poco/Message.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>

#include "program/log.h"

namespace lottery::test {
namespace {

/// Replaces standard output by a pipe.
class PipedOutput {
 public:
  PipedOutput() {
    std::fflush(stdout);
    EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    standard_output_ = ::dup(STDOUT_FILENO);
    ::dup2(ends_[1], STDOUT_FILENO);
    ::close(ends_[1]);
  }
  ~PipedOutput() {
    end();
    ::close(ends_[0]);
  }
  PipedOutput(const PipedOutput&) = delete;
  PipedOutput& operator=(const PipedOutput&) = delete;

  /// Restores standard output, so that the pipe's readers find its end.
  void end() {
    if (standard_output_ < 0) return;
    ::dup2(standard_output_, STDOUT_FILENO);
    ::close(standard_output_);
    standard_output_ = -1;
  }

  /// The number of bytes that were written and not yet read.
  std::string take() const {
    std::string all;
    std::array<char, 65536> some{};
    pollfd end{ends_[0], POLLIN, 0};
    while (::poll(&end, 1, 0) == 1) {
      const ssize_t bytes = ::read(ends_[0], some.data(), some.size());
      if (bytes <= 0) break;
      all.append(some.data(), static_cast<std::size_t>(bytes));
    }
    return all;
  }

  /// Reads everything until the end. After each read, calls `look` with everything so far.
  std::string read(const std::function<void(const std::string&)>& look = {}) const {
    std::string all;
    std::array<char, 65536> some{};
    for (;;) {
      const ssize_t bytes = ::read(ends_[0], some.data(), some.size());
      if (bytes <= 0) return all;
      all.append(some.data(), static_cast<std::size_t>(bytes));
      if (look) look(all);
    }
  }

 private:
  std::array<int, 2> ends_{};
  int standard_output_ = -1;
};

Poco::Message message(const std::string& text) {
  return {"lottery", text, Poco::Message::PRIO_INFORMATION};
}

TEST(BackgroundOutput, WritesEveryLineInItsOrderBeforeItIsClosed) {
  PipedOutput output;
  Poco::AutoPtr<BackgroundOutput> channel(new BackgroundOutput);
  std::string expected;
  std::string found;
  std::thread reader([&] { found = output.read(); });
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = "line " + std::to_string(i);
    channel->log(message(line));
    expected.append(line).append("\n");
  }
  channel->log(message(std::string(10'000, 'x')));
  expected.append(std::string(10'000, 'x')).append("\n");
  channel->close();
  channel->log(message("late"));
  channel->close();
  expected.append("late\n");
  output.end();
  reader.join();
  EXPECT_EQ(found, expected);
}

TEST(BackgroundOutput, HoldsNobodyUpWhereNobodyReadsAndSaysHowManyLinesItLeftOut) {
  PipedOutput output;
  Poco::AutoPtr<BackgroundOutput> channel(new BackgroundOutput);
  const std::string line(999, 'x');
  constexpr std::size_t lines = 2 * BackgroundOutput::bytes_kept / 1000;
  for (std::size_t i = 0; i < lines; ++i) channel->log(message(line));

  // Once there is room again, a line reports how many lines were dropped.
  constexpr const char* left_out = "action: log | result: fail | lines_left_out: ";
  std::string found;
  std::atomic<bool> is_told = false;
  std::thread reader([&] {
    found = output.read([&](const std::string& so_far) {
      constexpr std::size_t newest = 100'000;
      const std::size_t from = so_far.size() - std::min(so_far.size(), newest);
      if (so_far.find(left_out, from) != std::string::npos) is_told = true;
    });
  });
  std::size_t more = 0;
  for (; !is_told; ++more) {
    channel->log(message("more"));
    std::this_thread::yield();
  }
  channel->close();
  output.end();
  reader.join();

  std::size_t lost = 0;
  std::size_t tellings = 0;
  for (std::size_t at = 0; (at = found.find(left_out, at)) != std::string::npos; ++at, ++tellings) {
    lost += std::stoul(found.substr(at + std::string(left_out).size(), 20));
  }
  const auto line_ends = static_cast<std::size_t>(std::count(found.begin(), found.end(), '\n'));
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(line_ends - tellings + lost, lines + more);
}

Poco::Message awaited_message(const std::string& text) {
  Poco::Message result = message(text);
  result.set(wait_until_written, {});
  return result;
}

TEST(BackgroundOutput, HasWrittenALineThatIsWaitedForAndThoseBeforeIt) {
  const PipedOutput output;
  Poco::AutoPtr<BackgroundOutput> channel(new BackgroundOutput);
  // On a busy machine, writing a line may take longer than the caller waits, but not every time.
  // Lines that nobody waits for are collected for longer than that.
  bool is_written = false;
  for (int i = 0; i < 100 && !is_written; ++i) {
    channel->log(message("before"));
    channel->log(awaited_message("awaited"));
    is_written = output.take().ends_with("before\nawaited\n");
  }
  EXPECT_TRUE(is_written);
  channel->close();
}

TEST(BackgroundOutput, WaitsForNoReaderThatHasStopped) {
  const PipedOutput output;
  Poco::AutoPtr<BackgroundOutput> channel(new BackgroundOutput);
  for (int i = 0; i < 1000; ++i) channel->log(message(std::string(999, 'x')));
  const auto began_at = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) channel->log(awaited_message("awaited"));
  EXPECT_LT(std::chrono::steady_clock::now() - began_at, std::chrono::seconds(2));
  channel->close();
}

TEST(BackgroundOutput, SaysWhenItIsClosedHowManyLinesItLeftOut) {
  PipedOutput output;
  Poco::AutoPtr<BackgroundOutput> channel(new BackgroundOutput);
  channel->log(message("first"));
  for (int i = 0; i < 2; ++i) channel->log(message(std::string(BackgroundOutput::bytes_kept, 'x')));
  channel->close();
  output.end();
  const std::string found = output.read();
  EXPECT_TRUE(found.starts_with("first\n")) << found;
  EXPECT_TRUE(found.ends_with("action: log | result: fail | lines_left_out: 2\n")) << found;
}

TEST(BackgroundOutput, IsClosedInTimeWhereNobodyReads) {
  const PipedOutput output;
  Poco::AutoPtr<BackgroundOutput> channel(new BackgroundOutput);
  for (int i = 0; i < 1000; ++i) channel->log(message(std::string(999, 'x')));
  const auto began_at = std::chrono::steady_clock::now();
  channel->close();
  const std::uint64_t left_out = BackgroundOutput::lines_left_out();
  channel->log(message("after the end"));
  EXPECT_LT(std::chrono::steady_clock::now() - began_at, std::chrono::seconds(4));
  EXPECT_EQ(BackgroundOutput::lines_left_out(), left_out + 1);
}

}  // namespace
}  // namespace lottery::test
