#pragma once

#include <span>
#include <string>
#include <string_view>

#include "program/settings.h"

/// The files that list the settings, generated from the declarations in the programs. Prose in
/// these files is written by hand and kept.
namespace lottery::test {

/// A properties file with every setting at its default; the `logging.` settings are comments. The
/// first paragraph is taken from `file`.
std::string properties_file(std::string_view file, std::span<const Setting> settings);

/// `page` with the table of `program`'s settings between the marks `<!-- settings of PROGRAM -->`
/// and `<!-- end -->`. Throws std::runtime_error if there are no marks.
std::string with_settings_table(const std::string& page, const std::string& program,
                                std::span<const Setting> settings);

}  // namespace lottery::test
