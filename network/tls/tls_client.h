#pragma once

#include <memory>
#include <string>

#include "network/stream.h"
#include "network/tls/tls_context.h"

namespace lottery {

/// What a client needs in order to speak TLS with the service: its own certificate, if it has one,
/// and the CA of the service's certificate. One thread at a time.
class TlsClient {
 public:
  /// `files.certificate` may be empty. Throws TlsFileError.
  explicit TlsClient(TlsFiles files);

  /// A stream whose begin() shakes hands with the service at the other end of `wire`, whose
  /// certificate must name `host`: a name, or an address without brackets. This must outlive it.
  std::unique_ptr<Stream> connect(std::unique_ptr<Stream> wire, const std::string& host) const;

  /// What a refused client should know of its own certificate, as the end of a sentence.
  std::string own_certificate() const;

 private:
  TlsFiles files_;
  TlsContext context_;
};

}  // namespace lottery
