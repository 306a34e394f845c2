#include "agency_client/bet_number.h"

#include <algorithm>
#include <limits>

namespace lottery {

std::int64_t BetNumber::next(const ResumePoint& point) {
  if (in_transit_) lost_.push_back(*in_transit_);

  const bool is_drawn = point.state == BooksState::drawn;
  if (number_ == 0 || is_free(point)) {
    number_ = is_drawn ? 1 : point.batches + 1;
    lost_.clear();
    refused_in_.reset();
  }

  // After a point whose draw has happened, the message is for the agency's next draw, whichever
  // that will be.
  in_transit_ = is_drawn ? Draws{point.draw + 1, std::numeric_limits<std::int64_t>::max()}
                         : Draws{point.draw, point.draw};
  // A refused number greater than the next one does not prove that another upload has used it.
  sent_in_ = number_ <= point.batches + 1 ? std::optional(point.draw) : std::nullopt;
  return number_;
}

bool BetNumber::is_free(const ResumePoint& point) const noexcept {
  return std::all_of(lost_.begin(), lost_.end(), [&](const Draws& draws) {
    if (point.draw > draws.last) return true;    // its draw is over
    if (point.draw < draws.first) return false;  // its draw is still to come
    if (point.batches < number_) return point.state != BooksState::open;
    return refused_in_ == point.draw;
  });
}

void BetNumber::refused() {
  in_transit_.reset();
  if (sent_in_) refused_in_ = sent_in_;
}

void BetNumber::turned_away() { in_transit_.reset(); }

}  // namespace lottery
