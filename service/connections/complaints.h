#pragma once

#include <Poco/Message.h>

#include <cstdint>
#include <deque>

#include "program/log.h"

namespace lottery {

/// Logs what is wrong with the messages of one connection, and sums up repeats: a peer that sends
/// the same bad message again and again must not fill the log. One thread.
///
/// The first of several equal lines is logged at once. The line is logged again, with the number of
/// its repeats, at the 10th, the 100th, the 1,000th and so on, and when the connection ends. A few
/// different lines are remembered at a time; the oldest makes room for a new one, and is summed up.
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

  std::deque<Complaint> remembered_;  // the oldest first
};

}  // namespace lottery
