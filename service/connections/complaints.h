#pragma once

#include <Poco/Message.h>

#include <cstdint>
#include <deque>

#include "program/log.h"

namespace lottery {

/// Logs problems with the messages of one connection, and summarizes repeats, so that a peer that
/// keeps sending the same bad message can't fill the log. One thread.
///
/// The first of several equal lines is logged at once. Its 10th, 100th, 1,000th (and so on)
/// repetition is logged with the number of repeats, and so is the end of the connection. Only a few
/// different lines are remembered; a new one replaces the oldest, which is summarized in the log.
class Complaints {
 public:
  Complaints() = default;
  ~Complaints();
  Complaints(const Complaints&) = delete;
  Complaints& operator=(const Complaints&) = delete;

  void add(Poco::Message::Priority priority, LogLine line);

 private:
  struct Complaint {
    Poco::Message::Priority priority = Poco::Message::PRIO_ERROR;
    LogLine line;
    std::int64_t repeats = 0;
    std::int64_t repeats_logged = 0;
  };

  static void sum_up(Complaint& complaint);

  std::deque<Complaint> remembered_;  // oldest first
};

}  // namespace lottery
