// However a stream is divided into reads, the reader returns the same messages.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/frame_reader.h"

namespace {

struct Outcome {
  std::vector<std::string> messages;
  bool too_long = false;

  bool operator==(const Outcome&) const = default;
};

/// Passes `stream` to the reader in reads of at most `read_bytes`.
Outcome read(std::string_view stream, std::size_t read_bytes, std::size_t message_bytes_max,
             lottery::MessageEnd message_end) {
  lottery::FrameReader frames(message_bytes_max, message_end);
  Outcome outcome;
  while (!stream.empty()) {
    const auto space = frames.space();
    const std::size_t bytes = std::min({read_bytes, stream.size(), space.size()});
    std::memcpy(space.data(), stream.data(), bytes);
    stream.remove_prefix(bytes);
    frames.received(bytes);
    while (const auto message = frames.next()) outcome.messages.emplace_back(*message);
    outcome.too_long = frames.too_long();
    if (outcome.too_long) break;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::size_t read_bytes = 1U + data[0];
  const std::size_t message_bytes_max = 2U + data[1];
  const auto message_end = data[2] % 2 == 0 ? lottery::MessageEnd::cr_lf : lottery::MessageEnd::lf;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 3, size - 3);
  const Outcome in_parts = read(stream, read_bytes, message_bytes_max, message_end);
  if (in_parts != read(stream, stream.size(), message_bytes_max, message_end)) std::abort();
  for (const std::string& message : in_parts.messages) {
    if (message.size() >= message_bytes_max) std::abort();
  }
  return 0;
}
