#pragma once

#include <Poco/Util/Application.h>

#include <string>
#include <vector>

#include "program/settings.h"

namespace lottery {

/// The texts for a program's --help.
struct ProgramDescription {
  std::string name;
  std::string usage;   ///< follows the program's name
  std::string header;  ///< what the program does
  std::string footer;  ///< for example its exit codes
};

/// A program of the lottery: handles --help and --version, and reads its settings from the command
/// line, the environment and a properties file. run_program() runs it.
class Program : public Poco::Util::Application {
 protected:
  Program(ProgramDescription description, std::vector<Setting> settings);

  /// The program's own work, after its settings and its log are loaded. Returns the exit code.
  /// report_errors() reports an exception.
  virtual int serve(const std::vector<std::string>& arguments) = 0;

  const std::vector<Setting>& settings() const noexcept { return settings_; }

  /// True if --help or --version was given. Then serve() is not called.
  bool is_information_asked() const noexcept { return is_information_asked_; }

  void defineOptions(Poco::Util::OptionSet& options) override;
  void handleOption(const std::string& name, const std::string& value) override;

  /// Does nothing. Poco gives exceptions from here an exit code of its own.
  void initialize(Poco::Util::Application& self) override;

  int main(const std::vector<std::string>& arguments) override;

 private:
  void print_help() const;

  ProgramDescription description_;
  std::vector<Setting> settings_;
  bool is_information_asked_ = false;
};

/// Runs `program` with its arguments and returns its exit code. If it can't start, or if print()
/// could not write all output, it writes one sentence to standard error and returns exit_failure.
///
/// Blocks the stop signals (stop_signal.h) in this thread and all threads that it starts. Ignores
/// SIGPIPE and SIGXFSZ, so that a disconnected peer or a file-size limit is an error of the call
/// that meets it.
int run_program(Program& program, int argc, char** argv);

}  // namespace lottery
