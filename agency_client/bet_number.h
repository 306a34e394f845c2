#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/answer.h"

namespace lottery {

/// Chooses the batch number for a single bet, so that the service stores the bet once.
///
/// If the answer to a message was lost, the message may still be in transit on its old connection,
/// and may be stored at any later time. The service recognises a repeat by its upload, number and
/// bytes, so the bet keeps its number while a message with it may be stored. It gets a new number
/// only when none can be: because another upload has used the number, or because the books that the
/// message was for are closed and do not contain it.
///
/// One thread.
class BetNumber {
 public:
  /// The number to send after `point`, the answer to RESUME on a new connection. The message counts
  /// as in transit until refused() or turned_away() is called.
  std::int64_t next(const ResumePoint& point);

  /// The service has refused the last message for good.
  void refused();

  /// The service has not stored the last message, and may store it later.
  void turned_away();

  /// True if a message with a lost answer is or may become stored.
  bool may_be_stored() const noexcept { return !lost_.empty(); }

 private:
  /// The draws in which a message may be stored, first and last.
  struct Draws {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  /// True if no message with the number is stored or can still be stored. If the upload had stored
  /// one, `point` would refer to its draw.
  bool is_free(const ResumePoint& point) const noexcept;

  std::int64_t number_ = 0;  // 0: none yet
  std::optional<std::int64_t>
      sent_in_;  // the draw in which a refusal means that another upload has the number
  std::optional<Draws> in_transit_;         // the draws in which the last message may be stored
  std::vector<Draws> lost_;                 // those of each earlier message
  std::optional<std::int64_t> refused_in_;  // the draw in which another upload has the number
};

}  // namespace lottery
