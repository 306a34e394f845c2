#pragma once

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace lottery::test {

/// A PostgreSQL server of the tests' own, in a folder of its own and on a Unix socket there. It
/// runs as the user postgres if the tests run as root, which PostgreSQL refuses. It ends with this
/// object.
class PostgresqlServer {
 public:
  /// Throws std::runtime_error, with what its programs have said, if it does not start.
  PostgresqlServer();
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  /// Makes an empty database, and returns a connection string for it. `options` are those of CREATE
  /// DATABASE.
  std::string new_database(const std::string& options = {});

  /// The path of its socket, for connections that a test hands on.
  std::string socket() const;

 private:
  void run(const std::string& command) const;

  TemporaryFolder folder_;
  int databases_ = 0;
};

/// The one server of this process.
PostgresqlServer& postgresql_server();

}  // namespace lottery::test
