#pragma once

#include <Poco/Net/TCPServerConnection.h>

#include <string>
#include <string_view>

#include "program/deadline_io.h"
#include "service/connections/agency_server.h"

namespace lottery {

class Session;

/// One connection of an agency: reads messages, hands them to a Session, sends its answers. It
/// runs on a thread of the server's, and belongs to that, but for the functions that say otherwise.
class AgencyConnection : public Poco::Net::TCPServerConnection {
 public:
  AgencyConnection(const Poco::Net::StreamSocket& socket, AgencyServer& server, Dialect dialect);
  ~AgencyConnection() override;
  AgencyConnection(const AgencyConnection&) = delete;
  AgencyConnection& operator=(const AgencyConnection&) = delete;

  void run() override;

  /// Ends the wait for what the peer may say. Any thread.
  void stop_reading() noexcept;

  /// Ends everything, the sending of answers too. Any thread.
  void cut() noexcept;

  const std::string& peer() const noexcept { return peer_; }
  bool was_served() const noexcept { return admission_ == AgencyServer::Admission::served; }

 private:
  void serve();

  /// Holds the answer to AWAIT_WINNERS until the draw, until its time is over, or until the peer or
  /// the service ends. Reads nothing in the meantime: what the peer sends stays in its socket.
  void await_draw(Session& session);

  /// Sends an ERROR, and closes so that the peer can still read it.
  void turn_away(std::string_view reason);
  void send(std::string_view answers);

  /// Ends the sending side, and reads on for a moment, or what is there where the service stops:
  /// closing a socket that holds unread bytes resets the connection, and takes the last answers
  /// from the peer.
  void linger();

  Deadline deadline_from_now() const;

  AgencyServer& server_;
  Dialect dialect_;
  std::string peer_;
  AgencyServer::Admission admission_;
};

}  // namespace lottery
