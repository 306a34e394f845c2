#include "service/status/host_header.h"

#include <Poco/Net/IPAddress.h>
#include <Poco/String.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

namespace lottery {
namespace {

std::string own_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

bool is_port(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Checks the characters first: Poco accepts what inet_aton(3) accepts, which includes any text
/// after a space.
bool is_address(const std::string& text) {
  if (text.find_first_not_of("0123456789abcdefABCDEF.:") != std::string::npos) return false;
  Poco::Net::IPAddress address;
  return Poco::Net::IPAddress::tryParse(text, address);
}

}  // namespace

HostHeader::HostHeader(std::string_view configured)
    : names_{"localhost", Poco::toLower(own_name()), Poco::toLower(std::string(configured))} {
  std::erase(names_, "");
}

bool HostHeader::is_ours(std::string_view header) const {
  if (header.starts_with('[')) {
    const std::size_t end = header.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view rest = header.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
    return is_address(std::string(header.substr(1, end - 1)));
  }
  const std::size_t colon = header.find(':');
  if (colon != std::string_view::npos && !is_port(header.substr(colon + 1))) return false;
  std::string name = Poco::toLower(std::string(header.substr(0, colon)));
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return true;
  return is_address(name);
}

}  // namespace lottery
