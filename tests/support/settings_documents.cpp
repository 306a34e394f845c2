#include "tests/support/settings_documents.h"

#include <cctype>
#include <sstream>
#include <stdexcept>

namespace lottery::test {
namespace {

constexpr std::size_t comment_columns = 104;

std::string sentence_of(const Setting& setting) {
  std::string sentence = setting.meaning;
  sentence.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence.front())));
  if (!setting.range.empty()) sentence += " (" + setting.range + ")";
  return sentence + ".";
}

/// `text` as comment lines.
std::string comment(const std::string& text) {
  std::string lines;
  std::string line(1, '#');
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > comment_columns) {
      lines += line + '\n';
      line.assign(1, '#');
    }
    line += ' ' + word;
  }
  return lines + line + '\n';
}

}  // namespace

std::string properties_file(std::string_view file, std::span<const Setting> settings) {
  std::string text(file.substr(0, file.find("\n\n") + 1));
  for (const Setting& setting : settings) {
    text += '\n' + comment(sentence_of(setting));
    if (setting.key.starts_with("logging.")) text += "# ";
    text.append(setting.key).append(" =");
    if (!setting.default_value.empty()) text.append(" ").append(setting.default_value);
    text += '\n';
  }
  return text;
}

std::string with_settings_table(const std::string& page, const std::string& program,
                                std::span<const Setting> settings) {
  const std::string mark = "<!-- settings of " + program + " -->\n";
  const std::size_t begin = page.find(mark);
  const std::size_t end = page.find("<!-- end -->\n", begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw std::runtime_error("the page has no place for the settings of " + program);
  }
  std::string table = "\n| key | default | values | |\n| --- | --- | --- | --- |\n";
  for (const Setting& setting : settings) {
    std::string value;
    if (!setting.default_value.empty()) value.append("`").append(setting.default_value).append("`");
    table.append("| `").append(setting.key).append("` | ").append(value);
    table.append(" | ").append(setting.range).append(" | ").append(setting.meaning).append(" |\n");
  }
  return page.substr(0, begin) + mark + table + '\n' + page.substr(end);
}

}  // namespace lottery::test
