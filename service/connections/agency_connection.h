#pragma once

#include <Poco/Net/TCPServerConnection.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "network/stream.h"
#include "protocol/request.h"
#include "service/connections/connection_metrics.h"
#include "service/connections/connection_registry.h"
#include "service/connections/server_limits.h"
#include "service/lottery.h"

namespace lottery {

class FrameReader;
class Session;

/// One connection of an agency: reads messages, hands them to a Session, sends its answers. Lives
/// and runs on a thread of Poco's.
class AgencyConnection : public Poco::Net::TCPServerConnection {
 public:
  /// What all connections share; it must outlive them.
  struct Service {
    const ServerLimits& limits;
    ConnectionRegistry& registry;
    Lottery& lottery;
    ConnectionMetrics& metrics;
  };

  /// `stream` is that of `socket`, which the registry has accepted; its begin() was not called.
  AgencyConnection(const Poco::Net::StreamSocket& socket, std::unique_ptr<Stream> stream,
                   const Service& service, Dialect dialect);

  void run() override;

 private:
  /// The handshake. The answers to its failures have been sent when it throws.
  std::optional<PeerCertificate> begin();
  void serve(std::optional<PeerCertificate> certificate);

  /// Tells a peer that has begun with TLS, on a port without it, in the words of TLS.
  void refuse_tls();

  /// Holds the answer to AWAIT_WINNERS until the draw, until its time is over, or until the peer or
  /// the service ends. Reads nothing in the meantime: what the peer sends stays in its socket.
  void await_draw(Session& session);

  /// Sends the answers, and waits for as long as the session asks for, or until the peer or the
  /// service ends.
  void pause(Session& session);

  /// After the last bytes of the peer: if they end with LF, refuses them, and says that they have
  /// no CR LF. Otherwise the peer has gone in the middle of a message, and needs no answer.
  void refuse_lf_only(Session& session, const FrameReader& frames);

  /// Tells the peer that the service is full, and closes so that the peer can still read it.
  void turn_away(std::string_view reason);

  /// Sends all answers that wait, within one idle timeout.
  void send_answers(Session& session);

  void linger();
  Deadline deadline_from_now() const;

  Service service_;
  Dialect dialect_;
  Registration registration_;
  Stream& stream_;  // the registration's
};

}  // namespace lottery
