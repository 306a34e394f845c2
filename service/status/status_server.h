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

/// The status page: the board, its events, the metrics and the health checks, over HTTP, on its own
/// threads.
class StatusServer {
 public:
  /// Serves connections from `socket`, which must listen, until it is destroyed. At most
  /// `connections_max` at once; at most three quarters of them may listen to events. `host` is the
  /// value of status.host. The sources must outlive this.
  StatusServer(const Poco::Net::ServerSocket& socket, const std::string& host, int connections_max,
               const StatusSources& sources);

  /// Closes every connection. Waits only for a running query of the database.
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
  std::unique_ptr<Poco::Net::TCPServer> server_;  // last: it uses all of the above
};

}  // namespace lottery
