#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "benchmarks/asking_peers.h"
#include "tests/support/process.h"

namespace lottery::benchmark {

/// Where the benchmark works, and with what.
struct Workshop {
  std::filesystem::path folder;       ///< for databases and bets files, on the disk to be measured
  std::filesystem::path bets_folder;  ///< agency-1.csv and so on
  std::vector<std::string> lines;     ///< the bets in there
  std::string service = LOTTERY_SERVICE_PROGRAM;  ///< the program that is measured
};

/// An upload by agency_client processes.
struct Upload {
  int agencies = 5;
  std::size_t batch = 150;
  std::int64_t bets = 0;     ///< of all agencies together, evenly
  bool is_over_tls = false;  ///< with a certificate from every agency
};

/// Runs the whole lottery in processes, and returns durable bets a second: from before the first
/// agency_client is started to when the last agency's books are closed. So the reading and checking
/// of the files and the balancing of the books count. Throws std::runtime_error if a client
/// fails.
double upload_with_clients(const Workshop& workshop, const Upload& upload);

/// What connections over TLS cost.
struct TlsCost {
  double handshakes_a_second = 0;  ///< with the peers' part, on the same processors
  double mebibytes = 0;            ///< of the service, with all connections idle after a full batch
};

TlsCost connect_over_tls(const Workshop& workshop, int connections);

struct BesidePeers {
  double bets_a_second = 0;  ///< as of upload_with_clients()
  std::int64_t answers = 0;  ///< that the peers had meanwhile
  double wal_mebibytes = 0;  ///< the greatest size of the WAL
};

/// The same beside `peers` peers that ask `question` without end, for one more agency, whose book
/// of `book` bets is open. Throws std::runtime_error if a client or a peer fails.
BesidePeers upload_beside_peers(const Workshop& workshop, const Upload& upload, int peers,
                                Question question, std::int64_t book);

struct BesideBoards {
  double bets_a_second = 0;        ///< as of upload_with_clients()
  double scrape_milliseconds = 0;  ///< that one scrape of /metrics in a hundred exceeded
  double seconds_a_batch = 0;      ///< of processor time that the service took
};

/// The same beside `boards` open boards and, if `is_scraped`, somebody who scrapes the metrics
/// fifty times a second. Throws std::runtime_error if a client or a board fails.
BesideBoards upload_beside_boards(const Workshop& workshop, const Upload& upload, int boards,
                                  bool is_scraped);

/// What bare_loop prints.
struct BareLoop {
  double bets_a_second = 0;
  double median_seconds = 0;  ///< of one transaction
  double mean_seconds = 0;
  double p99_seconds = 0;
};

/// `rows` bets are inserted with one statement.
BareLoop run_bare_loop(const Workshop& workshop, std::int64_t bets, std::size_t batch,
                       std::size_t rows = 1);

/// Bets a second through so many clients of the PostgreSQL at `connection`, with "copy", "insert"
/// or "transaction" (see postgres_loop.cpp).
double run_postgres(const Workshop& workshop, const std::string& connection, std::int64_t bets,
                    std::size_t batch, int clients, const std::string& way);

/// Calls `use` with a running service on an empty database of its own, whose path it gets too, and
/// stops it.
void with_service(
    const Workshop& workshop, const std::vector<std::string>& arguments,
    const std::function<void(test::ServiceProcess&, const std::filesystem::path&)>& use);

/// The memory that a process has now (VmRSS), in MiB. Throws std::runtime_error once it has ended.
double resident_mebibytes(const test::Process& process);

/// The greatest memory that a process has had so far (VmHWM), in MiB; 0 once it has ended.
double peak_mebibytes(const test::Process& process);

/// The time that a process has run on any core so far, in seconds. Throws std::system_error.
double cpu_seconds(const test::Process& process);

/// The peak memory of an agency_client that uploads a file of `bets` bets, from beginning to end.
double client_peak_mebibytes(const Workshop& workshop, std::int64_t bets);

}  // namespace lottery::benchmark
