#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "protocol/request.h"
#include "service/ledger.h"
#include "service/lottery.h"

namespace lottery {

class AgencyConnection;

struct ServerLimits {
  int backlog = 64;                       ///< connections that wait to be accepted
  int connections_max = 1024;             ///< served at once; one more is told so, and closed
  std::chrono::seconds idle_timeout{60};  ///< for silence, and for one message or its answer
  std::size_t message_bytes_max = 65536;  ///< with its CR LF
  /// How long the answer to AWAIT_WINNERS is held. The protocol says 20 seconds.
  std::chrono::milliseconds await_winners_max{20'000};
};

/// A socket to listen on, which must be bound.
struct Port {
  Poco::Net::ServerSocket socket;
  Dialect dialect = Dialect::typed;  ///< Dialect::single_bet, or all the others
};

/// Serves agencies on one port or more, a thread for each connection.
class AgencyServer {
 public:
  /// Listens on `ports`, and serves until it is destroyed. The limits are for all ports together.
  /// `lottery` and `ledger` must outlive this.
  AgencyServer(std::vector<Port> ports, const ServerLimits& limits, Lottery& lottery,
               Ledger& ledger);

  /// Takes no more connections, finishes and answers what was read, and closes every connection;
  /// logs each step. Returns within 5 seconds, however many peers are connected and whatever they
  /// do.
  ~AgencyServer();

  AgencyServer(const AgencyServer&) = delete;
  AgencyServer& operator=(const AgencyServer&) = delete;

 private:
  friend class AgencyConnection;

  /// Closes connections that there are no threads for at all.
  class Doorkeeper;

  /// Logs what goes wrong outside a connection.
  class AcceptErrors;

  /// What becomes of a connection.
  enum class Admission : std::uint8_t { served, full, stopping };

  /// Counts the connection in; it must call leave() at its end, whatever the answer.
  Admission enter(AgencyConnection& connection);
  void leave(AgencyConnection& connection);

  bool is_stopping();

  ServerLimits limits_;
  Lottery& lottery_;
  Ledger& ledger_;

  std::mutex mutex_;
  std::condition_variable left_;
  std::set<AgencyConnection*> connections_;  // all that have a thread
  std::size_t served_ = 0;                   // those of them that are not being refused
  std::size_t accepted_ = 0;                 // with those that wait for their thread to start
  bool stopping_ = false;

  std::vector<Port> ports_;
  Poco::ThreadPool threads_;
  std::unique_ptr<AcceptErrors> accept_errors_;
  std::vector<std::unique_ptr<Poco::Net::TCPServer>> servers_;  // last: it uses all of the above
};

}  // namespace lottery
