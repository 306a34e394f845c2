#include "service/lottery_service.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "program/run.h"
#include "program/standard_streams.h"
#include "service/connections/agency_server.h"
#include "service/lottery.h"
#include "service/service_settings.h"
#include "service/storage/sqlite/backup.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "service/storage/sqlite/verification.h"
#include "text/printable.h"

namespace lottery {
namespace {

// Files that the service has open beside its connections: the database, its WAL, the log ...
constexpr rlim_t other_files = 64;

constexpr const char* verify_property = "verify";
constexpr const char* backup_property = "backup";

void log_step(const char* action, const char* result) {
  log().information(LogLine(action, result).text());
}

/// A connection is an open file, and a system's usual limit is 1024 of them.
void allow_connections(int connections) {
  const rlim_t needed = static_cast<rlim_t>(connections) + other_files;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed) return;
  if (files.rlim_max < needed) {
    throw SettingsError("service.max_connections: " + std::to_string(connections) +
                        " connections need " + std::to_string(needed) +
                        " open files, and this process may have " + std::to_string(files.rlim_max) +
                        " (ulimit -n)");
  }
  files.rlim_cur = needed;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) {
    throw SettingsError("service.max_connections: the limit on open files can't be raised");
  }
}

Poco::Net::ServerSocket bind(const std::string& key, const Poco::Net::SocketAddress& address) {
  Poco::Net::ServerSocket socket;
  try {
    // An address that a service has just left may be taken again; one in use may not be shared.
    const bool reuse_address = true;
    const bool reuse_port = false;
    socket.bind(address, reuse_address, reuse_port);
  } catch (const Poco::Exception& error) {
    throw SettingsError(key + ": can't listen on " + address.toString() + ": " +
                        error.displayText());
  }
  return socket;
}

/// Remembers that the database has failed, and has the service stop itself.
class FailureWatch {
 public:
  void report(const std::string& sentence) {
    log().critical(LogLine("database", "fail").field("error", sentence).text());
    {
      const std::lock_guard lock(mutex_);
      sentence_ = sentence;
    }
    ::kill(::getpid(), SIGTERM);
  }

  std::optional<std::string> sentence() {
    const std::lock_guard lock(mutex_);
    return sentence_;
  }

 private:
  std::mutex mutex_;
  std::optional<std::string> sentence_;
};

}  // namespace

LotteryService::LotteryService()
    : Program(
          {.name = "lottery_service",
           .usage = "[--config=FILE] [--KEY=VALUE ...]",
           .header = "Takes the bets of a national lottery's agencies, draws, and tells each "
                     "agency its winners. Everything is in one SQLite database.",
           .footer = "Every setting may also come from the environment (SERVICE_PORT=12345) or "
                     "from FILE; the command line comes first, then the environment. SIGTERM "
                     "stops the service. It exits with 0 when it was stopped, and with 1, after "
                     "a sentence on standard error, when it could not start or go on."},
          service_setting_list()) {}

void LotteryService::defineOptions(Poco::Util::OptionSet& options) {
  Program::defineOptions(options);
  options.addOption(Poco::Util::Option("verify", "",
                                       "check the database, say what was found, and exit with 0 "
                                       "where all is right; the service may be running")
                        .binding(verify_property));
  options.addOption(Poco::Util::Option("backup", "",
                                       "write a consistent copy of the database to FILE, check it "
                                       "as --verify does, and exit; the service may be running")
                        .argument("FILE")
                        .binding(backup_property));
}

int LotteryService::serve(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    throw SettingsError("'" + arguments.front() + "' is no option; --help lists them");
  }
  const auto say = [](const std::string& line) { print(printable(line) + '\n'); };
  const bool serves =
      !config().hasProperty(backup_property) && !config().hasProperty(verify_property);
  if (!serves) end_at_signals();
  if (config().hasProperty(backup_property)) {
    const std::string copy = config().getRawString(backup_property);
    if (!back_up_database(text_setting(config(), "storage.path"), copy, say)) return exit_failure;
    say("the copy is " + copy);
    return exit_success;
  }
  if (config().hasProperty(verify_property)) {
    return verify_database(text_setting(config(), "storage.path"), say) ? exit_success
                                                                        : exit_failure;
  }
  return serve_agencies();
}

int LotteryService::serve_agencies() {
  const ServiceSettings settings = read_service_settings(config());
  allow_connections(settings.limits.connections_max);
  log().information(config_line(config(), this->settings()).text());

  FailureWatch failure;
  {
    // The port first: where it is in use, no database is touched.
    std::vector<Port> ports{{bind("service.port", settings.address), Dialect::typed}};
    if (settings.single_bet_address) {
      ports.push_back(
          {bind("service.single_bet_port", *settings.single_bet_address), Dialect::single_bet});
    }
    SqliteLedger ledger(settings.storage_path,
                        [&](const std::string& sentence) { failure.report(sentence); });
    Lottery lottery(ledger, settings.terms);
    {
      const AgencyServer server(ports, settings.limits, lottery, ledger);
      for (const Port& port : ports) {
        log().information(
            LogLine("listen", "success").field("address", port.socket.address().toString()).text());
      }
      waitForTerminationRequest();
      log_step("shutdown", "in_progress");
    }
    log_step("close_database", "in_progress");
  }
  log_step("close_database", "success");
  log_step("shutdown", "success");

  if (const auto sentence = failure.sentence()) throw std::runtime_error(*sentence);
  return exit_success;
}

}  // namespace lottery
