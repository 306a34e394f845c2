#include "program/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <sstream>

#include "program/standard_streams.h"

namespace lottery {
namespace {

constexpr std::chrono::milliseconds long_work{300};
constexpr std::chrono::milliseconds redraw_interval{100};
constexpr int bar_columns = 20;
constexpr const char* erase_line = "\r\x1b[K";

/// 1234567 as 1,234,567.
std::string grouped(std::int64_t value) {
  std::string digits = std::to_string(value);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  }
  return digits;
}

std::string minutes_and_seconds(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t rest = whole % 60;
  std::string text = std::to_string(whole / 60);
  text += rest < 10 ? ":0" : ":";
  text += std::to_string(rest);
  return text;
}

}  // namespace

std::string progress_bar(std::int64_t done, std::int64_t bets,
                         std::chrono::duration<double> elapsed) {
  // A file that grows during the upload has more bets than were counted.
  const double share = done >= bets ? 1.0 : static_cast<double>(done) / static_cast<double>(bets);
  const auto filled = static_cast<std::size_t>(share * bar_columns);
  const double rate = elapsed.count() > 0 ? static_cast<double>(done) / elapsed.count() : 0.0;
  std::ostringstream bar;
  bar << '[' << std::string(filled, '#') << std::string(bar_columns - filled, '.') << "] "
      << static_cast<int>(share * 100) << " %  " << grouped(done) << " of " << grouped(bets)
      << " bets  " << grouped(static_cast<std::int64_t>(rate)) << "/s";
  if (rate > 0) {
    const auto left = static_cast<double>(std::max<std::int64_t>(bets - done, 0));
    bar << "  " << minutes_and_seconds(left / rate) << " left";
  }
  return bar.str();
}

ProgressBar::ProgressBar()
    : is_on_terminal_(::isatty(STDOUT_FILENO) == 1),
      began_at_(Clock::now()),
      drawn_at_(began_at_) {}

ProgressBar::~ProgressBar() { erase(); }

void ProgressBar::show(std::int64_t done, std::int64_t bets) {
  const auto now = Clock::now();
  if (!is_on_terminal_ || now - began_at_ < long_work || now - drawn_at_ < redraw_interval) return;
  print(erase_line + progress_bar(done, bets, now - began_at_));
  drawn_at_ = now;
  is_drawn_ = true;
}

void ProgressBar::erase() {
  if (is_drawn_) print(erase_line);
  is_drawn_ = false;
}

}  // namespace lottery
