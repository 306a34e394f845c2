#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

// These tests are compiled with the programs' options. tests/end_to_end/hardening_test.sh checks
// the programs themselves.
namespace lottery::test {
namespace {

/// Reads this many bytes into a buffer of eight.
ssize_t read_into_eight_bytes(int file, std::size_t bytes) {
  std::array<char, 8> buffer{};
  return ::read(file, buffer.data(), bytes);
}

TEST(Hardening, EndsTheProgramIfAFunctionOfGlibcIsToWritePastItsBuffer) {
  const int zeros = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(zeros, 0);
  volatile std::size_t too_many = 9;
  EXPECT_EXIT(::_exit(static_cast<int>(read_into_eight_bytes(zeros, too_many))),
              testing::KilledBySignal(SIGABRT), "buffer overflow detected");
  ::close(zeros);
}

TEST(Hardening, EndsTheProgramIfAnElementIsReadPastTheEndOfItsContainer) {
  const std::vector<int> values(8);
  volatile std::size_t past_the_end = 8;
  EXPECT_EXIT(::_exit(values[past_the_end]), testing::KilledBySignal(SIGABRT), "Assertion");
}

}  // namespace
}  // namespace lottery::test
