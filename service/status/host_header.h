#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lottery {

/// Decides which Host headers are accepted. This protects against DNS rebinding: a hostile page
/// whose name resolves to our address sends its own name in this header, and is refused. Addresses
/// can't be rebound, so all addresses are accepted: a container does not know the address under
/// which its port is published.
class HostHeader {
 public:
  /// Accepts `localhost`, this machine's name, every address, and `configured`, the value of
  /// status.host.
  explicit HostHeader(std::string_view configured);

  /// `header` is `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`. Any port is accepted, for the
  /// same reason.
  bool is_ours(std::string_view header) const;

 private:
  std::vector<std::string> names_;  // lower case
};

}  // namespace lottery
