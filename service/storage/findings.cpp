#include "service/storage/findings.h"

namespace lottery {

std::string counted(std::int64_t number, const std::string& noun) {
  std::string text = std::to_string(number) + " " + noun;
  if (number != 1) text += noun.ends_with("ch") ? "es" : "s";
  return text;
}

void Findings::problem(Place& place, const std::string& what) {
  ++place.problems;
  ++problems_;
  say_(place.name + ": WRONG: " + what);
}

void Findings::right(const Place& place, const std::string& what) {
  if (place.problems == 0) say_(place.name + ": " + what + ": right");
}

void Findings::note(const Place& place, const std::string& what) { say_(place.name + ": " + what); }

}  // namespace lottery
