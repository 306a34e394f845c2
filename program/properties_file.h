#pragma once

#include <Poco/Util/PropertyFileConfiguration.h>

#include <cstddef>
#include <functional>
#include <map>
#include <sstream>
#include <string>

namespace lottery {

/// A properties file, as Poco reads it. Poco takes every line and remembers none; this adds the
/// line of each key, and refuses a file with an unknown key, a key that is there twice, a line that
/// is no `key = value`, or bytes that are not text.
class PropertiesFile final : public Poco::Util::PropertyFileConfiguration {
 public:
  /// Reads `file`. `is_known` says whether a key is a setting. Throws SettingsError.
  PropertiesFile(std::string file, std::function<bool(const std::string& key)> is_known);

  /// "FILE, line 3", of a key that the file has.
  std::string place_of(const std::string& key) const;

 private:
  /// Poco calls this for each key that it has read, with the value.
  void setRaw(const std::string& key, const std::string& value) override;

  void check_is_text() const;

  /// Where the first entry behind `offset` begins: behind empty lines and comments.
  std::size_t begin_of_entry(std::size_t offset) const;

  std::string place(std::size_t offset) const;

  std::string file_;
  std::function<bool(const std::string&)> is_known_;
  std::string content_;
  std::istringstream stream_;                   // of content_, for Poco to read
  std::size_t end_of_last_entry_ = 0;           // in content_
  std::map<std::string, std::size_t> offsets_;  // of each key in content_
};

}  // namespace lottery
