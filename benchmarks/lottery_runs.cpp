#include "benchmarks/lottery_runs.h"

#include <SQLiteCpp/Database.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "benchmarks/load.h"
#include "benchmarks/open_boards.h"
#include "benchmarks/tls_peers.h"
#include "protocol/request.h"
#include "tests/support/certificates.h"
#include "tests/support/temporary_folder.h"

namespace lottery::benchmark {
namespace {

using test::Process;
using test::ServiceProcess;
using Words = std::vector<std::string>;

constexpr std::chrono::seconds program_time_max{600};

double file_mebibytes(const std::filesystem::path& path) {
  return static_cast<double>(std::filesystem::file_size(path)) / (1024 * 1024);
}

/// A folder inside the workshop, deleted at the end.
class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;  // what is left over is removed by the next run
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

void write_bets(const Workshop& workshop, const std::filesystem::path& path, std::int64_t bets,
                std::size_t first_line) {
  std::ofstream file(path);
  for (std::int64_t i = 0; i < bets; ++i) {
    file << workshop.lines[(first_line + static_cast<std::size_t>(i)) % workshop.lines.size()]
         << '\n';
  }
  if (!file.flush()) throw std::runtime_error(path.string() + " can't be written");
}

std::string output_of(const Workshop& workshop, const std::string& program,
                      const Words& arguments) {
  Process process(program, arguments, workshop.folder / "program.out");
  if (process.wait(program_time_max) != 0) {
    throw std::runtime_error(program + " has failed: " + process.errors());
  }
  return process.output();
}

std::unique_ptr<Process> start_client(const std::filesystem::path& folder, int agency,
                                      std::uint16_t port, std::size_t batch,
                                      const std::filesystem::path& bets,
                                      const Words& further_options = {}) {
  // The bytes of a batch are no limit here: every batch has as many bets as it is to have.
  Words options{"--agency.id=" + std::to_string(agency),
                "--agency.bets=" + bets.string(),
                "--service.address=127.0.0.1:" + std::to_string(port),
                "--batch.max_bets=" + std::to_string(batch),
                "--batch.max_bytes=1048576",
                "--winners.poll_interval_ms=200"};
  options.insert(options.end(), further_options.begin(), further_options.end());
  return std::make_unique<Process>(AGENCY_CLIENT_PROGRAM, options,
                                   folder / ("agency-" + std::to_string(agency) + ".log"));
}

/// A CA and what it has issued, and how the programs are told of that.
class Certificates {
 public:
  explicit Certificates(const std::filesystem::path& folder) : ca_(folder, "ca") {}

  Words options_of_service() {
    const TlsFiles files = ca_.service_files();
    return {"--service.port=none", "--service.tls.port=any",
            "--service.tls.certificate=" + files.certificate.string(),
            "--service.tls.key=" + files.key.string(),
            "--service.tls.agencies_ca=" + files.trusted.string()};
  }

  TlsFiles files_of_agency(int agency) {
    const auto own = ca_.issue_to_agencies("agency-" + std::to_string(agency), {agency});
    return {.certificate = own.certificate, .key = own.key, .trusted = ca_.certificate()};
  }

  Words options_of_agency(int agency) {
    const TlsFiles files = files_of_agency(agency);
    return {"--service.tls=true", "--service.tls.ca=" + files.trusted.string(),
            "--agency.certificate=" + files.certificate.string(),
            "--agency.key=" + files.key.string()};
  }

 private:
  test::CertificateAuthority ca_;
};

void expect_success(Process& client) {
  if (client.wait(program_time_max) != 0) {
    throw std::runtime_error("an agency_client has failed: " + client.errors());
  }
}

double unix_seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A field of /proc/PID/status, in MiB; 0 once the process has ended.
double memory_field(const Process& process, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(process.id()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stod(line.substr(name.size())) / 1024;
  }
  return 0;
}

}  // namespace

void with_service(const Workshop& workshop, const Words& arguments,
                  const std::function<void(ServiceProcess&, const std::filesystem::path&)>& use) {
  const Folder folder(workshop.folder / "service");
  // Room for a thousand agencies that connect in the same millisecond: one that finds none would
  // try again a second later.
  Words all{"--service.max_message_bytes=1048576", "--service.backlog=1024"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  ServiceProcess service(folder.path(), all, {}, workshop.service);
  use(service, folder.path() / "bets.db");
  if (service.stop() != 0) throw std::runtime_error("the service has failed: " + service.errors());
}

namespace {

/// Clients of agencies 1, 2 and so on, with their files.
class Clients {
 public:
  Clients(const Workshop& workshop, const Upload& upload)
      : folder_(workshop.folder / "agencies"), upload_(upload) {
    constexpr int files_max = 5;  // a hundred agencies have the same bets in twenties
    for (int i = 0; i < std::min(upload.agencies, files_max); ++i) {
      files_.push_back(folder_.path() / ("bets-" + std::to_string(i) + ".csv"));
      write_bets(workshop, files_.back(), bets_of_one(),
                 static_cast<std::size_t>(i) * static_cast<std::size_t>(bets_of_one()));
    }
  }

  /// What the service must be told for these clients.
  Words options_of_service() {
    Words options{"--lottery.agencies=" + std::to_string(upload_.agencies)};
    if (!upload_.is_over_tls) return options;
    Certificates certificates(folder_.path());
    for (int agency = 1; agency <= upload_.agencies; ++agency) {
      options_.push_back(certificates.options_of_agency(agency));
    }
    for (std::string& option : certificates.options_of_service()) {
      options.push_back(std::move(option));
    }
    return options;
  }

  void start(std::uint16_t port) {
    began_at_ = unix_seconds_now();
    for (int agency = 1; agency <= upload_.agencies; ++agency) {
      const auto& file = files_[static_cast<std::size_t>(agency) % files_.size()];
      clients_.push_back(start_client(
          folder_.path(), agency, port, upload_.batch, file,
          options_.empty() ? Words{} : options_[static_cast<std::size_t>(agency) - 1]));
    }
  }

  void expect_success() {
    for (const auto& client : clients_) benchmark::expect_success(*client);
  }

  /// Throws if a client has ended: before the draw, that is a failure.
  void expect_running() {
    for (const auto& client : clients_) {
      if (!client->is_running()) benchmark::expect_success(*client);
    }
  }

  /// How many of the agencies have closed their books.
  int done(SQLite::Database& database) const {
    return database
        .execAndGet("SELECT count(*) FROM agencies WHERE done_at IS NOT NULL AND agency_id <= " +
                    std::to_string(upload_.agencies))
        .getInt();
  }

  /// Durable bets a second, from the start to when the last of them closed its books.
  double bets_a_second(SQLite::Database& database) const {
    const std::string of_clients = " WHERE agency_id <= " + std::to_string(upload_.agencies);
    const std::int64_t stored =
        database.execAndGet("SELECT count(*) FROM bets" + of_clients).getInt64();
    if (stored != bets_of_one() * upload_.agencies) throw std::runtime_error("bets are missing");
    const double ended_at =
        database
            .execAndGet(
                "SELECT (julianday(max(done_at)) - julianday('1970-01-01')) * 86400 "
                "FROM agencies" +
                of_clients)
            .getDouble();
    return static_cast<double>(stored) / (ended_at - began_at_);
  }

 private:
  std::int64_t bets_of_one() const { return upload_.bets / upload_.agencies; }

  Folder folder_;
  Upload upload_;
  std::vector<std::filesystem::path> files_;
  std::vector<Words> options_;  // of each client, if they have any
  std::vector<std::unique_ptr<Process>> clients_;
  double began_at_ = 0;
};

}  // namespace

double upload_with_clients(const Workshop& workshop, const Upload& upload) {
  Clients clients(workshop, upload);
  double bets_a_second = 0;
  with_service(workshop, clients.options_of_service(),
               [&](ServiceProcess& service, const std::filesystem::path& path) {
                 clients.start(service.port());
                 clients.expect_success();
                 SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
                 bets_a_second = clients.bets_a_second(database);
               });
  return bets_a_second;
}

TlsCost connect_over_tls(const Workshop& workshop, int connections) {
  const Folder folder(workshop.folder / "certificates");
  Certificates certificates(folder.path());
  Words options = certificates.options_of_service();
  options.insert(options.end(),
                 {"--lottery.agencies=1", "--service.max_connections_per_address=1024"});
  BetsEncoder batch(AgencyId{1});
  for (std::size_t i = 0; i < 150; ++i) batch.add(workshop.lines[i % workshop.lines.size()]);
  TlsCost cost;
  with_service(workshop, options, [&](ServiceProcess& service, const std::filesystem::path&) {
    TlsPeers peers(service.port(), certificates.files_of_agency(1), connections);
    cost.handshakes_a_second = connections / peers.seconds();
    peers.send(batch.message());
    cost.mebibytes = resident_mebibytes(service);
  });
  return cost;
}

BesidePeers upload_beside_peers(const Workshop& workshop, const Upload& upload, int peers,
                                Question question, std::int64_t book) {
  constexpr std::chrono::milliseconds look_again_after{50};
  const int bystander = upload.agencies + 1;
  Clients clients(workshop, upload);
  BesidePeers result;
  with_service(workshop, {"--lottery.agencies=" + std::to_string(bystander)},
               [&](ServiceProcess& service, const std::filesystem::path& path) {
                 run_load({.port = service.port(),
                           .agencies = 1,
                           .first_agency = bystander,
                           .in_flight = 8,
                           .bets = book},
                          workshop.lines);
                 SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
                 {
                   const AskingPeers asking(service.port(), AgencyId{bystander}, peers, question);
                   const std::filesystem::path wal = path.string() + "-wal";
                   clients.start(service.port());
                   while (clients.done(database) < upload.agencies) {
                     clients.expect_running();
                     result.wal_mebibytes = std::max(result.wal_mebibytes, file_mebibytes(wal));
                     std::this_thread::sleep_for(look_again_after);
                   }
                   result.bets_a_second = clients.bets_a_second(database);
                   result.answers = asking.answers();
                 }
                 close_books(service.port(), bystander);
                 clients.expect_success();
               });
  return result;
}

BesideBoards upload_beside_boards(const Workshop& workshop, const Upload& upload, int boards,
                                  bool is_scraped) {
  constexpr std::chrono::milliseconds look_again_after{50};
  Clients clients(workshop, upload);
  BesideBoards result;
  with_service(workshop,
               {"--lottery.agencies=" + std::to_string(upload.agencies), "--status.port=any"},
               [&](ServiceProcess& service, const std::filesystem::path& path) {
                 const OpenBoards open(service.status_port(), boards);
                 SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
                 std::optional<Scraper> scraper;
                 if (is_scraped) scraper.emplace(service.status_port());
                 const double cpu_before = cpu_seconds(service);
                 clients.start(service.port());
                 while (clients.done(database) < upload.agencies) {
                   clients.expect_running();
                   std::this_thread::sleep_for(look_again_after);
                 }
                 result.seconds_a_batch = (cpu_seconds(service) - cpu_before) *
                                          static_cast<double>(upload.batch) /
                                          static_cast<double>(upload.bets);
                 result.bets_a_second = clients.bets_a_second(database);
                 if (scraper) result.scrape_milliseconds = scraper->p99_milliseconds();
                 open.expect_fine();
                 clients.expect_success();
               });
  return result;
}

BareLoop run_bare_loop(const Workshop& workshop, std::int64_t bets, std::size_t batch,
                       std::size_t rows) {
  const Folder folder(workshop.folder / "bare_loop");
  std::istringstream figures(
      output_of(workshop, BARE_LOOP_PROGRAM,
                {(folder.path() / "bets.db").string(), workshop.bets_folder.string(),
                 std::to_string(bets), std::to_string(batch), std::to_string(rows)}));
  BareLoop result;
  figures >> result.bets_a_second >> result.median_seconds >> result.mean_seconds >>
      result.p99_seconds;
  if (!figures) throw std::runtime_error("bare_loop has said something else: " + figures.str());
  return result;
}

double run_postgres(const Workshop& workshop, const std::string& connection, std::int64_t bets,
                    std::size_t batch, int clients, const std::string& way) {
  return std::stod(output_of(workshop, POSTGRES_LOOP_PROGRAM,
                             {connection, workshop.bets_folder.string(), std::to_string(bets),
                              std::to_string(batch), std::to_string(clients), way}));
}

double resident_mebibytes(const Process& process) {
  const double resident = memory_field(process, "VmRSS:");
  if (resident == 0) throw std::runtime_error("the memory of the service can't be read");
  return resident;
}

double peak_mebibytes(const Process& process) { return memory_field(process, "VmHWM:"); }

double cpu_seconds(const Process& process) {
  clockid_t clock{};
  timespec time{};
  if (const int error = ::clock_getcpuclockid(process.id(), &clock); error != 0) {
    throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
  }
  if (::clock_gettime(clock, &time) != 0) {
    throw std::system_error(errno, std::generic_category(), "clock_gettime");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double client_peak_mebibytes(const Workshop& workshop, std::int64_t bets) {
  const Folder folder(workshop.folder / "agencies");
  const auto file = folder.path() / "agency-1.csv";
  write_bets(workshop, file, bets, 0);
  double peak = 0;
  with_service(workshop, {"--lottery.agencies=1"},
               [&](ServiceProcess& service, const std::filesystem::path&) {
                 const auto client = start_client(folder.path(), 1, service.port(), 150, file);
                 while (client->is_running()) {
                   if (const double so_far = peak_mebibytes(*client); so_far > 0) peak = so_far;
                   std::this_thread::sleep_for(std::chrono::milliseconds(20));
                 }
                 expect_success(*client);
               });
  if (peak == 0) throw std::runtime_error("the memory of the client can't be read");
  return peak;
}

}  // namespace lottery::benchmark
