#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lottery {

/// A bar on the terminal that standard output is, once the work takes long enough to be worth one.
/// Draws nothing if standard output is no terminal. One thread.
class ProgressBar {
 public:
  ProgressBar();

  /// Takes the bar away.
  ~ProgressBar();

  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  bool is_on_terminal() const noexcept { return is_on_terminal_; }

  /// Says that `done` of `bets` bets are done.
  void show(std::int64_t done, std::int64_t bets);

  void erase();

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_on_terminal_;
  const Clock::time_point began_at_;
  Clock::time_point drawn_at_;
  bool is_drawn_ = false;
};

/// The bar, as wide as an ordinary terminal: `done` of `bets` after `elapsed`.
std::string progress_bar(std::int64_t done, std::int64_t bets,
                         std::chrono::duration<double> elapsed);

}  // namespace lottery
