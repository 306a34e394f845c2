#include "benchmarks/postgresql_runs.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "benchmarks/load.h"

namespace lottery::benchmark {
namespace {

using test::ServiceProcess;

constexpr const char* database = "lottery_bench";

/// Drops the database of an earlier run, and makes an empty one.
void make_database(const std::string& connection) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> server(PQconnectdb(connection.c_str()),
                                                          PQfinish);
  for (const std::string& sql :
       {std::string("SET client_min_messages = warning"),
        std::string("DROP DATABASE IF EXISTS ") + database,
        std::string("CREATE DATABASE ") + database + " ENCODING 'UTF8' TEMPLATE template0",
        std::string("CHECKPOINT")}) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(server.get(), sql.c_str()),
                                                                PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      throw std::runtime_error(PQerrorMessage(server.get()));
    }
  }
}

}  // namespace

double upload_to_postgresql(const Workshop& workshop, const PostgresqlUpload& upload) {
  make_database(upload.connection);
  const std::vector<std::string> arguments{
      "--service.max_message_bytes=1048576",
      "--lottery.agencies=" + std::to_string(upload.agencies), "--storage.engine=postgresql",
      "--storage.postgresql.connection=" + upload.connection + " dbname=" + database};
  std::vector<std::unique_ptr<ServiceProcess>> services;
  for (int service = 0; service < upload.services; ++service) {
    const auto folder = workshop.folder / ("service-" + std::to_string(service));
    std::filesystem::create_directories(folder);
    services.push_back(std::make_unique<ServiceProcess>(folder, arguments));
  }
  std::vector<double> seconds(services.size());
  std::vector<std::string> problems(services.size());
  {
    std::vector<std::jthread> loads;
    for (std::size_t service = 0; service < services.size(); ++service) {
      loads.emplace_back([&, service] {
        const int agencies = upload.agencies / upload.services;
        const Load load{.port = services[service]->port(),
                        .agencies = agencies,
                        .first_agency = 1 + static_cast<int>(service) * agencies,
                        .in_flight = 8,
                        .bets = upload.bets / upload.services};
        try {
          seconds[service] = run_load(load, workshop.lines).seconds;
        } catch (const std::exception& error) {
          problems[service] = error.what();
        }
      });
    }
  }
  for (const std::string& problem : problems) {
    if (!problem.empty()) throw std::runtime_error(problem);
  }
  return static_cast<double>(upload.bets) / *std::max_element(seconds.begin(), seconds.end());
}

double bare_postgresql(const Workshop& workshop, const PostgresqlUpload& upload) {
  make_database(upload.connection);
  return run_postgres(workshop, upload.connection + " dbname=" + database, upload.bets, 150,
                      upload.agencies, "transaction");
}

}  // namespace lottery::benchmark
