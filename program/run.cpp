#include "program/run.h"

#include <Poco/Exception.h>
#include <Poco/Path.h>
#include <Poco/Util/OptionException.h>

#include <array>
#include <csignal>
#include <exception>

#include "program/standard_streams.h"

namespace lottery {

namespace {

sigset_t stopping_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : std::array{SIGTERM, SIGINT, SIGQUIT}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

int run_program(Poco::Util::Application& program, int argc, char** argv) {
  const sigset_t stopping = stopping_signals();
  pthread_sigmask(SIG_BLOCK, &stopping, nullptr);
  for (const int signal : std::array{SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);

  return report_errors(Poco::Path(argv[0]).getFileName(), [&] {
    program.init(argc, argv);
    const int exit_code = program.run();
    throw_if_output_is_lost();
    return exit_code;
  });
}

void end_at_signals() {
  const sigset_t stopping = stopping_signals();
  pthread_sigmask(SIG_UNBLOCK, &stopping, nullptr);
}

int report_errors(const std::string& name, const std::function<int()>& step) {
  std::string sentence;
  try {
    return step();
  } catch (const Poco::Util::OptionException& error) {
    sentence = error.displayText() + "; --help lists the options";
  } catch (const Poco::Exception& error) {
    sentence = error.displayText();
  } catch (const std::exception& error) {
    sentence = error.what();
  }
  print_error(name, sentence);
  return exit_failure;
}

}  // namespace lottery
