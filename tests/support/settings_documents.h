#pragma once

#include <span>
#include <string>
#include <string_view>

#include "program/settings.h"

/// The files that say which settings there are, as the declarations in the programs have them. What
/// is prose in these files is written by hand and kept.
namespace lottery::test {

/// A properties file with every setting at its default; those of `logging.` are comments. Its first
/// paragraph is that of `file`.
std::string properties_file(std::string_view file, std::span<const Setting> settings);

/// `page` with the table of `program`'s settings between its marks, which are the lines
/// `<!-- settings of PROGRAM -->` and `<!-- end -->`. Throws std::runtime_error if there are none.
std::string with_settings_table(const std::string& page, const std::string& program,
                                std::span<const Setting> settings);

}  // namespace lottery::test
