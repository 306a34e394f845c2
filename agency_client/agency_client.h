#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agency_client/agency.h"
#include "agency_client/agency_settings.h"
#include "agency_client/result_file.h"
#include "program/program.h"
#include "program/stop_signal.h"
#include "protocol/answer.h"

namespace lottery {

/// The program agency_client: uploads an agency's bets and waits for its winners, places one bet,
/// or asks whether the service is there. Its run time counts from its construction.
class AgencyClient : public Program {
 public:
  AgencyClient();

  /// Writes the result of the run, successful or not, to the file given with --result, if any. Call
  /// it after the run. Throws WholeFileError.
  void write_result() const;

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  void handleOption(const std::string& name, const std::string& value) override;
  int serve(const std::vector<std::string>& arguments) override;

 private:
  DrawnBets drawn_bets() const;
  int take_part(const AgencySettings& settings);
  int place_bet(const AgencySettings& settings);
  int ping(AgencySettings settings);

  /// Calls `step` and returns its exit code. Keeps the result, even if `step` throws. If `stop`
  /// ends it, closes the agency's connection, logs that, and returns exit_stopped_by().
  int until_stopped(Agency& agency, const StopSignal& stop, const std::function<int()>& step);

  /// Throws SettingsError if an option was given that `command` does not use. An empty option
  /// counts as not given.
  void refuse_options_without_effect(const std::string& command) const;

  /// Logs that the client waits for the draw while other agencies bet.
  static void tell_wait(std::optional<std::int64_t> draw);

  /// Logs the winners, writes them to their file if one is set, and prints them on a terminal.
  static void tell_winners(const Winners& answer, std::optional<std::int64_t> draw,
                           const std::filesystem::path& file);

  const std::chrono::steady_clock::time_point began_at_ = std::chrono::steady_clock::now();
  std::optional<std::filesystem::path> result_path_;
  std::optional<AgencyId> agency_;  // set when the settings have been read
  Outcome outcome_;
};

}  // namespace lottery
