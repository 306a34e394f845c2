#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lottery {

/// How far an upload is, for whoever watches it: a bar on a terminal, once it takes long enough to
/// be worth one; a log line for each batch elsewhere. One thread.
class Progress {
 public:
  /// `bets` is how many there are in all.
  explicit Progress(std::int64_t bets);

  /// Takes the bar away.
  ~Progress();

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Says that the service has acknowledged a batch of `bets` more bets.
  void batch_stored(std::int64_t bets);

  /// Says that all of them are stored.
  void all_stored();

 private:
  using Clock = std::chrono::steady_clock;

  void erase();

  const std::int64_t bets_;
  const bool on_terminal_;
  const Clock::time_point began_at_;
  Clock::time_point drawn_at_;
  std::int64_t stored_ = 0;
  bool is_drawn_ = false;
};

/// The bar, as wide as an ordinary terminal: `stored` of `bets` after `elapsed`.
std::string progress_bar(std::int64_t stored, std::int64_t bets,
                         std::chrono::duration<double> elapsed);

}  // namespace lottery
