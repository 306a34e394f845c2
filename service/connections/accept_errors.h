#pragma once

#include <Poco/ErrorHandler.h>

#include <string>

#include "service/connections/connection_registry.h"
#include "service/connections/repeated_failure.h"

namespace lottery {

/// Logs the errors that Poco's threads get outside of a connection, such as those of accept(2),
/// until the service stops. A repeated error is logged once. Poco has one error handler per
/// process: this object, while it lives.
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
