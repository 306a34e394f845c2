#include "service/connections/agency_connection.h"

#include <sys/socket.h>

#include <array>
#include <exception>
#include <optional>
#include <system_error>

#include "program/log.h"
#include "protocol/answer.h"
#include "protocol/frame_reader.h"
#include "service/connections/session.h"

namespace lottery {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds linger_max{1};

std::string name_of_peer(const Poco::Net::StreamSocket& socket) {
  try {
    return socket.peerAddress().toString();
  } catch (const Poco::Exception&) {
    return "unknown";  // it has gone already
  }
}

}  // namespace

AgencyConnection::AgencyConnection(const Poco::Net::StreamSocket& socket, AgencyServer& server,
                                   Dialect dialect)
    : TCPServerConnection(socket),
      server_(server),
      dialect_(dialect),
      peer_(name_of_peer(socket)),
      admission_(server.enter(*this)) {}

AgencyConnection::~AgencyConnection() { server_.leave(*this); }

void AgencyConnection::run() {
  try {
    switch (admission_) {
      case AgencyServer::Admission::served:
        serve();
        break;
      case AgencyServer::Admission::full:
        turn_away(std::string(busy_prefix) + "the service is full: it serves " +
                  std::to_string(server_.limits_.connections_max) + " connections at once");
        break;
      case AgencyServer::Admission::stopping:
        break;
    }
  } catch (const TimedOut& error) {
    log().information(LogLine("close_connection", "success")
                          .field("peer", peer_)
                          .field("reason", error.what())
                          .text());
  } catch (const std::system_error& error) {
    // The peer has gone, without a word or in the middle of one.
    log().debug(LogLine("close_connection", "success")
                    .field("peer", peer_)
                    .field("reason", error.what())
                    .text());
  } catch (const std::exception& error) {
    log().error(LogLine("close_connection", "fail")
                    .field("peer", peer_)
                    .field("error", error.what())
                    .text());
  }
}

void AgencyConnection::stop_reading() noexcept { ::shutdown(socket().impl()->sockfd(), SHUT_RD); }

void AgencyConnection::cut() noexcept { ::shutdown(socket().impl()->sockfd(), SHUT_RDWR); }

void AgencyConnection::serve() {
  FrameReader frames(server_.limits_.message_bytes_max,
                     dialect_ == Dialect::single_bet ? MessageEnd::lf : MessageEnd::cr_lf);
  Session session(server_.lottery_, peer_, dialect_);
  Deadline deadline = deadline_from_now();
  bool was_inside_message = false;

  for (;;) {
    // What has come already is handled before anything is flushed: one sync for all of it.
    const bool flushes = session.is_flushed() || session.is_full() || server_.is_stopping();
    auto bytes = flushes ? std::nullopt : receive_now(socket().impl()->sockfd(), frames.space());
    if (!bytes || *bytes == 0) {
      send(session.flush());
      if (bytes) return;
      if (session.is_over() || server_.is_stopping()) return linger();
      if (!frames.inside_message()) deadline = deadline_from_now();  // of the silence
      bytes = receive_some(socket().impl()->sockfd(), frames.space(), deadline);
      if (*bytes == 0) return;
    }
    auto read_at = steady_clock::now();
    frames.received(*bytes);

    bool message_ended = false;
    while (const auto message = frames.next()) {
      message_ended = true;
      session.handle(*message);
      if (session.is_full()) send(session.flush());
      if (session.awaited_draw() != nullptr) {
        await_draw(session);
        read_at = steady_clock::now();  // nothing was read in the meantime
      }
      if (session.is_over()) break;
    }
    if (!session.is_over() && frames.too_long()) {
      session.refuse("the message is longer than " +
                     std::to_string(server_.limits_.message_bytes_max) + " bytes");
    }
    if (session.is_over()) {
      send(session.flush());
      return linger();
    }

    if (frames.inside_message()) {
      if (message_ended || !was_inside_message) {
        deadline = read_at + server_.limits_.idle_timeout;  // of the message that has begun
      } else if (read_at >= deadline) {
        send(session.flush());
        throw TimedOut();  // bytes drip in, and the message does not end
      }
    }
    was_inside_message = frames.inside_message();
  }
}

void AgencyConnection::await_draw(Session& session) {
  send(session.flush());
  const Deadline deadline = steady_clock::now() + server_.limits_.await_winners_max;
  while (const auto* const draw = session.awaited_draw()) {
    // A stop of the service ends the reading, and so this wait, as a peer that has gone does.
    switch (wait_for_event(draw->descriptor(), socket().impl()->sockfd(), deadline)) {
      case EventWait::happened:
        session.draw_happened();
        break;
      case EventWait::peer_ended:
      case EventWait::deadline:
        session.stop_awaiting();
        break;
    }
  }
}

void AgencyConnection::turn_away(std::string_view reason) {
  std::string answer;
  append_error(answer, dialect_, reason);
  send(answer);
  linger();
}

void AgencyConnection::send(std::string_view answers) {
  send_all(socket().impl()->sockfd(), answers, deadline_from_now());
}

void AgencyConnection::linger() {
  ::shutdown(socket().impl()->sockfd(), SHUT_WR);
  const Deadline deadline = steady_clock::now() + linger_max;
  std::array<char, 4096> discarded{};
  std::size_t bytes = 0;
  do {
    bytes = server_.is_stopping() ? receive_now(socket().impl()->sockfd(), discarded).value_or(0)
                                  : receive_some(socket().impl()->sockfd(), discarded, deadline);
  } while (bytes != 0 && steady_clock::now() < deadline);
}

Deadline AgencyConnection::deadline_from_now() const {
  return steady_clock::now() + server_.limits_.idle_timeout;
}

}  // namespace lottery
