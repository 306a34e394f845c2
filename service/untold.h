#pragma once

#include <type_traits>
#include <utility>

namespace lottery {

/// An outcome of the rules that may not be told yet: a loss of power could still undo what it
/// says. Lottery::make_durable() makes it safe to tell, and is the only way to take it out.
template <typename Outcome>
class [[nodiscard]] Untold {
 public:
  explicit Untold(Outcome outcome) : outcome_(std::move(outcome)) {}

  /// Returns what `make` makes of the outcome (the bytes of an answer, say), which is as untold.
  /// `make` may use the outcome for the front end's own books, and must keep nothing of it to tell.
  template <typename Make>
  auto transform(Make&& make) && {
    using Made = std::invoke_result_t<Make, Outcome&&>;
    return Untold<Made>(std::forward<Make>(make)(std::move(outcome_)));
  }

  /// For a front end's own books, and for nothing that leaves it.
  const Outcome& for_bookkeeping() const noexcept { return outcome_; }

 private:
  friend class Lottery;

  Outcome outcome_;
};

}  // namespace lottery
