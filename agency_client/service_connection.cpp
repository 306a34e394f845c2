#include "agency_client/service_connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>
#include <utility>
#include <variant>

#include "program/deadline_io.h"
#include "program/log.h"

namespace lottery {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{5000};

// The longest answer is that of an agency with very many winners.
constexpr std::size_t answer_bytes_max = 256UL * 1024 * 1024;

/// Half to all of `pause`, so that agencies which lost the service together do not return together.
milliseconds jittered(milliseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(
      std::uniform_int_distribution<milliseconds::rep>(pause.count() / 2, pause.count())(random));
}

}  // namespace

ServiceConnection::ServiceConnection(ServiceAddress address, const StopSignal& stop)
    : address_(std::move(address)), stop_(stop), frames_(answer_bytes_max) {}

void ServiceConnection::connect() {
  if (is_connected()) return;
  const auto give_up_at = steady_clock::now() + address_.reach_timeout;
  for (milliseconds pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    std::string problem;
    try {
      connect_once(give_up_at);
      return;
    } catch (const Poco::Exception& error) {
      problem = error.displayText();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    const milliseconds wait = jittered(pause);
    if (steady_clock::now() + wait >= give_up_at) {
      throw ServiceUnreachable("the service at " + address_.host_and_port +
                               " can't be reached: " + problem);
    }
    log().warning(LogLine("connect", "fail")
                      .field("address", address_.host_and_port)
                      .field("error", problem)
                      .field("retry_in_ms", wait.count())
                      .text());
    pause_until(steady_clock::now() + wait, stop_.descriptor());
  }
}

void ServiceConnection::connect_once(steady_clock::time_point deadline) {
  auto socket = std::make_unique<Poco::Net::StreamSocket>();
  const Poco::Net::SocketAddress address(address_.host_and_port);
  socket->connectNB(address);
  const int descriptor = socket->impl()->sockfd();
  wait_for(descriptor, POLLOUT, deadline, stop_.descriptor());
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) throw std::system_error(error, std::generic_category());
  socket->setNoDelay(true);
  socket_ = std::move(socket);
  frames_ = FrameReader(answer_bytes_max);
}

Answer ServiceConnection::ask(std::string_view message) {
  std::string problem;
  try {
    const auto deadline = steady_clock::now() + address_.answer_timeout;
    const int descriptor = socket_->impl()->sockfd();
    send_all(descriptor, message, deadline, stop_.descriptor());
    for (;;) {
      if (const auto answer = frames_.next()) {
        auto decoded = decode_answer(*answer);
        if (auto* good = std::get_if<Answer>(&decoded)) return std::move(*good);
        problem = std::get<BadAnswer>(decoded).problem;
        break;
      }
      if (frames_.too_long()) {
        problem = "its answer is longer than " + std::to_string(answer_bytes_max) + " bytes";
        break;
      }
      const std::size_t bytes =
          receive_some(descriptor, frames_.space(), deadline, stop_.descriptor());
      if (bytes == 0) {
        problem = "it has closed the connection";
        break;
      }
      frames_.received(bytes);
    }
  } catch (const TimedOut&) {
    problem = "it takes longer than " + std::to_string(address_.answer_timeout.count()) + " s";
  } catch (const std::system_error& error) {
    problem = error.what();
  }
  close();
  throw ServiceUnreachable("the service at " + address_.host_and_port +
                           " does not answer: " + problem);
}

void ServiceConnection::close() noexcept { socket_.reset(); }

}  // namespace lottery
