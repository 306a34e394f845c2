#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace lottery {

/// Writes a consistent copy of the database at `path` to the new file `copy`; a service may be
/// writing meanwhile, and does not wait. The copy is verified, as verify_database does, and synced
/// before it gets its name; where it is not all right it is thrown away, and false is returned.
/// Throws DatabaseError where `copy` is there already or can't be written.
bool back_up_database(const std::filesystem::path& path, const std::filesystem::path& copy,
                      const std::function<void(const std::string&)>& say);

}  // namespace lottery
