#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace lottery {

/// Receives one line of a verification's report.
using Say = std::function<void(const std::string&)>;

/// `number` with its noun: `1 bet`, `2 bets`, `2 batches`.
std::string counted(std::int64_t number, const std::string& noun);

/// A checked item, such as the books of one agency in one draw.
struct Place {
  std::string name;
  std::int64_t problems = 0;  ///< number of problems found
};

/// Reports the findings of a verification, and counts the problems. One thread at a time.
class Findings {
 public:
  explicit Findings(const Say& say) : say_(say) {}

  /// Reports that something is wrong at `place`.
  void problem(Place& place, const std::string& what);

  /// Reports what was checked at `place`, unless a problem was found there.
  void right(const Place& place, const std::string& what);

  /// Reports something that is not a problem.
  void note(const Place& place, const std::string& what);

  std::int64_t problems() const noexcept { return problems_; }

 private:
  const Say& say_;
  std::int64_t problems_ = 0;
};

}  // namespace lottery
