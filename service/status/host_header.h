#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lottery {

/// Checks the Host header of requests, against DNS rebinding: a page of another host, whose name a
/// hostile DNS server resolves to our address, must not get in. Its requests carry that host's
/// name, which is refused. An address can't be rebound, so every address is accepted; a container
/// does not know under which address its port is published.
class HostHeader {
 public:
  /// Accepts `localhost`, this machine's name, every address, and `configured`, the value of
  /// status.host.
  explicit HostHeader(std::string_view configured);

  /// `header` is `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`. Any port is accepted, for the
  /// same reason.
  bool is_ours(std::string_view header) const;

 private:
  std::vector<std::string> names_;  // in lower case
};

}  // namespace lottery
