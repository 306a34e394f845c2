#include "network/tls/openssl.h"

#include <openssl/err.h>

namespace lottery {

std::string openssl_problem() {
  const unsigned long error = ERR_peek_last_error();
  const char* const reason = ERR_reason_error_string(error);
  std::string problem = reason == nullptr ? "unknown error of OpenSSL" : reason;
  ERR_clear_error();
  return problem;
}

}  // namespace lottery
