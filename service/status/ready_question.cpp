#include "service/status/ready_question.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/String.h>

#include <array>
#include <istream>
#include <stdexcept>

#include "text/printable.h"

namespace lottery {
namespace {

// Longer than the 3 seconds for which the service itself waits for its database.
constexpr int timeout_seconds = 5;

// The longest reason that is accepted.
constexpr std::size_t line_bytes_max = 1000;

/// The address under which a socket that listens on `host` can be reached.
Poco::Net::IPAddress reachable(const Poco::Net::IPAddress& host) {
  if (!host.isWildcard()) return host;
  return Poco::Net::IPAddress(host.family() == Poco::Net::IPAddress::IPv6 ? "::1" : "127.0.0.1");
}

}  // namespace

std::optional<std::string> ask_whether_ready(const StatusSettings& settings) {
  if (!settings.port) {
    throw std::runtime_error(
        "--ready asks the status page, but status.port is none: set it to a number");
  }
  if (*settings.port == 0) {
    throw std::runtime_error(
        "--ready asks the status page, but status.port is any, so its port is not known: set it to "
        "a "
        "number");
  }
  const Poco::Net::SocketAddress address(reachable(settings.host), *settings.port);
  try {
    Poco::Net::HTTPClientSession session(address);
    session.setTimeout(Poco::Timespan(timeout_seconds, 0));
    Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_GET, "/readyz",
                                   Poco::Net::HTTPMessage::HTTP_1_1);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    std::istream& body = session.receiveResponse(response);
    std::array<char, line_bytes_max> line{};
    body.getline(line.data(), line.size());
    if (response.getStatus() == Poco::Net::HTTPResponse::HTTP_OK) return {};
    return printable(line.data());
  } catch (const Poco::Exception& error) {
    throw std::runtime_error("the status page at " + address.toString() +
                             " does not answer: " + printable(error.displayText()));
  }
}

}  // namespace lottery
