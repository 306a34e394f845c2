#include "tests/support/postgresql_server.h"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

// Debian's path.
constexpr const char* programs = "/usr/lib/postgresql/15/bin/";

}  // namespace

PostgresqlServer::PostgresqlServer() {
  const std::string folder = folder_.path().string();
  if (::geteuid() == 0) {
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    if (std::system(("chown postgres " + folder).c_str()) != 0) {
      throw std::runtime_error("there is no user postgres");
    }
  }
  run("initdb --pgdata=data --username=lottery --auth=trust --encoding=UTF8 --locale=C.UTF-8 "
      "--no-sync");
  run("pg_ctl --pgdata=data --log=server.log --wait --options=\"-c listen_addresses='' -c "
      "unix_socket_directories=" +
      folder + " -c max_connections=100\" start");
  // Its standard input ends with this process, however that ends. The signals may be for the whole
  // process group.
  const std::string stop = "trap '' HUP INT TERM; cat >/dev/null; " +
                           line_of("pg_ctl --pgdata=data --mode=immediate --wait stop");
  stopper_ = ::popen(stop.c_str(), "we");
  if (stopper_ == nullptr) throw std::runtime_error("popen has failed");
}

PostgresqlServer::~PostgresqlServer() { ::pclose(stopper_); }

std::string PostgresqlServer::new_database(const std::string& options) {
  const std::string name = "lottery_" + std::to_string(++databases_);
  run("psql --host=" + folder_.path().string() +
      " --username=lottery --dbname=postgres --quiet --no-psqlrc --command=\"CREATE DATABASE " +
      name + " " + options + "\"");
  return "host=" + folder_.path().string() + " user=lottery dbname=" + name;
}

std::string PostgresqlServer::socket() const { return (folder_ / ".s.PGSQL.5432").string(); }

std::string PostgresqlServer::line_of(const std::string& command) const {
  const std::string folder = folder_.path().string();
  const std::string as_user = ::geteuid() == 0 ? "runuser -u postgres -- " : "";
  return "cd " + folder + " && " + as_user + programs + command + " >>" + folder +
         "/tests.log 2>&1 </dev/null";
}

void PostgresqlServer::run(const std::string& command) const {
  if (std::system(line_of(command).c_str()) != 0) {
    throw std::runtime_error(command + " has failed: " + read_file(folder_ / "tests.log"));
  }
}

PostgresqlServer& postgresql_server() {
  static PostgresqlServer server;
  return server;
}

}  // namespace lottery::test
