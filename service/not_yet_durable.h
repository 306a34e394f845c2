#pragma once

#include <type_traits>
#include <utility>

namespace lottery {

/// An outcome of the rules that must not leave the process yet, because a power loss could still
/// undo it. Only Lottery::make_durable() takes the outcome out, after making it durable.
template <typename Outcome>
class [[nodiscard]] NotYetDurable {
 public:
  explicit NotYetDurable(Outcome outcome) : outcome_(std::move(outcome)) {}

  /// An outcome that says nothing about what is stored, for example that the database is not
  /// available. It needs no sync.
  static NotYetDurable independent_of_ledger(Outcome outcome) {
    NotYetDurable pending(std::move(outcome));
    pending.needs_sync_ = false;
    return pending;
  }

  /// Replaces the outcome by what `make` returns for it (for example the bytes of an answer), which
  /// is not yet durable either. `make` may update the caller's own state, but must not keep
  /// anything that is later sent.
  template <typename Make>
  auto transform(Make&& make) && {
    using Made = std::invoke_result_t<Make, Outcome&&>;
    return NotYetDurable<Made>(std::forward<Make>(make)(std::move(outcome_)));
  }

  /// For the caller's own state only. Nothing of it may leave the process.
  const Outcome& for_bookkeeping() const noexcept { return outcome_; }

 private:
  friend class Lottery;

  Outcome outcome_;
  bool needs_sync_ = true;
};

}  // namespace lottery
