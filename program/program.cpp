#include "program/program.h"

#include <Poco/Path.h>
#include <Poco/Util/HelpFormatter.h>

#include <array>
#include <csignal>
#include <sstream>
#include <utility>

#include "program/exit_codes.h"
#include "program/log.h"
#include "program/report_errors.h"
#include "program/standard_streams.h"
#include "program/stop_signal.h"

namespace lottery {
namespace {

constexpr int help_width = 100;

}  // namespace

Program::Program(ProgramDescription description, std::vector<Setting> settings)
    : description_(std::move(description)), settings_(std::move(settings)) {
  register_log_classes();
}

void Program::defineOptions(Poco::Util::OptionSet& options) {
  Application::defineOptions(options);
  options.addOption(Poco::Util::Option("help", "h", "show this text"));
  options.addOption(Poco::Util::Option("version", "", "show the version"));
  define_options(options, settings_);
}

void Program::handleOption(const std::string& name, const std::string& value) {
  Application::handleOption(name, value);
  if (name != "help" && name != "version") return;
  is_information_asked_ = true;
  stopOptionsProcessing();
  if (name == "help") {
    print_help();
  } else {
    print(description_.name + ' ' + LOTTERY_VERSION + '\n');
  }
}

void Program::initialize(Poco::Util::Application& /*self*/) {}

int Program::main(const std::vector<std::string>& arguments) {
  if (is_information_asked_) return exit_success;
  return report_errors(description_.name, [&] {
    load_settings(config(), settings_);
    Application::initialize(*this);
    struct CloseLog {
      ~CloseLog() { close_log(); }
    } const close_log_at_end;
    return serve(arguments);
  });
}

void Program::print_help() const {
  Poco::Util::HelpFormatter help(options());
  help.setUnixStyle(true);
  help.setWidth(help_width);
  help.setAutoIndent();
  help.setCommand(description_.name);
  help.setUsage(description_.usage);
  help.setHeader(description_.header);
  help.setFooter(description_.footer);
  std::ostringstream text;
  help.format(text);
  print(text.str());
}

int run_program(Program& program, int argc, char** argv) {
  block_stop_signals();
  for (const int signal : std::array{SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);

  return report_errors(Poco::Path(argv[0]).getFileName(), [&] {
    program.init(argc, argv);
    const int exit_code = program.run();
    throw_if_output_is_lost();
    return exit_code;
  });
}

}  // namespace lottery
