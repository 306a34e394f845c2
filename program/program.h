#pragma once

#include <Poco/Util/Application.h>

#include <string>
#include <vector>

#include "program/settings.h"

namespace lottery {

/// What a program is, in words for its --help.
struct ProgramDescription {
  std::string name;
  std::string usage;   ///< behind the name
  std::string header;  ///< what it does
  std::string footer;  ///< what it returns, say
};

/// A program of the lottery: --help, --version, and its settings from the command line, the
/// environment and a properties file. run_program() runs it.
class Program : public Poco::Util::Application {
 protected:
  Program(ProgramDescription description, std::vector<Setting> settings);

  /// Runs the program, once its settings and its log are there. Returns the exit code. An exception
  /// is reported by report_errors().
  virtual int serve(const std::vector<std::string>& arguments) = 0;

  const std::vector<Setting>& settings() const noexcept { return settings_; }

  /// True if --help or --version was given: then serve() is not called.
  bool is_information_asked() const noexcept { return is_information_asked_; }

  void defineOptions(Poco::Util::OptionSet& options) override;
  void handleOption(const std::string& name, const std::string& value) override;

  /// Does nothing: Poco gives whatever is thrown in here an exit code of its own.
  void initialize(Poco::Util::Application& self) override;

  int main(const std::vector<std::string>& arguments) override;

 private:
  void print_help() const;

  ProgramDescription description_;
  std::vector<Setting> settings_;
  bool is_information_asked_ = false;
};

/// Runs `program` with its arguments, and returns its exit code. Whatever keeps it from starting is
/// one sentence on standard error, and exit_failure; so is output that print() could not write.
///
/// The stop signals (stop_signal.h) are blocked in this thread and in every thread that it starts.
/// SIGPIPE and SIGXFSZ are ignored: a peer that has gone and a file that may not grow are errors of
/// the call that meets them.
int run_program(Program& program, int argc, char** argv);

}  // namespace lottery
