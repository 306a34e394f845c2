#pragma once

#include <Poco/Net/TCPServer.h>

#include "protocol/request.h"
#include "service/connections/connection_registry.h"

namespace lottery {

/// Registers each new connection of a port, and turns away connections that get no thread. Runs on
/// Poco's accepting thread.
class AdmissionFilter : public Poco::Net::TCPServerConnectionFilter {
 public:
  /// `registry` must outlive this.
  AdmissionFilter(ConnectionRegistry& registry, Dialect dialect)
      : registry_(registry), dialect_(dialect) {}

  /// False if the connection was turned away.
  bool accept(const Poco::Net::StreamSocket& socket) override;

 private:
  ConnectionRegistry& registry_;
  Dialect dialect_;
};

}  // namespace lottery
