#include "network/tls/tls_server.h"

#include <openssl/err.h>

#include <atomic>
#include <system_error>
#include <utility>

#include "network/tls/certificate.h"
#include "network/tls/tls_stream.h"

namespace lottery {
namespace {

/// The service's end of a connection.
class ServiceTlsStream final : public TlsStream {
 public:
  ServiceTlsStream(std::unique_ptr<Stream> wire, const TlsServer& server, const TlsContext& context,
                   std::string plaintext_answer)
      : TlsStream(std::move(wire), context),
        server_(server),
        plaintext_answer_(std::move(plaintext_answer)) {
    SSL_set_accept_state(&ssl());
  }

  std::optional<PeerCertificate> begin(Deadline deadline) override {
    shake_hands(deadline);
    certificate_.reset(SSL_get1_peer_certificate(&ssl()));
    if (certificate_ == nullptr) throw HandshakeFailed("the peer has sent no certificate");
    intermediates_.reset(X509_chain_up_ref(SSL_get_peer_cert_chain(&ssl())));
    has_begun_ = true;
    return describe(*certificate_);
  }

  std::optional<std::string> why_refused_now() const override {
    if (!has_begun_) return {};
    return server_.refusal(*certificate_, intermediates_.get());
  }

 private:
  [[noreturn]] void fail() override {
    const std::string problem = openssl_problem();
    if (!SSL_is_init_finished(&ssl()) && refused()) {
      throw HandshakeFailed(refused()->certificate +
                            " was refused: " + meaning_of_verification(refused()->error));
    }
    if (SSL_is_init_finished(&ssl())) {
      throw std::system_error(std::make_error_code(std::errc::protocol_error), problem);
    }
    throw HandshakeFailed("the TLS handshake has failed: " + problem);
  }

  [[noreturn]] void fail_without_tls(std::string_view /*bytes*/, Deadline deadline) override {
    wire().send_all(plaintext_answer_, deadline);
    throw HandshakeFailed("the peer does not speak TLS");
  }

  const TlsServer& server_;
  std::string plaintext_answer_;
  OpenSsl<X509> certificate_;
  OpenSsl<STACK_OF(X509)> intermediates_;
  std::atomic<bool> has_begun_ = false;  // the two members above no longer change
};

}  // namespace

TlsServer::TlsServer(TlsFiles files)
    : files_(std::move(files)),
      context_(std::make_shared<const TlsContext>(TlsContext::for_service(files_))) {}

void TlsServer::reload() {
  auto context = std::make_shared<const TlsContext>(TlsContext::for_service(files_));
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

std::unique_ptr<Stream> TlsServer::accept(std::unique_ptr<Stream> wire,
                                          std::string plaintext_answer) const {
  return std::make_unique<ServiceTlsStream>(std::move(wire), *this, *context(),
                                            std::move(plaintext_answer));
}

std::optional<std::string> TlsServer::refusal(X509& certificate,
                                              STACK_OF(X509) * intermediates) const {
  return context()->refusal(certificate, intermediates);
}

std::vector<Expiry> TlsServer::expiries() const { return context()->expiries(); }

std::shared_ptr<const TlsContext> TlsServer::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace lottery
