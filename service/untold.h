#pragma once

#include <type_traits>
#include <utility>

namespace lottery {

/// An outcome of the rules that must not be told to anybody yet, because a loss of power could
/// still undo it. Only Lottery::make_durable() takes the outcome out, after making it safe to tell.
template <typename Outcome>
class [[nodiscard]] Untold {
 public:
  explicit Untold(Outcome outcome) : outcome_(std::move(outcome)) {}

  /// Converts the outcome with `make` (to the bytes of an answer, for example). The result is
  /// Untold, too. `make` may use the outcome for the front end's own bookkeeping, but must not keep
  /// any of it in order to tell it.
  template <typename Make>
  auto transform(Make&& make) && {
    using Made = std::invoke_result_t<Make, Outcome&&>;
    return Untold<Made>(std::forward<Make>(make)(std::move(outcome_)));
  }

  /// Only for the front end's own bookkeeping. It must not leave the front end.
  const Outcome& for_bookkeeping() const noexcept { return outcome_; }

 private:
  friend class Lottery;

  Outcome outcome_;
};

}  // namespace lottery
