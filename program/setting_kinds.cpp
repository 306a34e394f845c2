#include "program/setting_kinds.h"

#include <string_view>

#include "text/decimal.h"
#include "text/printable.h"

namespace lottery {
namespace {

constexpr std::int32_t port_max = 65535;
constexpr const char* blanks = " \t";

/// `text` without leading and trailing spaces and tabs.
std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_port(std::string_view text) {
  const auto port = parse_decimal(text);
  return port && *port >= 1 && *port <= port_max;
}

}  // namespace

std::int32_t parse_whole_number(const std::string& text, std::int32_t min, std::int32_t max) {
  const auto value = parse_decimal(text);
  if (!value || *value < min || *value > max) {
    throw BadValue("is not a whole number from " + std::to_string(min) + " to " +
                   std::to_string(max));
  }
  return *value;
}

PortToListenOn::Value PortToListenOn::parse(const std::string& text) {
  if (text == "none") return std::nullopt;
  if (text == "any") return 0;
  if (text == "0") {
    throw BadValue("is not a port: write 'any' for a free port, or 'none' for no port");
  }
  if (!is_port(text)) throw BadValue("is not a port from 1 to 65535, any or none");
  return static_cast<std::uint16_t>(*parse_decimal(text));
}

FilePath::Value FilePath::parse(const std::string& text) {
  if (text.empty()) throw BadValue("is not the path of a file");
  return OptionalFilePath::parse(text);
}

OptionalFilePath::Value OptionalFilePath::parse(const std::string& text) {
  // The programs would take a leading ~ for the name of a folder.
  if (text.starts_with('~')) {
    throw BadValue(
        "begins with ~, which only a shell replaces, and only at the start of an unquoted word: "
        "write the whole path, or begin with ./~ if the file's own name begins with ~");
  }
  return text;
}

HostAndPort::Value HostAndPort::parse(const std::string& text) {
  const std::string expected = "is not of the form host:port";
  if (const std::size_t scheme = text.find("://"); scheme != std::string::npos) {
    throw BadValue(expected + ": leave out " + text.substr(0, scheme + 3));
  }
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && colon > 0 && is_port(text.substr(colon + 1));
  if (!has_port) throw BadValue(expected + ", with a port from 1 to 65535");
  const std::string host = text.substr(0, colon);
  if (host.find_first_of(blanks) != std::string::npos) {
    throw BadValue(expected + ": a host has no spaces");
  }
  if (host.find(':') != std::string::npos && !(host.starts_with('[') && host.ends_with(']'))) {
    throw BadValue(expected + ": an IPv6 address is written in brackets, such as [::1]:12345");
  }
  return text;
}

HostsAndPorts::Value HostsAndPorts::parse(const std::string& text) {
  if (text.find(',') == std::string::npos) return {HostAndPort::parse(std::string(trimmed(text)))};
  Value addresses;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::string address(trimmed(rest.substr(0, comma)));
    if (address.empty()) throw BadValue("has an empty address: separate addresses with one comma");
    try {
      HostAndPort::parse(address);
    } catch (const BadValue& error) {
      throw BadValue("has the address " + in_quotes(address) + ", which " + error.what());
    }
    if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) {
      throw BadValue("has the address " + in_quotes(address) + " twice");
    }
    addresses.push_back(address);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (addresses.size() > addresses_max) {
    throw BadValue("has " + std::to_string(addresses.size()) + " addresses, but at most " +
                   std::to_string(addresses_max) + " are allowed");
  }
  return addresses;
}

}  // namespace lottery
