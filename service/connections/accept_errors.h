#pragma once

#include <Poco/ErrorHandler.h>

#include <string>

#include "service/connections/connection_registry.h"
#include "service/connections/repeated_failure.h"

namespace lottery {

/// Logs errors that Poco's threads meet outside of a connection, for example in accept(2), until
/// the service stops. A repeated error is logged once. Poco has one error handler per process; this
/// object is the handler while it exists.
class AcceptErrors : public Poco::ErrorHandler {
 public:
  /// `registry` must outlive this.
  explicit AcceptErrors(const ConnectionRegistry& registry);
  ~AcceptErrors() override;
  AcceptErrors(const AcceptErrors&) = delete;
  AcceptErrors& operator=(const AcceptErrors&) = delete;

  void exception(const Poco::Exception& error) override;
  void exception(const std::exception& error) override;
  void exception() override;

 private:
  void report(const std::string& error);

  const ConnectionRegistry& registry_;
  RepeatedFailure failure_;
  Poco::ErrorHandler* previous_;
};

}  // namespace lottery
