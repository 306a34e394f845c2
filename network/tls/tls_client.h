#pragma once

#include <memory>
#include <string>

#include "network/stream.h"
#include "network/tls/tls_context.h"

namespace lottery {

/// The client's side of TLS: its own certificate, if it has one, and the CA of the service's
/// certificate. One thread at a time.
class TlsClient {
 public:
  /// `files.certificate` may be empty. Throws TlsFileError.
  explicit TlsClient(TlsFiles files);

  /// A stream whose begin() performs the handshake with the service at the other end of `wire`. The
  /// service's certificate must name `host`, which is a name, or an address without brackets. This
  /// object must outlive the stream.
  std::unique_ptr<Stream> connect(std::unique_ptr<Stream> wire, const std::string& host) const;

  /// What a refused client should know about its own certificate, as the end of a sentence.
  std::string own_certificate() const;

 private:
  TlsFiles files_;
  TlsContext context_;
};

}  // namespace lottery
