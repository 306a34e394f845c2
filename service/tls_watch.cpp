#include "service/tls_watch.h"

#include "network/tls/certificate.h"
#include "program/log.h"

namespace lottery {
namespace {

constexpr std::chrono::hours warn_before{7 * 24};
constexpr std::chrono::hours warn_again_after{24};

}  // namespace

void TlsWatch::reload() {
  try {
    tls_.reload();
    warned_at_.clear();
    log().information(LogLine("reload_certificates", "success").text());
  } catch (const TlsFileError& error) {
    log().error(LogLine("reload_certificates", "fail")
                    .field("error", std::string(error.what()) + "; the old files stay in use")
                    .text());
  }
}

void TlsWatch::warn(Time now) {
  for (const Expiry& expiry : tls_.expiries()) {
    if (now < expiry.at - warn_before) continue;
    const auto [warned, is_new] = warned_at_.try_emplace(expiry.file.string(), now);
    if (!is_new && now < warned->second + warn_again_after) continue;
    warned->second = now;
    log().warning(LogLine("certificate_expiry", now < expiry.at ? "warning" : "fail")
                      .field("file", expiry.file.string())
                      .field("valid_until", to_string(expiry.at))
                      .text());
  }
}

}  // namespace lottery
