#include "agency_client/service_connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

#include "program/deadline_io.h"
#include "protocol/text.h"

namespace lottery {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds connect_timeout{10};

// A service that closes after an ERROR does so at once.
constexpr std::chrono::seconds close_timeout{1};

// The longest answer is that of an agency with very many winners.
constexpr std::size_t answer_bytes_max = 256UL * 1024 * 1024;

}  // namespace

ServiceConnection::ServiceConnection(ServiceAddress address, const StopSignal& stop)
    : address_(std::move(address)), stop_(stop), frames_(answer_bytes_max) {}

void ServiceConnection::connect() {
  if (is_connected()) return;
  std::string problem;
  try {
    auto socket = std::make_unique<Poco::Net::StreamSocket>();
    socket->connectNB(Poco::Net::SocketAddress(address_.host_and_port));
    const int descriptor = socket->impl()->sockfd();
    wait_for(descriptor, POLLOUT, steady_clock::now() + connect_timeout, stop_.descriptor());
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) throw std::system_error(error, std::generic_category());
    socket->setNoDelay(true);
    socket_ = std::move(socket);
    frames_ = FrameReader(answer_bytes_max);
    return;
  } catch (const Poco::Exception& error) {
    problem = error.displayText();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  throw ServiceUnavailable("the service at " + address_.host_and_port +
                           " can't be reached: " + problem);
}

Answer ServiceConnection::ask(std::string_view message) {
  const auto deadline = steady_clock::now() + address_.answer_timeout;
  std::string problem;
  try {
    // Nothing is read before the first question, so this is the answer to one that was asked
    // before.
    if (frames_.next()) throw std::runtime_error("it has answered a question twice");
    try {
      send_all(socket_->impl()->sockfd(), message, deadline, stop_.descriptor());
    } catch (const std::system_error&) {
      // The service has closed; what it said before it did may still be there to be read.
    }
    auto decoded = decode_answer(receive_message(deadline));
    if (const auto* bad = std::get_if<BadAnswer>(&decoded)) throw std::runtime_error(bad->problem);
    auto& answer = std::get<Answer>(decoded);
    const auto* error = std::get_if<Error>(&answer);
    if (error == nullptr || !is_being_closed()) return std::move(answer);
    const std::string reason = as_reason(error->reason);
    close();
    throw TurnedAway("the service at " + address_.host_and_port +
                     " has turned this agency away: " + reason);
  } catch (const TurnedAway&) {
    throw;
  } catch (const TimedOut&) {
    problem = "it takes longer than " + std::to_string(address_.answer_timeout.count()) + " s";
  } catch (const std::exception& error) {
    problem = error.what();
  }
  close();
  throw AnswerLost("the service at " + address_.host_and_port + " does not answer: " + problem);
}

std::string_view ServiceConnection::receive_message(steady_clock::time_point deadline) {
  for (;;) {
    if (const auto message = frames_.next()) return *message;
    if (frames_.too_long()) {
      throw std::runtime_error("its answer is longer than " + std::to_string(answer_bytes_max) +
                               " bytes");
    }
    const std::size_t bytes =
        receive_some(socket_->impl()->sockfd(), frames_.space(), deadline, stop_.descriptor());
    if (bytes == 0) throw std::runtime_error("it has closed the connection");
    frames_.received(bytes);
  }
}

bool ServiceConnection::is_being_closed() {
  // The answer lives in frames_, so what comes now must go elsewhere; nothing should.
  std::array<char, 1> unexpected{};
  try {
    return receive_some(socket_->impl()->sockfd(), unexpected, steady_clock::now() + close_timeout,
                        stop_.descriptor()) == 0;
  } catch (const TimedOut&) {
    return false;
  } catch (const std::system_error&) {
    return true;
  }
}

void ServiceConnection::close() noexcept { socket_.reset(); }

}  // namespace lottery
