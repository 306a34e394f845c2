#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lottery {

/// A progress bar on standard output, if that is a terminal. It appears only if the work takes
/// long. One thread.
class ProgressBar {
 public:
  ProgressBar();

  /// Removes the bar.
  ~ProgressBar();

  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  bool is_on_terminal() const noexcept { return is_on_terminal_; }

  /// Shows that `done` of `bets` bets are done.
  void show(std::int64_t done, std::int64_t bets);

  void erase();

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_on_terminal_;
  const Clock::time_point began_at_;
  Clock::time_point drawn_at_;
  bool is_drawn_ = false;
};

/// The text of the bar, as wide as an ordinary terminal: `done` of `bets` after `elapsed`.
std::string progress_bar(std::int64_t done, std::int64_t bets,
                         std::chrono::duration<double> elapsed);

}  // namespace lottery
