#include "service/status/readiness.h"

#include <chrono>
#include <utility>

namespace lottery {
namespace {

constexpr std::chrono::seconds holds_for{1};
constexpr std::chrono::seconds holds_lately_for{10};
constexpr std::chrono::seconds wait_max{3};

constexpr const char* stopping = "the service is stopping";
constexpr const char* not_checked = "the database was not checked yet";

std::string not_answered() {
  return "the database has not answered for " + std::to_string(wait_max.count()) + " seconds";
}

}  // namespace

Readiness::Readiness(std::function<std::optional<std::string>()> check)
    : check_(std::move(check)) {}

std::optional<std::string> Readiness::why_not() {
  const auto reason = check_.answer(holds_for, wait_max);
  if (check_.is_over()) return stopping;
  return reason ? *reason : not_answered();
}

std::optional<std::string> Readiness::why_not_lately() {
  const auto reason = check_.last(holds_lately_for);
  if (check_.is_over()) return stopping;
  if (check_.is_late(wait_max)) return not_answered();
  return reason ? *reason : not_checked;
}

}  // namespace lottery
