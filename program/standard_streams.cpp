#include "program/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "text/printable.h"

namespace lottery {
namespace {

/// The errno of the first failed print(), or 0.
std::atomic<int> lost_output{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// Returns the part of `text` that could not be written; errno gives the reason.
std::string_view write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      break;
    }
  }
  return text;
}

}  // namespace

void open_closed_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // open() returns the lowest closed descriptor, which is this one.
    const int access = descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY;
    if (::open("/dev/null", access) != descriptor) {
      throw std::system_error(errno, std::generic_category(),
                              "standard streams are closed, and /dev/null can't be opened");
    }
  }
}

bool write_to_standard_output(std::string_view text) noexcept {
  return write_all(STDOUT_FILENO, text).empty();
}

void print(std::string_view text) noexcept {
  for (;;) {
    text = write_all(STDOUT_FILENO, text);
    if (text.empty()) return;
    if (errno != EAGAIN) break;
    // Another program that shares this pipe or terminal has made it non-blocking.
    pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    ::poll(&output, 1, -1);
  }
  int none = 0;
  lost_output.compare_exchange_strong(none, errno);
}

void throw_if_output_is_lost() {
  if (const int error = lost_output.load(); error != 0) {
    throw std::runtime_error("standard output can't be written: " +
                             std::generic_category().message(error));
  }
}

void print_error(std::string_view place, std::string_view sentence) {
  std::string line;
  for (const char character : printable(std::string(place).append(": ").append(sentence))) {
    if (character == '|') {
      line += "\\x7C";
    } else {
      line += character;
    }
  }
  line += '\n';
  write_all(STDERR_FILENO, line);
}

}  // namespace lottery
