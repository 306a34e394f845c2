#pragma once

#include <Poco/Util/Application.h>
#include <Poco/Util/HelpFormatter.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "program/log.h"
#include "program/run.h"
#include "program/settings.h"
#include "program/standard_streams.h"

namespace lottery {

inline constexpr const char* program_version = LOTTERY_VERSION;

/// What a program is, in words for its --help.
struct ProgramDescription {
  std::string name;
  std::string usage;   ///< behind the name
  std::string header;  ///< what it does
  std::string footer;  ///< what it returns, say
};

/// A program of the lottery, on Poco's Application or ServerApplication: --help, --version, and its
/// settings from the command line, the environment and a properties file. run_program() runs it.
template <typename PocoApplication>
class Program : public PocoApplication {
 protected:
  Program(ProgramDescription description, std::vector<Setting> settings)
      : description_(std::move(description)), settings_(std::move(settings)) {
    register_log_classes();
  }

  /// Runs the program; the settings and the logging are there. Returns the exit code. What it
  /// throws is told as run_program tells it.
  virtual int serve(const std::vector<std::string>& arguments) = 0;

  const std::vector<Setting>& settings() const noexcept { return settings_; }

  /// True if --help or --version was given: then serve() is not called.
  bool is_information_asked() const noexcept { return is_information_asked_; }

  void defineOptions(Poco::Util::OptionSet& options) override {
    // Not ServerApplication's, which are those of a daemon.
    Poco::Util::Application::defineOptions(options);  // NOLINT(bugprone-parent-virtual-call)
    options.addOption(Poco::Util::Option("help", "h", "show this text"));
    options.addOption(Poco::Util::Option("version", "", "show the version"));
    define_options(options, settings_);
  }

  void handleOption(const std::string& name, const std::string& value) override {
    PocoApplication::handleOption(name, value);
    if (name != "help" && name != "version") return;
    is_information_asked_ = true;
    this->stopOptionsProcessing();
    if (name == "version") {
      print(description_.name + ' ' + program_version + '\n');
      return;
    }
    Poco::Util::HelpFormatter help(this->options());
    help.setUnixStyle(true);
    help.setWidth(100);
    help.setAutoIndent();
    help.setCommand(description_.name);
    help.setUsage(description_.usage);
    help.setHeader(description_.header);
    help.setFooter(description_.footer);
    std::ostringstream text;
    help.format(text);
    print(text.str());
  }

  // Poco gives whatever is thrown in here an exit code of its own, so nothing happens in here.
  void initialize(Poco::Util::Application& /*self*/) override {}

  int main(const std::vector<std::string>& arguments) override {
    if (is_information_asked_) return exit_success;
    return report_errors(description_.name, [&] {
      load_settings(this->config(), settings_);
      PocoApplication::initialize(*this);
      struct CloseLog {
        ~CloseLog() { close_log(); }
      } const close_log_at_end;
      return serve(arguments);
    });
  }

 private:
  ProgramDescription description_;
  std::vector<Setting> settings_;
  bool is_information_asked_ = false;
};

}  // namespace lottery
