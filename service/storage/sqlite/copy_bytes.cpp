#include "service/storage/sqlite/copy_bytes.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace lottery {
namespace {

constexpr std::size_t bytes_at_once = std::size_t{1} << 18U;

[[noreturn]] void throw_errno(const std::string& name, const std::string& what) {
  throw std::runtime_error(name + " " + what + ": " + std::generic_category().message(errno));
}

/// Repeats `call` while signals interrupt it.
template <typename Call>
std::size_t bytes_of(const std::string& name, const std::string& what, Call call) {
  for (;;) {
    const ssize_t bytes = call();
    if (bytes >= 0) return static_cast<std::size_t>(bytes);
    if (errno != EINTR) throw_errno(name, what);
  }
}

}  // namespace

void copy_bytes(int from, const std::string& from_name, int to, const std::string& to_name) {
  std::vector<char> buffer(bytes_at_once);
  for (;;) {
    const std::size_t count = bytes_of(from_name, "can't be read",
                                       [&] { return ::read(from, buffer.data(), buffer.size()); });
    if (count == 0) return;
    for (std::size_t written = 0; written < count;) {
      written += bytes_of(to_name, "can't be written",
                          [&] { return ::write(to, buffer.data() + written, count - written); });
    }
  }
}

}  // namespace lottery
