#include "agency_client/service_connection.h"

#include <Poco/Exception.h>

#include <system_error>
#include <utility>
#include <variant>

#include "network/connect.h"
#include "network/deadline.h"
#include "text/printable.h"

namespace lottery {
namespace {

// The longest answer lists the winners of an agency with very many.
constexpr std::size_t answer_bytes_max = 256UL * 1024 * 1024;

// A service that closes after each answer does so within a millisecond, or later if it is busy.
// Only the first wait can cost a client this time; later waits end with the close.
constexpr std::chrono::milliseconds first_look{100};
constexpr std::chrono::milliseconds later_look{1000};

constexpr std::chrono::seconds handshake_timeout{10};

/// `host` for `host:port`, and `::1` for `[::1]:port`.
std::string host_of(const std::string& host_and_port) {
  std::string host = host_and_port.substr(0, host_and_port.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

ServiceConnection::ServiceConnection(ServiceAccess access, Interruption stop)
    : access_(std::move(access)), stop_(stop), frames_(answer_bytes_max) {
  if (access_.tls) tls_.emplace(*access_.tls);
}

std::unique_ptr<Stream> ServiceConnection::begin_stream() {
  auto stream = lottery::connect(address(), stop_);
  if (tls_) stream = tls_->connect(std::move(stream), host_of(address()));
  stream->begin(Clock::now() + handshake_timeout);
  return stream;
}

void ServiceConnection::connect() {
  if (is_connected() && is_answered_ && unanswered_ == 0) {
    close_if_service_has_closed(Clock::now());
  }
  if (is_connected()) return;
  std::string problem;
  try {
    stream_ = begin_stream();
    frames_ = FrameReader(answer_bytes_max);
    unanswered_ = 0;
    is_answered_ = false;
    return;
  } catch (const CertificateRefused&) {
    throw;
  } catch (const Poco::Exception& error) {
    problem = error.displayText();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  throw ServiceUnavailable("the service at " + address() + " can't be reached: " + problem);
}

void ServiceConnection::await_habitual_close() {
  if (!is_connected() || !is_answered_ || unanswered_ != 0 || habit_ == Habit::stays_open) return;
  close_if_service_has_closed(Clock::now() + (habit_ == Habit::unknown ? first_look : later_look));
  habit_ = is_connected() ? Habit::stays_open : Habit::closes;
}

void ServiceConnection::close_if_service_has_closed(Deadline deadline) {
  switch (stream_->wait_for_event(stop_.descriptor(), deadline)) {
    case EventWait::happened:
      throw Interrupted();
    case EventWait::peer_ended:
      return close();
    case EventWait::deadline:
      return;
  }
}

template <typename Step>
auto ServiceConnection::closing_on_failure(std::chrono::seconds time_max, Step step) {
  std::string problem;
  try {
    return step(Clock::now() + time_max);
  } catch (const TurnedAway&) {
    close();
    throw;
  } catch (const CertificateRefused&) {
    close();
    throw;
  } catch (const TimedOut&) {
    problem = "it takes longer than " + std::to_string(time_max.count()) + " s";
  } catch (const std::exception& error) {
    problem = error.what();
  }
  close();
  throw AnswerLost("the service at " + address() + " does not answer: " + problem);
}

void ServiceConnection::send(std::string_view message) {
  closing_on_failure(access_.answer_timeout, [&](Deadline deadline) {
    // Nothing is read before the first message is sent, so this answers a message sent earlier.
    if (unanswered_ == 0 && frames_.next()) {
      throw std::runtime_error("it has answered a question twice");
    }
    ++unanswered_;
    try {
      stream_->send_all(message, deadline);
    } catch (const std::system_error&) {
      // The service has closed; bytes that it sent before may still be there to read.
    }
  });
}

Answer ServiceConnection::receive(std::chrono::seconds held_max) {
  return closing_on_failure(access_.answer_timeout + held_max, [&](Deadline deadline) {
    auto decoded = decode_answer(receive_message(deadline));
    --unanswered_;
    is_answered_ = true;
    if (const auto* bad = std::get_if<InvalidAnswer>(&decoded))
      throw std::runtime_error(bad->problem);
    auto& answer = std::get<Answer>(decoded);
    const auto* error = std::get_if<Error>(&answer);
    if (error != nullptr && error->reason.starts_with(busy_prefix)) {
      throw TurnedAway("the service at " + address() + " is " + as_reason(error->reason));
    }
    return std::move(answer);
  });
}

Answer ServiceConnection::ask(std::string_view message, std::chrono::seconds held_max) {
  send(message);
  return receive(held_max);
}

std::string_view ServiceConnection::receive_message(Deadline deadline) {
  for (;;) {
    if (const auto message = frames_.next()) return *message;
    if (frames_.too_long()) {
      throw std::runtime_error("its answer is longer than " + std::to_string(answer_bytes_max) +
                               " bytes");
    }
    const std::size_t bytes = stream_->receive_some(frames_.space(), deadline);
    if (bytes == 0) throw std::runtime_error("it has closed the connection");
    frames_.received(bytes);
  }
}

void ServiceConnection::close() noexcept { stream_.reset(); }

void ServiceConnection::use_next_address() noexcept {
  close();
  if (address_count() == 1) return;
  current_ = (current_ + 1) % address_count();
  habit_ = Habit::unknown;
}

}  // namespace lottery
