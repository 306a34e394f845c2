#include "service/connections/agency_server.h"

#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/Net/TCPServerParams.h>
#include <sys/socket.h>

#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "network/plain_stream.h"
#include "program/log.h"
#include "protocol/answer.h"
#include "service/connections/admission_filter.h"
#include "service/connections/agency_connection.h"

namespace lottery {
namespace {

// How long a thread of the pool waits for a connection before it ends.
constexpr int thread_idle_seconds = 60;

// How long a thread that has ended a connection waits for the next one in the queue before it
// returns to the pool. TCPServer::stop() wakes the threads that wait in the queue, but misses one
// that is about to wait. So this also bounds how long a stop takes.
constexpr std::chrono::milliseconds queue_wait_max{250};

// Ample for the few stack frames of a connection. Only touched pages use memory.
constexpr int thread_stack_bytes = 512 * 1024;

class ConnectionFactory : public Poco::Net::TCPServerConnectionFactory {
 public:
  ConnectionFactory(const AgencyConnection::Service& service, const Port& port)
      : service_(service), dialect_(port.dialect), tls_(port.tls) {}

  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override {
    // Poco deletes the object.
    return new AgencyConnection(socket, stream_over(socket), service_, dialect_);
  }

 private:
  std::unique_ptr<Stream> stream_over(const Poco::Net::StreamSocket& socket) const {
    auto plain = std::make_unique<PlainStream>(socket);
    if (tls_ == nullptr) return plain;
    std::string answer;
    append_error(answer, dialect_, "this port speaks TLS 1.3, and nothing else");
    return tls_->accept(std::move(plain), std::move(answer));
  }

  AgencyConnection::Service service_;
  Dialect dialect_;
  const TlsServer* tls_;
};

}  // namespace

AgencyServer::AgencyServer(std::vector<Port> ports, const ServerLimits& limits, Lottery& lottery)
    : limits_(limits),
      lottery_(lottery),
      ports_(std::move(ports)),
      registry_(limits.connections_max, limits.connections_per_address_max),
      threads_("agencies", 1, registry_.threads_max(), thread_idle_seconds, thread_stack_bytes),
      accept_errors_(registry_),
      thread_shortage_(registry_) {
  // Poco silently drops connections when its queue is full. The registry bounds the queue, and
  // there are as many threads as the registry accepts connections, so a connection leaves the queue
  // at once. ThreadShortage handles a system that starts fewer threads.
  Poco::Net::TCPServerParams::Ptr params = new Poco::Net::TCPServerParams;
  params->setMaxThreads(threads_.capacity());
  params->setMaxQueued(std::numeric_limits<int>::max());
  params->setThreadIdleTime(Poco::Timespan(std::chrono::microseconds(queue_wait_max).count()));

  const AgencyConnection::Service service{limits_, registry_, lottery, metrics_};
  for (Port& port : ports_) {
    port.socket.listen(limits_.backlog);
    servers_.push_back(std::make_unique<Poco::Net::TCPServer>(new ConnectionFactory(service, port),
                                                              threads_, port.socket, params));
    servers_.back()->setConnectionFilter(new AdmissionFilter(registry_, port.dialect));
    servers_.back()->start();
  }
}

void AgencyServer::stop() {
  if (std::exchange(is_stopped_, true)) return;
  const auto step = [](const char* action, const char* result) {
    log().information(LogLine(action, result).text());
  };

  // TCPServer::stop() leaves the listening socket open, may accept one more connection, and does
  // not affect open connections that wait in a read.
  step("close_listening_socket", "in_progress");
  registry_.begin_stop();
  for (Port& port : ports_) ::shutdown(port.socket.impl()->sockfd(), SHUT_RD);
  for (const auto& server : servers_) server->stop();
  for (Port& port : ports_) port.socket.close();
  step("close_listening_socket", "success");

  step("close_connections", "in_progress");
  registry_.end_all([this] { lottery_.end_reads(); });
  threads_.joinAll();
  // If all connections left in time, nothing has ended the reads yet: the status page may read.
  lottery_.end_reads();
  step("close_connections", "success");
}

}  // namespace lottery
