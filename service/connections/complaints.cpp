#include "service/connections/complaints.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lottery {
namespace {

constexpr std::size_t remembered_max = 8;

void write(Poco::Message::Priority priority, const LogLine& line) {
  log().log(Poco::Message(log().name(), line.text(), priority));
}

bool is_power_of_ten(std::int64_t number) noexcept {
  while (number >= 10 && number % 10 == 0) number /= 10;
  return number == 1;
}

}  // namespace

Complaints::~Complaints() {
  for (Complaint& complaint : remembered_) sum_up(complaint);
}

void Complaints::add(Poco::Message::Priority priority, LogLine line) {
  const auto known =
      std::find_if(remembered_.begin(), remembered_.end(), [&](const Complaint& complaint) {
        return complaint.priority == priority && complaint.line.text() == line.text();
      });
  if (known != remembered_.end()) {
    ++known->repeats;
    if (known->repeats >= 10 && is_power_of_ten(known->repeats)) sum_up(*known);
    return;
  }
  if (remembered_.size() == remembered_max) {
    sum_up(remembered_.front());
    remembered_.pop_front();
  }
  write(priority, line);
  remembered_.push_back({.priority = priority, .line = std::move(line)});
}

void Complaints::sum_up(Complaint& complaint) {
  if (complaint.repeats == complaint.repeats_logged) return;
  complaint.repeats_logged = complaint.repeats;
  LogLine line = complaint.line;
  line.field("repeats", complaint.repeats);
  write(complaint.priority, line);
}

}  // namespace lottery
