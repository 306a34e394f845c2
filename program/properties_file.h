#pragma once

#include <Poco/Util/PropertyFileConfiguration.h>

#include <cstddef>
#include <functional>
#include <map>
#include <sstream>
#include <string>

namespace lottery {

/// A properties file, read by Poco. Poco accepts every line and remembers none. This class adds the
/// line number of each key, and refuses a file with an unknown key, a repeated key, a line that is
/// not `key = value`, or bytes that are not text.
class PropertiesFile final : public Poco::Util::PropertyFileConfiguration {
 public:
  /// Reads `file`. `is_known` returns true if a key is a setting. Throws SettingsError.
  PropertiesFile(std::string file, std::function<bool(const std::string& key)> is_known);

  /// The place of a key that the file contains, as in "FILE, line 3".
  std::string place_of(const std::string& key) const;

 private:
  /// Poco calls this with each key that it has read and its value.
  void setRaw(const std::string& key, const std::string& value) override;

  void check_is_text() const;

  /// The offset of the first entry after `offset`, skipping empty lines and comments.
  std::size_t begin_of_entry(std::size_t offset) const;

  std::string place(std::size_t offset) const;

  std::string file_;
  std::function<bool(const std::string&)> is_known_;
  std::string content_;
  std::istringstream stream_;                   // reads content_, for Poco
  std::size_t end_of_last_entry_ = 0;           // in content_
  std::map<std::string, std::size_t> offsets_;  // of each key in content_
};

}  // namespace lottery
