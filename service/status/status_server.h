#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include <memory>
#include <string>

#include "service/status/open_connections.h"
#include "service/status/readiness.h"
#include "service/status/snapshot_feed.h"
#include "service/status/snapshot_maker.h"
#include "service/status/status_sources.h"

namespace lottery {

/// The status page over HTTP, on threads of its own: the board, its events, the metrics and the
/// health checks.
class StatusServer {
 public:
  /// Accepts connections on `socket`, which must be listening, until it is destroyed. Serves at
  /// most `connections_max` connections at once; three quarters of them may listen to events.
  /// `host` is the value of status.host. The sources must outlive this.
  StatusServer(const Poco::Net::ServerSocket& socket, const std::string& host, int connections_max,
               const StatusSources& sources);

  /// Closes every connection. Waits only for a query to the database that is in progress.
  ~StatusServer();

  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;

 private:
  const StatusSources sources_;
  Readiness readiness_;
  SnapshotMaker maker_;
  SnapshotFeed feed_;
  OpenConnections connections_;
  Poco::ThreadPool threads_;
  Poco::Net::ServerSocket socket_;
  std::unique_ptr<Poco::Net::TCPServer> server_;  // last member: it uses all of the above
};

}  // namespace lottery
