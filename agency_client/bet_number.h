#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/answer.h"

namespace lottery {

/// Chooses the batch number under which a single bet is sent, until the service has stored it once.
///
/// If the answer to a message was lost, the message may still be in transit on its old connection,
/// and may be stored at any later time. The service recognises a repeat by the upload, the number
/// and the bytes, so the bet keeps its number as long as a message with it may be stored. It takes
/// a new number only once none can be: another upload has the number, or the books that the message
/// was meant for are closed and do not hold it.
///
/// One thread.
class BetNumber {
 public:
  /// The number to send after `point`, which has answered RESUME on a new connection. The message
  /// counts as in transit until refused() or turned_away() is called.
  std::int64_t next(const ResumePoint& point);

  /// The service has refused the last message, and would refuse it again.
  void refused();

  /// The service has not stored the last message, and may store it later.
  void turned_away();

  /// True if a message whose answer was lost may be stored, or may become so.
  bool may_be_stored() const noexcept { return !lost_.empty(); }

 private:
  /// The draws that a message may be stored in, both included.
  struct Draws {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  /// True if no message with the number is stored, and none can be any more. If the upload had
  /// stored one, `point` would refer to the draw that it is in.
  bool is_free(const ResumePoint& point) const noexcept;

  std::int64_t number_ = 0;  // 0: none yet
  std::optional<std::int64_t>
      sent_in_;  // the draw in which a refusal means that another upload has the number
  std::optional<Draws> in_transit_;         // where the last message may be stored
  std::vector<Draws> lost_;                 // where each earlier one may be
  std::optional<std::int64_t> refused_in_;  // the draw in which another upload has the number
};

}  // namespace lottery
