#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace lottery {

/// Takes one line of what a verification says.
using Say = std::function<void(const std::string&)>;

/// `number` with its noun: `1 bet`, `2 bets`, `2 batches`.
std::string counted(std::int64_t number, const std::string& noun);

/// Something that is checked, such as the books of one agency in one draw.
struct Place {
  std::string name;
  std::int64_t problems = 0;  ///< how many were found there
};

/// Says what a verification finds, and counts the problems. One thread at a time.
class Findings {
 public:
  explicit Findings(const Say& say) : say_(say) {}

  /// Says that something is wrong at `place`.
  void problem(Place& place, const std::string& what);

  /// Says what was checked at `place`, unless there was a problem.
  void right(const Place& place, const std::string& what);

  /// Says what is no problem.
  void note(const Place& place, const std::string& what);

  std::int64_t problems() const noexcept { return problems_; }

 private:
  const Say& say_;
  std::int64_t problems_ = 0;
};

}  // namespace lottery
