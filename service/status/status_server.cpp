#include "service/status/status_server.h"

#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <string_view>
#include <utility>

#include "program/log.h"
#include "service/status/bounded_socket.h"
#include "service/status/host_header.h"
#include "service/status/status_pages.h"

namespace lottery {
namespace {

constexpr int thread_idle_seconds = 60;
constexpr int thread_stack_bytes = 512 * 1024;

// How often an idle thread of Poco checks whether the server has stopped. See agency_server.cpp.
constexpr std::chrono::milliseconds look_for_stop_every{250};

Poco::Timespan timespan(std::chrono::microseconds time) { return Poco::Timespan(time.count()); }

/// The reason why a bet could not be stored now.
std::optional<std::string> why_not_ready(const StatusSources& sources) {
  if (sources.server.is_stopping()) return "the service is stopping";
  const auto connections = sources.server.connections();
  if (connections.served >= connections.served_max) {
    return "the service is full: it serves " + std::to_string(connections.served_max) +
           " connections at once";
  }
  try {
    sources.lottery.check_that_it_stores();
  } catch (const std::exception& error) {
    return error.what();
  }
  // That write changes nothing, and may succeed in the space that the database already has. A batch
  // needs more.
  constexpr std::int64_t free_bytes_min = 1024L * 1024;
  if (sources.ledger.files().free_bytes.value_or(free_bytes_min) < free_bytes_min) {
    return "the disk of the database is full";
  }
  return {};
}

/// One connection, for one request.
class StatusConnection : public Poco::Net::HTTPServerConnection {
 public:
  StatusConnection(const Poco::Net::StreamSocket& socket,
                   const Poco::Net::HTTPServerParams::Ptr& params,
                   const Poco::Net::HTTPRequestHandlerFactory::Ptr& pages,
                   OpenConnections& connections)
      : HTTPServerConnection(socket, params, pages),
        connections_(connections),
        entry_(connections.enter(socket)) {}
  ~StatusConnection() override { connections_.leave(entry_); }

  void run() override {
    try {
      HTTPServerConnection::run();
    } catch (const std::exception& error) {
      // The peer has disconnected, is too slow, or has sent an invalid request.
      log().debug(LogLine("status_request", "fail").field("error", error.what()).text());
    }
  }

 private:
  OpenConnections& connections_;
  OpenConnections::Entry entry_;
};

class ConnectionFactory : public Poco::Net::TCPServerConnectionFactory {
 public:
  ConnectionFactory(Poco::Net::HTTPServerParams::Ptr params,
                    Poco::Net::HTTPRequestHandlerFactory::Ptr pages, OpenConnections& connections)
      : params_(std::move(params)), pages_(std::move(pages)), connections_(connections) {}

  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override {
    // Poco deletes the object.
    return new StatusConnection(socket, params_, pages_, connections_);
  }

 private:
  Poco::Net::HTTPServerParams::Ptr params_;
  Poco::Net::HTTPRequestHandlerFactory::Ptr pages_;
  OpenConnections& connections_;
};

/// Turns away a connection beyond the limit.
class ConnectionLimit : public Poco::Net::TCPServerConnectionFilter {
 public:
  explicit ConnectionLimit(OpenConnections& connections) : connections_(connections) {}

  bool accept(const Poco::Net::StreamSocket& socket) override {
    if (connections_.accept()) return true;
    constexpr std::string_view answer =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 24\r\n"
        "Retry-After: 10\r\n\r\nthe status page is full\n";
    // If there is no room for the answer, the peer sees that the connection closes.
    [[maybe_unused]] const ssize_t sent =
        ::send(socket.impl()->sockfd(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return false;
  }

 private:
  OpenConnections& connections_;
};

}  // namespace

StatusServer::StatusServer(const Poco::Net::ServerSocket& socket, const std::string& host,
                           int connections_max, const StatusSources& sources)
    : sources_(sources),
      readiness_([this] { return why_not_ready(sources_); }),
      maker_(sources, readiness_),
      feed_([this](std::size_t seconds) { return maker_.make(seconds); }),
      connections_(connections_max),
      // More threads than connections, because a thread that has just served one is not free yet.
      threads_("status", 1, 2 * connections_max, thread_idle_seconds, thread_stack_bytes),
      socket_(bounded(socket)) {
  Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
  params->setMaxThreads(connections_max);
  params->setMaxQueued(std::numeric_limits<int>::max());  // ConnectionLimit bounds the queue
  params->setThreadIdleTime(timespan(look_for_stop_every));
  params->setTimeout(timespan(BoundedSocket::request_time));
  params->setKeepAlive(false);

  const int listeners_max = std::max(1, connections_max * 3 / 4);
  Poco::Net::HTTPRequestHandlerFactory::Ptr pages =
      new StatusPages(sources_, feed_, readiness_, HostHeader(host), listeners_max);
  server_ = std::make_unique<Poco::Net::TCPServer>(
      new ConnectionFactory(params, pages, connections_), threads_, socket_, params);
  server_->setConnectionFilter(new ConnectionLimit(connections_));
  server_->start();
}

StatusServer::~StatusServer() {
  readiness_.end();
  maker_.end();
  feed_.end();
  server_->stop();  // takes up to a quarter of a second; a connection accepted meanwhile is cut
  socket_.close();
  connections_.cut();
  threads_.joinAll();
}

}  // namespace lottery
