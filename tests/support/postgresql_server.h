#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace lottery::test {

/// A PostgreSQL server for tests, in its own folder and on a Unix socket there. It runs as the user
/// postgres if the tests run as root, because PostgreSQL refuses to run as root. It ends with this
/// object, and with this process if that is killed.
class PostgresqlServer {
 public:
  /// Throws std::runtime_error, with the output of PostgreSQL's programs, if the server does not
  /// start.
  PostgresqlServer();
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  /// Creates an empty database and returns a connection string for it. `options` are appended to
  /// CREATE DATABASE.
  std::string new_database(const std::string& options = {});

  /// The path of its socket, for connections through a proxy.
  std::string socket() const;

 private:
  /// The line for a shell that runs one of PostgreSQL's programs.
  std::string line_of(const std::string& command) const;

  void run(const std::string& command) const;

  TemporaryFolder folder_;
  std::FILE* stopper_ = nullptr;  // the input of a process that stops the server when it ends
  int databases_ = 0;
};

/// The one server of this process.
PostgresqlServer& postgresql_server();

}  // namespace lottery::test
