#pragma once

#include <Poco/Net/TCPServer.h>

#include "protocol/request.h"
#include "service/connections/connection_registry.h"

namespace lottery {

/// Registers each connection of a port when it comes, and turns those away that get no thread.
/// Runs on Poco's thread that accepts.
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
