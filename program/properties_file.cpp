#include "program/properties_file.h"

#include <Poco/String.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <utility>

#include "program/settings_error.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

std::string read_file(const std::string& file) {
  const auto unreadable = [&](const std::string& why) {
    return SettingsError("the configuration file '" + file + "' can't be read: " + why);
  };
  if (std::filesystem::is_directory(file)) throw unreadable("it is a folder");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw unreadable(std::generic_category().message(errno));
  try {
    return {std::istreambuf_iterator<char>(stream), {}};
  } catch (const std::ios_base::failure& error) {
    throw unreadable(error.code().message());
  }
}

}  // namespace

PropertiesFile::PropertiesFile(std::string file, std::function<bool(const std::string&)> is_known)
    : file_(std::move(file)),
      is_known_(std::move(is_known)),
      content_(read_file(file_)),
      stream_(content_) {
  check_is_text();
  load(stream_);
}

void PropertiesFile::check_is_text() const {
  for (const std::string_view mark : {"\xFF\xFE", "\xFE\xFF"}) {
    if (content_.starts_with(mark)) throw SettingsError(file_ + ": is UTF-16; save it as UTF-8");
  }
  if (content_.starts_with("\xEF\xBB\xBF")) {
    throw SettingsError(
        place(0) + ": begins with a byte order mark (BOM); save the file as UTF-8 without BOM");
  }
  std::istringstream lines(content_);
  std::size_t offset = 0;
  for (std::string line; std::getline(lines, line); offset += line.size() + 1) {
    const std::string text = Poco::trim(line);
    if (!is_utf8(text)) {
      throw SettingsError(place(offset) + ": is not UTF-8, but perhaps Latin-1; save the file as " +
                          "UTF-8: " + in_quotes(text));
    }
    if (has_control_character(Poco::replace(text, "\t", " "))) {
      throw SettingsError(place(offset) + ": is not text: " + in_quotes(text));
    }
  }
}

void PropertiesFile::setRaw(const std::string& key, const std::string& value) {
  // Poco has just read the line or lines that end before this offset.
  const std::istream::pos_type position = stream_.tellg();
  const std::size_t end =
      position < 0 ? content_.size() : static_cast<std::size_t>(std::streamoff(position));
  const std::size_t begin = begin_of_entry(std::exchange(end_of_last_entry_, end));
  const std::string at = place(begin) + ": ";
  const bool has_separator =
      !value.empty() ||
      content_.substr(begin, end - begin).find_first_of("=:") != std::string::npos;
  if (!has_separator) throw SettingsError(at + in_quotes(key) + " is not of the form key = value");
  if (!is_known_(key)) {
    throw SettingsError(at + in_quotes(key) + " is not a setting; --help lists all settings");
  }
  if (!offsets_.emplace(key, begin).second) {
    throw SettingsError(at + in_quotes(key) + " was set on an earlier line already");
  }
  PropertyFileConfiguration::setRaw(key, value);
}

std::size_t PropertiesFile::begin_of_entry(std::size_t offset) const {
  for (;;) {
    offset = std::min(content_.find_first_not_of(" \t\r\n\v\f", offset), content_.size());
    const bool is_comment =
        offset != content_.size() && (content_[offset] == '#' || content_[offset] == '!');
    if (!is_comment) return offset;
    offset = std::min(content_.find_first_of("\r\n", offset), content_.size());
  }
}

std::string PropertiesFile::place_of(const std::string& key) const {
  return place(offsets_.at(key));
}

std::string PropertiesFile::place(std::size_t offset) const {
  const auto begin = content_.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(std::min(offset, content_.size()));
  return file_ + ", line " + std::to_string(1 + std::count(begin, end, '\n'));
}

}  // namespace lottery
