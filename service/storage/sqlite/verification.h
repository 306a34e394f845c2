#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace lottery {

/// Checks a database without changing or serving it: SQLite's own integrity check; the schema;
/// every draw's books against its rows, batch by batch; that each bet is one that could be stored,
/// stands in one batch, and that none is missing between them; and the winners of every draw
/// against its bets. A service may be writing to it meanwhile: what is checked is the database as
/// it was when the check began.
///
/// `say` gets one line for each thing that was checked, and what was found. Returns true where all
/// is right. Throws DatabaseError where the file is no lottery's database of the current version.
bool verify_database(const std::filesystem::path& path,
                     const std::function<void(const std::string&)>& say);

}  // namespace lottery
