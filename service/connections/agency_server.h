#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include <memory>
#include <vector>

#include "network/tls/tls_server.h"
#include "protocol/request.h"
#include "service/connections/accept_errors.h"
#include "service/connections/connection_metrics.h"
#include "service/connections/connection_registry.h"
#include "service/connections/server_limits.h"
#include "service/connections/thread_shortage.h"
#include "service/lottery.h"

namespace lottery {

/// A bound socket to listen on.
struct Port {
  Poco::Net::ServerSocket socket;
  Dialect dialect = Dialect::typed;  ///< Dialect::single_bet, or Dialect::typed for all others
  const TlsServer* tls = nullptr;    ///< null: plaintext
};

/// Serves agencies on one or more ports, with one thread per connection.
class AgencyServer {
 public:
  /// Listens on `ports`, and serves until it is destroyed. The limits apply to all ports together.
  /// `lottery` and the objects that `ports` refers to must outlive this.
  AgencyServer(std::vector<Port> ports, const ServerLimits& limits, Lottery& lottery);

  ~AgencyServer() { stop(); }

  /// Stops accepting, finishes and answers what was read, and closes every connection; logs each
  /// step. Then ends all reads of the ledger: running reads throw. Returns within 5 seconds,
  /// whatever the number of peers and whatever they do. A second call does nothing.
  void stop();

  /// Closes every connection whose certificate would be refused now, and logs why. Any thread.
  void close_refused_connections() { registry_.close_refused(); }

  /// True after stop() was called. Any thread.
  bool is_stopping() const noexcept { return registry_.is_stopping(); }

  /// Counters of messages. Any thread.
  const ConnectionMetrics& metrics() const noexcept { return metrics_; }

  /// The number of connections. Any thread.
  ConnectionRegistry::Counts connections() const { return registry_.counts(); }

  AgencyServer(const AgencyServer&) = delete;
  AgencyServer& operator=(const AgencyServer&) = delete;

 private:
  ServerLimits limits_;
  Lottery& lottery_;
  std::vector<Port> ports_;
  ConnectionMetrics metrics_;
  ConnectionRegistry registry_;
  Poco::ThreadPool threads_;
  AcceptErrors accept_errors_;
  ThreadShortage thread_shortage_;
  bool is_stopped_ = false;
  std::vector<std::unique_ptr<Poco::Net::TCPServer>> servers_;  // last: it uses all of the above
};

}  // namespace lottery
