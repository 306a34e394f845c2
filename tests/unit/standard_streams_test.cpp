#include "program/standard_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <future>
#include <string>

namespace lottery::test {
namespace {

/// Reads until the other end is closed, and returns the number of bytes.
std::size_t bytes_up_to_end(int pipe) {
  std::size_t count = 0;
  std::array<char, 65536> some{};
  for (;;) {
    const ssize_t bytes = ::read(pipe, some.data(), some.size());
    if (bytes <= 0) return count;
    count += static_cast<std::size_t>(bytes);
  }
}

TEST(StandardStreams, WaitForTheReaderOfAPipeThatAnotherProgramHasMadeNonBlocking) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK), 0);
  std::size_t bytes = 0;
  while (::write(pipe[1], "x", 1) == 1) ++bytes;  // until it is full

  std::fflush(stdout);
  const int standard_output = ::dup(STDOUT_FILENO);
  ::dup2(pipe[1], STDOUT_FILENO);
  ::close(pipe[1]);
  const std::string line = "a line\n";
  auto printed = std::async(std::launch::async, [&] { print(line); });
  const auto too_early = printed.wait_for(std::chrono::milliseconds(200));
  ASSERT_EQ(::fcntl(pipe[0], F_SETFL, 0), 0);
  auto found = std::async(std::launch::async, [&] { return bytes_up_to_end(pipe[0]); });
  printed.wait();
  ::dup2(standard_output, STDOUT_FILENO);
  ::close(standard_output);
  EXPECT_EQ(too_early, std::future_status::timeout) << "it does not wait for the reader";
  EXPECT_EQ(found.get(), bytes + line.size());
  EXPECT_NO_THROW(throw_if_output_is_lost());
  ::close(pipe[0]);
}

}  // namespace
}  // namespace lottery::test
