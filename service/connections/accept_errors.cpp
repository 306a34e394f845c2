#include "service/connections/accept_errors.h"

#include <Poco/Exception.h>

#include <chrono>
#include <exception>
#include <thread>

namespace lottery {
namespace {

// A process that has reached its limit of descriptors gets the same error again at once, endlessly.
// This pause limits the rate.
constexpr std::chrono::milliseconds pause{100};

}  // namespace

AcceptErrors::AcceptErrors(const ConnectionRegistry& registry)
    : registry_(registry), previous_(Poco::ErrorHandler::set(this)) {}

AcceptErrors::~AcceptErrors() { Poco::ErrorHandler::set(previous_); }

void AcceptErrors::exception(const Poco::Exception& error) { report(error.displayText()); }
void AcceptErrors::exception(const std::exception& error) { report(error.what()); }
void AcceptErrors::exception() { report("unknown"); }

void AcceptErrors::report(const std::string& error) {
  // When the service stops, it shuts down the listening sockets while threads still accept from
  // them.
  if (registry_.is_stopping()) return;
  failure_.happened(error, 0, RepeatedFailure::Clock::now());
  std::this_thread::sleep_for(pause);
}

}  // namespace lottery
