#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The kinds of settings' values. A kind has
///
///     Value                    the type of the value
///     std::string range()      the accepted texts, in words: "1 to 65535"; empty: any text
///     Value parse(text)        throws BadValue
///
/// A setting that needs a kind of its own can define it next to its declaration.
namespace lottery {

/// A text is not accepted. what() completes a sentence that begins with the key and the text, for
/// example "is not a whole number from 1 to 65535".
class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws BadValue.
std::int32_t parse_whole_number(const std::string& text, std::int32_t min, std::int32_t max);

/// A whole number from `min` to `max`, as a `Number`: an integer, a duration, an AgencyId ...
template <typename Number = std::int32_t>
struct WholeNumber {
  using Value = Number;

  std::int32_t min = 0;
  std::int32_t max = 0;

  std::string range() const { return std::to_string(min) + " to " + std::to_string(max); }
  Value parse(const std::string& text) const {
    return Value{static_cast<Representation>(parse_whole_number(text, min, max))};
  }

 private:
  // std::size_t{int} would be a narrowing conversion.
  template <typename T>
  struct Represented {
    using Type = std::int32_t;
  };
  template <std::integral T>
  struct Represented<T> {
    using Type = T;
  };
  using Representation = typename Represented<Number>::Type;
};

/// A port to listen on.
struct PortToListenOn {
  using Value = std::optional<std::uint16_t>;  ///< empty: no port; 0: any free port

  static std::string range() { return "1 to 65535, any or none"; }
  static Value parse(const std::string& text);
};

/// The path of a file.
struct FilePath {
  using Value = std::filesystem::path;

  static std::string range() { return "a path"; }
  static Value parse(const std::string& text);
};

/// The path of a file, or empty.
struct OptionalFilePath {
  using Value = std::filesystem::path;  ///< may be empty

  static std::string range() { return "a path, or empty"; }
  static Value parse(const std::string& text);
};

/// A host and a port to connect to. The host is not resolved: its name may become known later.
struct HostAndPort {
  using Value = std::string;

  static std::string range() { return "host:port"; }
  static Value parse(const std::string& text);
};

/// Hosts and ports to connect to, separated by commas; spaces around them are ignored.
struct HostsAndPorts {
  using Value = std::vector<std::string>;  ///< in order; at least one, without duplicates

  static constexpr std::size_t addresses_max = 16;

  static std::string range() {
    return "host:port, or up to " + std::to_string(addresses_max) + " of them, separated by commas";
  }
  static Value parse(const std::string& text);
};

/// One of several words.
template <typename Meaning>
struct Choice {
  using Value = Meaning;

  std::vector<std::pair<std::string, Meaning>> words;

  std::string range() const {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i > 0) list += i + 1 < words.size() ? ", " : " or ";
      list += words[i].first;
    }
    return list;
  }
  Value parse(const std::string& text) const {
    const auto found = std::find_if(words.begin(), words.end(),
                                    [&](const auto& word) { return word.first == text; });
    if (found == words.end()) throw BadValue("is not " + range());
    return found->second;
  }
};

}  // namespace lottery
