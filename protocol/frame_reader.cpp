#include "protocol/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace lottery {
namespace {

// The number of bytes read at once: two batches of the usual size, so that little is read ahead and
// a silent connection uses little memory.
constexpr std::size_t read_bytes = 16UL * 1024;

}  // namespace

FrameReader::FrameReader(std::size_t message_bytes_max, MessageEnd message_end)
    : message_bytes_max_(message_bytes_max),
      message_end_(message_end == MessageEnd::cr_lf ? "\r\n" : "\n") {}

std::span<char> FrameReader::space() {
  if (begin_ != 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() > read_bytes) release_memory();
  if (buffer_.size() < end_ + read_bytes) {
    buffer_.resize(end_ == 0 ? read_bytes : 2 * end_ + read_bytes);
  }
  return std::span(buffer_).subspan(end_, read_bytes);
}

void FrameReader::release_memory() noexcept {
  if (inside_message()) return;
  buffer_ = std::vector<char>();
  begin_ = scanned_ = end_ = 0;
}

void FrameReader::received(std::size_t bytes) { end_ += bytes; }

std::optional<std::string_view> FrameReader::next() {
  while (!too_long_ && scanned_ < end_) {
    const void* found =
        std::memchr(buffer_.data() + scanned_, message_end_.front(), end_ - scanned_);
    scanned_ = found == nullptr
                   ? end_
                   : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    if (scanned_ + message_end_.size() > end_) break;  // no CR, or a CR whose LF may still arrive
    if (std::string_view(buffer_.data() + scanned_, message_end_.size()) != message_end_) {
      ++scanned_;
      continue;
    }
    const std::string_view message(buffer_.data() + begin_, scanned_ - begin_);
    if (message.size() + message_end_.size() > message_bytes_max_) break;
    scanned_ += message_end_.size();
    begin_ = scanned_;
    return message;
  }
  if (end_ - begin_ >= message_bytes_max_ && end_ != begin_) {
    // The buffer contains as many bytes as a message may have, and no end mark among them.
    too_long_ = true;
  }
  return {};
}

}  // namespace lottery
