#pragma once

#include <Poco/Message.h>

#include <cstdint>
#include <deque>

#include "program/log.h"

namespace lottery {

/// Logs what is wrong with the messages of one connection, and sums up repetitions, so that a peer
/// that keeps sending the same bad message can't fill the log. One thread.
///
/// The first of several equal lines is logged at once. The line is logged again with the number of
/// repetitions at the 10th, 100th, 1,000th and so on, and when the connection ends. A few different
/// lines are remembered; when a new one needs room, the oldest is summed up and dropped.
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
