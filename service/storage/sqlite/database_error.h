#pragma once

#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace lottery {

/// A database can't be used. The sentence names its file and says why.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// SQLite's error on the database at `path`, as the rest of a sentence, for example `is not a
/// database`. Says so if the disk is full.
std::string problem_of(const SQLite::Exception& error, const std::filesystem::path& path);

/// An error that names the database at `path` and its problem, for example `is not there`.
DatabaseError database_error(const std::filesystem::path& path, const std::string& problem);

/// Calls `call`, and converts SQLite's exceptions to DatabaseError.
template <typename Call>
auto with_database_errors(const std::filesystem::path& path, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const SQLite::Exception& error) {
    throw database_error(path, problem_of(error, path));
  }
}

}  // namespace lottery
