#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lottery {

/// The end mark of a message.
enum class MessageEnd : std::uint8_t { cr_lf, lf };

/// Finds the messages in a stream of bytes, and limits their length.
///
/// Bytes are put in as they arrive (parts of a message, or many messages at once); complete
/// messages come out in order. The loop around it is:
///
///     read into space(); received(n); while (auto message = next()) ...; if (too_long()) give up;
///
/// One thread at a time.
class FrameReader {
 public:
  /// `message_bytes_max` counts a message with its end mark.
  explicit FrameReader(std::size_t message_bytes_max, MessageEnd message_end = MessageEnd::cr_lf);

  /// The room for the next bytes; never empty. Invalidates messages returned earlier.
  std::span<char> space();

  /// The first `bytes` bytes of space() have been filled.
  void received(std::size_t bytes);

  /// The next complete message, without its end mark; empty if more bytes are needed or the next
  /// message is too long. Valid until the next call of space().
  std::optional<std::string_view> next();

  /// Frees the memory of a long message, unless there are bytes that next() has not returned yet.
  /// Invalidates messages returned earlier.
  void release_memory() noexcept;

  /// True if a message is longer than allowed, or can only become so. Final, because the beginning
  /// of the message after it is unknown.
  bool too_long() const noexcept { return too_long_; }

  /// True if the beginning of a message has arrived without its end.
  bool inside_message() const noexcept { return begin_ != end_; }

  /// True if these bytes end with LF: if messages end with CR LF, the sender may have forgotten the
  /// CR.
  bool ends_with_lf() const noexcept { return inside_message() && buffer_[end_ - 1] == '\n'; }

 private:
  std::size_t message_bytes_max_;
  std::string_view message_end_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // the first byte not returned yet
  std::size_t scanned_ = 0;  // no message ends before here; begin_ <= scanned_ <= end_
  std::size_t end_ = 0;      // one past the last byte received
  bool too_long_ = false;
};

}  // namespace lottery
