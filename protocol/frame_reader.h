#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lottery {

/// What a message ends with.
enum class MessageEnd : std::uint8_t { cr_lf, lf };

/// Finds the messages in a stream of bytes: where each ends, and that none is longer than allowed.
///
/// Bytes go in as they come (a message in pieces, many messages in one read); messages come out
/// whole, in order. The loop around it is:
///
///     read into space(); received(n); while (auto message = next()) ...; if (too_long()) give up;
///
/// One thread at a time.
class FrameReader {
 public:
  /// `message_bytes_max` counts a message with its end.
  explicit FrameReader(std::size_t message_bytes_max, MessageEnd message_end = MessageEnd::cr_lf);

  /// Where the next bytes go; never empty. Ends the life of the messages handed out before.
  std::span<char> space();

  /// Says that the first `bytes` bytes of space() have been filled.
  void received(std::size_t bytes);

  /// The next whole message, without its end; nothing if more bytes are needed, or if the
  /// next message is too long. It lives until the next call of space().
  std::optional<std::string_view> next();

  /// Gives back what a long message has taken, unless bytes are kept that were not handed out yet.
  /// Ends the life of the messages handed out before.
  void release_memory() noexcept;

  /// True once a message has come that is longer than allowed, or can only become so. Final: where
  /// the message after it would begin is not known.
  bool too_long() const noexcept { return too_long_; }

  /// True if the beginning of a message has come, and not its end.
  bool inside_message() const noexcept { return begin_ != end_; }

  /// True if they end with LF: where messages end with CR LF, their sender may have forgotten the
  /// CR.
  bool ends_with_lf() const noexcept { return inside_message() && buffer_[end_ - 1] == '\n'; }

 private:
  std::size_t message_bytes_max_;
  std::string_view message_end_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // the first byte not handed out yet
  std::size_t scanned_ = 0;  // no message ends before here; begin_ <= scanned_ <= end_
  std::size_t end_ = 0;      // behind the last byte received
  bool too_long_ = false;
};

}  // namespace lottery
