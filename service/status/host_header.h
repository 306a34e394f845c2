#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lottery {

/// Which hosts a request may be addressed to, by its Host header. A page of another host, whose
/// name a hostile DNS server answers with our address (DNS rebinding), is not let in: its requests
/// have its own name in that header. An address can't be rebound, so every address is let in: a
/// container does not know under which one its port is published.
class HostHeader {
 public:
  /// Lets in `localhost`, this machine's name, every address, and `configured`, which is what
  /// status.host says.
  explicit HostHeader(std::string_view configured);

  /// `header` is `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`. The port may be any, for
  /// the same reason.
  bool is_ours(std::string_view header) const;

 private:
  std::vector<std::string> names_;  // in lower case
};

}  // namespace lottery
