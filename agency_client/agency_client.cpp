#include "agency_client/agency_client.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>
#include <variant>

#include "agency_client/bets_file.h"
#include "agency_client/whole_file.h"
#include "network/interruption.h"
#include "program/exit_codes.h"
#include "program/log.h"
#include "program/standard_streams.h"
#include "program/stop_signal.h"
#include "protocol/bet.h"
#include "text/decimal.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

constexpr std::size_t invalid_rows_named = 20;

// People and health checks that ping want an answer now.
constexpr std::chrono::seconds ping_timeout{3};

/// The fields of a single bet, in order.
struct BetField {
  const char* option;
  const char* environment;
  const char* property;
  const char* meaning;
};

constexpr std::array<BetField, 5> bet_fields{{
    {"first-name", "NOMBRE", "bet.first_name", "bet: first name"},
    {"last-name", "APELLIDO", "bet.last_name", "bet: last name"},
    {"document", "DOCUMENTO", "bet.document", "bet: document"},
    {"birthdate", "NACIMIENTO", "bet.birthdate", "bet: date of birth, YYYY-MM-DD"},
    {"number", "NUMERO", "bet.number", "bet: number to bet on"},
}};

constexpr const char* again_property = "again";
constexpr const char* no_bets_property = "no-bets";
constexpr const char* result_option = "result";

constexpr const char* program_name = "agency_client";

void log_step(const char* action, const char* result) {
  log().information(LogLine(action, result).text());
}

/// Warns on standard error and in the log that rows may contain something their writer did not
/// mean. They are valid bets.
void warn_of_strange_rows(const BetsFile& file, const BetsFileCheck& check) {
  if (!check.first_strange_row) return;
  const InvalidRow& first = *check.first_strange_row;
  const std::string path = file.path().string();
  print_error(path + ":" + std::to_string(first.line),
              "warning: " + first.reason + "; " +
                  (check.strange_rows == 1 ? "it is the only row like this, and is sent unchanged"
                                           : std::to_string(check.strange_rows) +
                                                 " rows are like this, and are sent unchanged"));
  log().warning(LogLine("bets_file", "warning")
                    .field("file", path)
                    .field("rows", check.strange_rows)
                    .field("first_line", first.line)
                    .field("reason", first.reason)
                    .text());
}

/// Lists the invalid rows on standard error.
void report_invalid_rows(const BetsFile& file, const BetsFileCheck& check) {
  const std::string path = file.path().string();
  if (!check.wrong_encoding.empty()) {
    print_error(program_name, path + " " + check.wrong_encoding + "; nothing was sent");
    return;
  }
  for (const InvalidRow& row : check.first_invalid_rows) {
    print_error(path + ":" + std::to_string(row.line), row.reason);
  }
  print_error(program_name,
              std::to_string(check.invalid_rows) +
                  (check.invalid_rows == 1 ? " row of " : " rows of ") + path +
                  (check.invalid_rows == 1 ? " is not a valid bet" : " are not valid bets") +
                  "; nothing was sent");
}

}  // namespace

AgencyClient::AgencyClient()
    : Program(
          {.name = program_name,
           .usage = "[bet | ping] [--config=FILE] [--KEY=VALUE ...]",
           .header =
               "Uploads an agency's file of bets to the lottery service, closes the agency's "
               "books, "
               "waits for the draw, writes the agency's winners to the file that agency.winners "
               "names, and shows them if standard output is a terminal, one bet a line. "
               "'agency_client bet' places one bet and leaves the agency's books open. The bet "
               "comes from --first-name, --last-name, --document, --birthdate and --number, or "
               "from NOMBRE, APELLIDO, DOCUMENTO, NACIMIENTO and NUMERO in the environment. "
               "'agency_client ping' exits with 0 if the service can store a bet.",
           .footer =
               "A setting may also come from the environment (AGENCY_ID=3) or from the file of "
               "--config. The command line overrides the environment, and the environment "
               "overrides the file. SIGTERM, SIGINT, SIGQUIT and SIGHUP stop the client. "
               "Exit codes: 0 if all work is done; 1 if it is not done, or standard output can't "
               "be "
               "written, after one sentence on standard error; 2 if the file or the bet is not "
               "valid, and nothing was sent; 143, 130, 131 or 129 if SIGTERM, SIGINT, SIGQUIT or "
               "SIGHUP stopped the client before the work was done."},
          agency_setting_list()) {}

void AgencyClient::defineOptions(Poco::Util::OptionSet& options) {
  Program::defineOptions(options);
  options.addOption(Poco::Util::Option(
                        "again", "",
                        "place bets that were drawn already in the next draw; with a DRAW, only if "
                        "they were drawn in that draw or an earlier one")
                        .argument("DRAW", false)
                        .binding(again_property));
  options.addOption(
      Poco::Util::Option(no_bets_property, "",
                         "take part even if the file of bets is empty; without this option, an "
                         "empty file is refused")
          .binding(no_bets_property));
  options.addOption(
      Poco::Util::Option(result_option, "",
                         "write the result of the run to FILE at the end, also after a failure: "
                         "one line with one JSON object")
          .argument("FILE"));
  for (const BetField& field : bet_fields) {
    options.addOption(Poco::Util::Option(field.option, "", field.meaning)
                          .argument("VALUE")
                          .binding(field.property));
  }
}

void AgencyClient::handleOption(const std::string& name, const std::string& value) {
  Program::handleOption(name, value);
  if (name == result_option) result_path_ = path_option(result_option, value);
}

void AgencyClient::write_result() const {
  if (!result_path_ || is_information_asked()) return;
  const auto elapsed = std::chrono::steady_clock::now() - began_at_;
  write_whole_file(*result_path_,
                   result_line(agency_, outcome_,
                               std::chrono::duration_cast<std::chrono::milliseconds>(elapsed)));
}

int AgencyClient::serve(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments.front();
  const bool is_known = command.empty() || command == "bet" || command == "ping";
  if (!is_known || arguments.size() > 1) {
    throw SettingsError(
        in_quotes(is_known ? arguments[1] : command) +
        " is not a command; the commands are bet and ping, and --help lists the options");
  }
  const AgencySettings settings = read_agency_settings(config());
  agency_ = settings.agency;
  refuse_options_without_effect(command);
  if (command == "ping") return ping(settings);
  log().information(config_line(config(), this->settings()).text());
  return command == "bet" ? place_bet(settings) : take_part(settings);
}

void AgencyClient::refuse_options_without_effect(const std::string& command) const {
  const auto refuse = [&](const std::string& option, const std::string& reason) {
    throw SettingsError("--" + option + ' ' + reason);
  };
  if (command != "bet") {
    for (const BetField& field : bet_fields) {
      if (config().hasProperty(field.property)) {
        refuse(field.option, "needs the command bet: agency_client bet --" +
                                 std::string(field.option) + "=... places one bet");
      }
    }
  }
  if (command.empty()) return;
  for (const std::string option : {again_property, no_bets_property}) {
    if (config().hasProperty(option)) {
      refuse(option, "has no effect with the command " + command + ": it is for a file of bets");
    }
  }
  if (command == "ping" && result_path_)
    refuse(result_option, "has no effect with the command ping");
}

DrawnBets AgencyClient::drawn_bets() const {
  if (!config().hasProperty(again_property)) return DrawnBets::show_winners();
  const std::string draw = config().getRawString(again_property);
  if (draw.empty()) return DrawnBets::bet_again();
  const auto number = parse_decimal<std::int64_t>(draw);
  if (!number) throw SettingsError("--again: " + in_quotes(draw) + " is not the number of a draw");
  return {.again_if_drawn_by = *number};
}

int AgencyClient::take_part(const AgencySettings& settings) {
  const StopSignal stop(Hangup::stops);
  BetsFile file(settings.bets_path, stop.interruption());
  Agency agency(settings, stop.interruption());
  return until_stopped(agency, stop, [&] {
    const BetsFileCheck check = file.check(invalid_rows_named);
    if (!check.is_good()) {
      report_invalid_rows(file, check);
      return exit_invalid_bets;
    }
    if (check.books.bets == 0 && !config().hasProperty(no_bets_property)) {
      print_error(program_name,
                  file.path().string() +
                      " is empty; nothing was sent. To close the agency's books without a bet, "
                      "add --no-bets");
      return exit_invalid_bets;
    }
    warn_of_strange_rows(file, check);
    agency.hand_in(file, check.books, drawn_bets());
    try {
      tell_wait(agency.outcome().draw);
      tell_winners(agency.wait_for_winners(), agency.outcome().draw, settings.winners_path);
    } catch (const std::runtime_error& error) {
      log().error(LogLine("consulta_ganadores", "fail").field("error", error.what()).text());
      throw;
    }
    return exit_success;
  });
}

int AgencyClient::place_bet(const AgencySettings& settings) {
  std::string line;
  for (const BetField& field : bet_fields) {
    const char* environment = std::getenv(field.environment);
    if (environment == nullptr && !config().hasProperty(field.property)) {
      throw SettingsError("the bet needs --" + std::string(field.option) + ", or " +
                          field.environment + " in the environment");
    }
    const std::string value =
        config().getRawString(field.property, environment == nullptr ? "" : environment);
    if (value.find(',') != std::string::npos) {
      print_error(program_name, "--" + std::string(field.option) + ' ' + in_quotes(value) +
                                    " contains a comma; nothing was sent");
      return exit_invalid_bets;
    }
    if (!line.empty()) line += ',';
    line += value;
  }
  std::string problem;
  if (!is_utf8(line)) problem = "is not UTF-8: " + in_quotes(line);
  auto parsed = problem.empty() ? parse_bet(line) : InvalidBet{problem};
  if (const auto* invalid = std::get_if<InvalidBet>(&parsed)) {
    print_error(program_name, "the bet is not valid: " + invalid->problem + "; nothing was sent");
    return exit_invalid_bets;
  }
  const Bet& bet = std::get<Bet>(parsed);

  const StopSignal stop(Hangup::stops);
  Agency agency(settings, stop.interruption());
  return until_stopped(agency, stop, [&] {
    agency.place_bet(line);
    log().information(LogLine("apuesta_enviada", "success")
                          .field("dni", bet.document)
                          .field("numero", bet.number)
                          .text());
    return exit_success;
  });
}

int AgencyClient::ping(AgencySettings settings) {
  settings.service.answer_timeout = ping_timeout;
  const StopSignal stop(Hangup::stops);
  Agency agency(settings, stop.interruption());
  return until_stopped(agency, stop, [&] {
    agency.ping();
    return exit_success;
  });
}

int AgencyClient::until_stopped(Agency& agency, const StopSignal& stop,
                                const std::function<int()>& step) {
  struct KeepOutcome {
    const Agency& agency;
    Outcome& kept;
    ~KeepOutcome() { kept = agency.outcome(); }
  } const keep_at_end{agency, outcome_};
  try {
    return step();
  } catch (const Interrupted&) {
    log_step("shutdown", "in_progress");
    if (agency.is_connected()) {
      log_step("close_connection", "in_progress");
      agency.disconnect();
      log_step("close_connection", "success");
    }
    log_step("shutdown", "success");
    return exit_stopped_by(stop.number().value_or(SIGTERM));
  }
}

void AgencyClient::tell_wait(std::optional<std::int64_t> draw) {
  LogLine waits("consulta_ganadores", "in_progress");
  if (draw) waits.field("draw", *draw);
  log().information(waits.text());
}

void AgencyClient::tell_winners(const Winners& answer, std::optional<std::int64_t> draw,
                                const std::filesystem::path& file) {
  std::string lines;
  for (const Winner& winner : answer.winners) append_bet(lines, winner.bet);
  if (!file.empty()) write_whole_file(file, lines);
  LogLine told("consulta_ganadores", "success");
  told.field("cant_ganadores", static_cast<std::int64_t>(answer.winners.size()));
  if (draw) told.field("draw", *draw);
  log().information(told.text());
  if (::isatty(STDOUT_FILENO) != 1) return;
  std::string shown;
  for (const Winner& winner : answer.winners) {
    std::string line;
    append_bet(line, winner.bet);
    line.pop_back();
    shown += printable(line) + '\n';
  }
  print(shown);
}

}  // namespace lottery
