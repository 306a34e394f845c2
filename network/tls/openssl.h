#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace lottery {

/// Frees OpenSSL's objects.
struct OpenSslDeleter {
  void operator()(SSL* object) const noexcept { SSL_free(object); }
  void operator()(SSL_CTX* object) const noexcept { SSL_CTX_free(object); }
  void operator()(X509* object) const noexcept { X509_free(object); }
  void operator()(X509_CRL* object) const noexcept { X509_CRL_free(object); }
  void operator()(X509_STORE_CTX* object) const noexcept { X509_STORE_CTX_free(object); }
  void operator()(EVP_PKEY* object) const noexcept { EVP_PKEY_free(object); }
  void operator()(BIO* object) const noexcept { BIO_free_all(object); }
  void operator()(STACK_OF(X509) * object) const noexcept { sk_X509_pop_free(object, X509_free); }
  void operator()(GENERAL_NAMES* object) const noexcept { GENERAL_NAMES_free(object); }
};

template <typename Object>
using OpenSsl = std::unique_ptr<Object, OpenSslDeleter>;

/// OpenSSL's text for the last error in this thread. Clears the error.
std::string openssl_problem();

}  // namespace lottery
