#include "service/connections/agency_server.h"

#include <Poco/ErrorHandler.h>
#include <Poco/Exception.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/Net/TCPServerParams.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <utility>

#include "program/log.h"
#include "protocol/answer.h"
#include "service/connections/agency_connection.h"

namespace lottery {
namespace {

// Connections beyond the limit that are told so at the same time, each on a thread of its own.
constexpr int turned_away_at_once = 16;

constexpr int thread_idle_seconds = 60;

// How long a thread of Poco's waits for a connection to serve before it looks whether the server
// has stopped. TCPServer::stop() wakes those that wait already, and misses one that is just about
// to.
constexpr std::chrono::milliseconds look_for_stop_every{250};

// Ample for a connection's few frames; only what is touched takes memory.
constexpr int thread_stack_bytes = 512 * 1024;

constexpr std::chrono::milliseconds accept_error_pause{100};

// How a stop spends its 5 seconds: agencies get and read their last answers for this long, then no
// whole books are read any more for this long ...
constexpr std::chrono::milliseconds last_answers_max{3000};
constexpr std::chrono::milliseconds last_errors_max{500};

class ConnectionFactory : public Poco::Net::TCPServerConnectionFactory {
 public:
  ConnectionFactory(AgencyServer& server, Dialect dialect) : server_(server), dialect_(dialect) {}

  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override {
    return new AgencyConnection(socket, server_, dialect_);  // Poco deletes it
  }

 private:
  AgencyServer& server_;
  Dialect dialect_;
};

}  // namespace

class AgencyServer::Doorkeeper : public Poco::Net::TCPServerConnectionFilter {
 public:
  Doorkeeper(AgencyServer& server, Dialect dialect) : server_(server), dialect_(dialect) {}

  bool accept(const Poco::Net::StreamSocket& socket) override {
    {
      const std::lock_guard lock(server_.mutex_);
      const int threads = server_.limits_.connections_max + turned_away_at_once;
      if (server_.accepted_ < static_cast<std::size_t>(threads)) {
        ++server_.accepted_;
        return true;
      }
    }
    std::string answer;
    append_error(answer, dialect_, std::string(busy_prefix) + "the service is full");
    // A new socket's send buffer is empty, so this does not wait. A peer that has gone misses it.
    ::send(socket.impl()->sockfd(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return false;
  }

 private:
  AgencyServer& server_;
  Dialect dialect_;
};

class AgencyServer::AcceptErrors : public Poco::ErrorHandler {
 public:
  explicit AcceptErrors(AgencyServer& server)
      : server_(server), previous_(Poco::ErrorHandler::set(this)) {}
  ~AcceptErrors() override { Poco::ErrorHandler::set(previous_); }
  AcceptErrors(const AcceptErrors&) = delete;
  AcceptErrors& operator=(const AcceptErrors&) = delete;

  void exception(const Poco::Exception& error) override { report(error.displayText()); }
  void exception(const std::exception& error) override { report(error.what()); }
  void exception() override { report("unknown"); }

 private:
  void report(const std::string& error) {
    if (server_.is_stopping()) return;  // its socket has been shut down under it
    log().error(LogLine("accept_connection", "fail").field("error", error).text());
    // A system without free descriptors or threads says so again at once, without end.
    std::this_thread::sleep_for(accept_error_pause);
  }

  AgencyServer& server_;
  Poco::ErrorHandler* previous_;
};

AgencyServer::AgencyServer(std::vector<Port> ports, const ServerLimits& limits, Lottery& lottery,
                           Ledger& ledger)
    : limits_(limits),
      lottery_(lottery),
      ledger_(ledger),
      ports_(std::move(ports)),
      threads_("agencies", 1, limits.connections_max + turned_away_at_once, thread_idle_seconds,
               thread_stack_bytes) {
  // Poco's own queue is unseen by peers and by us; with a thread for everybody whom the doorkeeper
  // lets in, nobody stays in it.
  Poco::Net::TCPServerParams::Ptr params = new Poco::Net::TCPServerParams;
  params->setMaxThreads(threads_.capacity());
  params->setMaxQueued(threads_.capacity());
  params->setThreadIdleTime(Poco::Timespan(std::chrono::microseconds(look_for_stop_every).count()));

  accept_errors_ = std::make_unique<AcceptErrors>(*this);
  for (Port& port : ports_) {
    port.socket.listen(limits_.backlog);
    servers_.push_back(std::make_unique<Poco::Net::TCPServer>(
        new ConnectionFactory(*this, port.dialect), threads_, port.socket, params));
    servers_.back()->setConnectionFilter(new Doorkeeper(*this, port.dialect));
    servers_.back()->start();
  }
}

AgencyServer::~AgencyServer() {
  const auto step = [](const char* action, const char* result) {
    log().information(LogLine(action, result).text());
  };

  // TCPServer::stop() leaves the listening socket open, may take one connection more, and does not
  // touch the open ones, which wait in a read.
  step("close_listening_socket", "in_progress");
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (Port& port : ports_) ::shutdown(port.socket.impl()->sockfd(), SHUT_RD);
  for (const auto& server : servers_) server->stop();
  for (Port& port : ports_) port.socket.close();
  step("close_listening_socket", "success");

  step("close_connections", "in_progress");
  {
    std::unique_lock lock(mutex_);
    for (AgencyConnection* connection : connections_) connection->stop_reading();
    const auto all_left = [this] { return connections_.empty(); };
    if (!left_.wait_for(lock, last_answers_max, all_left)) ledger_.end_long_reads();
    if (!left_.wait_for(lock, last_errors_max, all_left)) {
      // ... and then the connections that are still there are cut.
      for (AgencyConnection* connection : connections_) connection->cut();
      left_.wait(lock, all_left);
    }
  }
  threads_.joinAll();
  step("close_connections", "success");
}

AgencyServer::Admission AgencyServer::enter(AgencyConnection& connection) {
  const std::lock_guard lock(mutex_);
  connections_.insert(&connection);
  if (stopping_) return Admission::stopping;
  if (served_ == static_cast<std::size_t>(limits_.connections_max)) return Admission::full;
  ++served_;
  return Admission::served;
}

void AgencyServer::leave(AgencyConnection& connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(&connection);
  --accepted_;
  if (connection.was_served()) --served_;
  if (stopping_) {
    log().information(
        LogLine("close_connection", "success").field("peer", connection.peer()).text());
  }
  left_.notify_all();
}

bool AgencyServer::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

}  // namespace lottery
