#include "service/lottery_service.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "network/tls/tls_server.h"
#include "network/wait.h"
#include "program/exit_codes.h"
#include "program/log.h"
#include "program/standard_streams.h"
#include "program/stop_signal.h"
#include "service/allocator.h"
#include "service/connections/agency_server.h"
#include "service/database_failure.h"
#include "service/ledger_tasks.h"
#include "service/lottery.h"
#include "service/service_manager.h"
#include "service/service_settings.h"
#include "service/status/ready_question.h"
#include "service/status/status_server.h"
#include "service/storage/open_ledger.h"
#include "service/tls_watch.h"
#include "text/printable.h"

namespace lottery {
namespace {

// Files that the service has open in addition to its connections: the database, its WAL, the log
// ...
constexpr rlim_t other_files = 64;

constexpr std::chrono::seconds look_at_certificates_every{30};

constexpr int status_backlog = 64;

constexpr const char* verify_property = "verify";
constexpr const char* backup_property = "backup";
constexpr const char* restore_property = "restore";
constexpr const char* import_property = "import";
constexpr const char* ready_property = "ready";

void log_step(const char* action, const char* result) {
  log().information(LogLine(action, result).text());
}

void say(const std::string& line) { print(printable(line) + '\n'); }

/// Each connection uses a descriptor, and the usual limit is 1024.
void allow_connections(int connections) {
  const rlim_t needed = static_cast<rlim_t>(connections) + other_files;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed) return;
  if (files.rlim_max < needed) {
    throw SettingsError(
        "service.max_connections: " + std::to_string(connections) + " connections need " +
        std::to_string(needed) + " open files, but this process may have only " +
        std::to_string(files.rlim_max) + ": raise its limit (ulimit -n), or lower the setting");
  }
  files.rlim_cur = needed;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) {
    throw SettingsError("service.max_connections: the limit on open files can't be raised to " +
                        std::to_string(needed));
  }
}

/// With a `backlog`, the socket is listening when this returns.
Poco::Net::ServerSocket bind(const std::string& key, const Poco::Net::SocketAddress& address,
                             int backlog = 0) {
  Poco::Net::ServerSocket socket;
  try {
    // Allows an address that another service has just released; an address in use can't be shared.
    const bool reuse_address = true;
    const bool reuse_port = false;
    socket.bind(address, reuse_address, reuse_port);
    if (backlog > 0) socket.listen(backlog);
  } catch (const Poco::Exception& error) {
    throw SettingsError(key + ": can't listen on " + address.toString() + ": " +
                        error.displayText());
  }
  return socket;
}

/// The socket of the status page; empty if the page is switched off. If the port was not set and is
/// in use, this logs a warning and there is no status page.
std::optional<Poco::Net::ServerSocket> bind_status(const StatusSettings& status) {
  if (!status.port) return {};
  try {
    // Listen at once: two sockets that do not listen yet can be bound to the same port.
    return bind("status.port", {status.host, *status.port}, status_backlog);
  } catch (const SettingsError& error) {
    if (status.port_is_chosen) throw;
    log().warning(LogLine("status_page", "fail").field("error", error.what()).text());
    return {};
  }
}

/// Returns when the service must stop, because of a signal or a failed database. A SIGHUP rereads
/// the certificates, if there are any. Connections that the certificates now refuse are closed
/// after each SIGHUP and every half minute, because certificates and revocation lists also expire.
void serve_until_stopped(const StopSignal& stop, HangupSignal& hangup, DatabaseFailure& failure,
                         AgencyServer& server, TlsServer* tls) {
  std::optional<TlsWatch> watch;
  if (tls != nullptr) watch.emplace(*tls);
  std::chrono::microseconds look_every = look_at_certificates_every;
  // Twice per watchdog time, so that one late iteration does not matter.
  if (const auto time = service_manager::watchdog_time())
    look_every = std::min(look_every, *time / 2);
  service_manager::tell_ready();
  while (!stop.number() && !failure.sentence()) {
    if (watch) {
      watch->warn(std::chrono::system_clock::now());
      server.close_refused_connections();
    }
    wait_for_any(std::array{stop.descriptor(), failure.descriptor(), hangup.descriptor()},
                 std::chrono::steady_clock::now() + look_every);
    // If the connections can't be counted, the service is not alive.
    std::ignore = server.connections();
    service_manager::tell_alive();
    if (!hangup.take()) continue;
    service_manager::tell_reloading();
    if (watch) {
      watch->reload();
    } else {
      log_step("hangup", "ignored");
    }
    service_manager::tell_ready();
  }
  service_manager::tell_stopping();
}

}  // namespace

LotteryService::LotteryService()
    : Program(
          {.name = "lottery_service",
           .usage = "[--verify | --backup=FILE | --restore=FILE | --import=FILE | --ready] "
                    "[--config=FILE] [--KEY=VALUE ...]",
           .header = "Receives the bets of a national lottery's agencies, draws the winners, and "
                     "tells each agency its own. Everything is in one SQLite database, or in a "
                     "PostgreSQL database.",
           .footer = "A setting may also come from the environment (SERVICE_PORT=12345) or from "
                     "the file of --config. The command line overrides the environment, and the "
                     "environment overrides the file. SIGTERM and SIGINT stop the service. SIGHUP "
                     "makes it reread its certificates. The exit code is 0 if a signal stopped the "
                     "service in order, and 1, after one sentence on standard error, if it could "
                     "not start or its database failed. With --verify, --backup, --restore, "
                     "--import or --ready, the program does only this task: the exit code is 0 if "
                     "the task is done and all is right, and otherwise 1, after one sentence on "
                     "standard error."},
          service_setting_list()) {}

void LotteryService::defineOptions(Poco::Util::OptionSet& options) {
  Program::defineOptions(options);
  options.addOption(Poco::Util::Option("verify", "",
                                       "check the database, print what was found, and exit with 0 "
                                       "if all is right; the service may be running")
                        .group("task")
                        .binding(verify_property));
  options.addOption(Poco::Util::Option("backup", "",
                                       "write a consistent copy of the database to FILE, or to "
                                       "standard output if FILE is -, check it as --verify does, "
                                       "and exit; a copy that fails the check is kept as "
                                       "FILE.failed-verification; the service may be running")
                        .group("task")
                        .argument("FILE")
                        .binding(backup_property));
  options.addOption(Poco::Util::Option("restore", "",
                                       "check the backup in FILE, or on standard input if FILE is "
                                       "-, replace the database by it, keep the old database "
                                       "under another name, and exit; the service must be stopped")
                        .group("task")
                        .argument("FILE")
                        .binding(restore_property));
  options.addOption(Poco::Util::Option("import", "",
                                       "copy the SQLite database or backup FILE into the empty "
                                       "PostgreSQL database that storage.postgresql.connection "
                                       "names, completely or not at all, check both, and exit")
                        .group("task")
                        .argument("FILE")
                        .binding(import_property));
  options.addOption(Poco::Util::Option("ready", "",
                                       "ask the status page of the running service, at status.host "
                                       "and status.port, whether the service can store a bet now, "
                                       "and exit with 0 if it can")
                        .group("task")
                        .binding(ready_property));
}

int LotteryService::serve(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    throw SettingsError("'" + arguments.front() + "' is not an option; --help lists the options");
  }
  if (do_task()) return exit_success;
  return serve_agencies();
}

bool LotteryService::do_task() {
  const auto is_asked_for = [&](const char* property) { return config().hasProperty(property); };
  const auto value = [&](const char* property) { return config().getRawString(property); };
  const auto storage = [&] {
    end_at_stop_signals();
    return read_storage_settings(config());
  };
  if (is_asked_for(backup_property)) {
    ledger_task::back_up(storage(), value(backup_property), say);
  } else if (is_asked_for(restore_property)) {
    ledger_task::restore(storage(), value(restore_property), say);
  } else if (is_asked_for(import_property)) {
    ledger_task::import_database(storage(), value(import_property), say);
  } else if (is_asked_for(verify_property)) {
    ledger_task::verify(storage(), say);
  } else if (is_asked_for(ready_property)) {
    end_at_stop_signals();
    ask_if_ready();
  } else {
    return false;
  }
  return true;
}

void LotteryService::ask_if_ready() {
  const auto reason = ask_whether_ready(read_status_settings(config()));
  if (reason) throw std::runtime_error("the service is not ready: " + *reason);
  say("ready");
}

int LotteryService::serve_agencies() {
  const ServiceSettings settings = read_service_settings(config());
  allow_connections(settings.limits.connections_max + settings.status.connections_max);
  give_large_blocks_back();
  log().information(config_line(config(), this->settings()).text());

  const StopSignal stop(Hangup::does_not_stop);
  HangupSignal hangup;
  DatabaseFailure failure;
  {
    // Bind the port first: if it is in use, the database is not touched.
    std::vector<Port> ports;
    if (settings.port) {
      ports.push_back({bind("service.port", {settings.host, *settings.port}), Dialect::typed});
    }
    if (settings.single_bet_port) {
      ports.push_back({bind("service.single_bet_port", {settings.host, *settings.single_bet_port}),
                       Dialect::single_bet});
    }
    std::optional<TlsServer> tls;
    if (settings.tls_port) {
      tls.emplace(settings.tls_files);
      ports.push_back(
          {bind("service.tls.port", {settings.host, *settings.tls_port}), Dialect::typed, &*tls});
    }
    const auto status_socket = bind_status(settings.status);
    const auto ledger =
        open_ledger(settings, [&](const std::string& sentence) { failure.report(sentence); });
    Lottery lottery(*ledger, settings.terms);
    {
      AgencyServer server(ports, settings.limits, lottery);
      for (const Port& port : ports) {
        LogLine listens("listen", "success");
        listens.field("address", port.socket.address().toString());
        if (port.tls != nullptr) listens.field("tls", "1.3");
        log().information(listens.text());
      }
      std::optional<StatusServer> status;
      if (status_socket) {
        status.emplace(*status_socket, config().getString("status.host"),
                       settings.status.connections_max,
                       StatusSources{lottery, *ledger, server, tls ? &*tls : nullptr});
        log().information(LogLine("status_page", "success")
                              .field("url", "http://" + status_socket->address().toString() + "/")
                              .text());
      }
      serve_until_stopped(stop, hangup, failure, server, tls ? &*tls : nullptr);
      log_step("shutdown", "in_progress");
      // End the status page last: it may be waiting for the database, which the agencies no longer
      // do.
      server.stop();
    }
    log_step("close_database", "in_progress");
  }
  log_step("close_database", "success");
  log_step("shutdown", "success");

  if (const auto sentence = failure.sentence()) throw std::runtime_error(*sentence);
  return exit_success;
}

}  // namespace lottery
