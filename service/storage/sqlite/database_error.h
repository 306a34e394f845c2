#pragma once

#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace lottery {

/// A database that can't be used. The sentence names its file and says why.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// SQLite's error on the database at `path` as the rest of a sentence: `is not a database`, for
/// example. Says that the disk is full if it is.
std::string problem_of(const SQLite::Exception& error, const std::filesystem::path& path);

/// The error that the database at `path` has this problem: `is not there`, for example.
DatabaseError database_error(const std::filesystem::path& path, const std::string& problem);

/// Calls `call`, and turns SQLite's exceptions into DatabaseError.
template <typename Call>
auto with_database_errors(const std::filesystem::path& path, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const SQLite::Exception& error) {
    throw database_error(path, problem_of(error, path));
  }
}

}  // namespace lottery
