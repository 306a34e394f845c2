#pragma once

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <atomic>
#include <string>
#include <string_view>

#include "service/status/host_header.h"
#include "service/status/readiness.h"
#include "service/status/snapshot_feed.h"
#include "service/status/status_sources.h"

namespace lottery {

/// Answers the requests to the status port. Any thread.
class StatusPages : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  /// At most `listeners_max` peers may listen to /events at once. The feed and `readiness` must
  /// outlive this.
  StatusPages(const StatusSources& sources, const SnapshotFeed& feed, Readiness& readiness,
              HostHeader host, int listeners_max);

  /// Poco calls this for each request when its header is complete, and deletes the handler.
  Poco::Net::HTTPRequestHandler* createRequestHandler(
      const Poco::Net::HTTPServerRequest& request) override;

 private:
  using Request = Poco::Net::HTTPServerRequestImpl;
  using Response = Poco::Net::HTTPServerResponse;
  class Handler;

  void answer(Request& request, Response& response);

  /// Sends snapshots until the peer disconnects or stops reading, or the feed is over.
  void send_events(Request& request, Response& response);

  const StatusSources sources_;
  const SnapshotFeed& feed_;
  Readiness& readiness_;
  const HostHeader host_;
  const int listeners_max_;
  std::atomic<int> listeners_ = 0;
};

}  // namespace lottery
