#include "tests/support/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/temporary_folder.h"

extern char** environ;

namespace lottery::test {
namespace {

constexpr std::chrono::seconds output_wait_max{60};
constexpr std::chrono::milliseconds poll_interval{5};

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

std::filesystem::path errors_of(const std::filesystem::path& output) {
  if (std::filesystem::is_character_file(output)) return output;
  return output.string() + ".err";
}

}  // namespace

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 const std::filesystem::path& output,
                 const std::map<std::string, std::string>& environment)
    : output_(output) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string name = std::string(*variable).substr(0, std::string(*variable).find('='));
    if (!environment.contains(name)) variables.emplace_back(*variable);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);
  const std::string errors = errors_of(output).string();

  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const int out = ::open(output_.c_str(), flags, 0600);
  const int err = ::open(errors.c_str(), flags, 0600);
  if (out < 0 || err < 0) throw_errno(output_.string());
  id_ = ::fork();
  if (id_ == 0) {
    // Between fork and exec, only async-signal-safe calls are allowed, because other threads do not
    // exist in the child.
    // A shell that starts the tests in the background has them ignore these two.
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGQUIT, SIG_DFL);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    // The program must not inherit a test's connections: they must end when the test closes them.
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execve(program.c_str(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(out);
  ::close(err);
  if (id_ < 0) throw_errno("fork");
}

Process::~Process() {
  if (exit_) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void Process::signal(int number) const {
  if (exit_) throw std::logic_error("the process has ended");
  if (::kill(id_, number) != 0) throw_errno("kill");
}

int Process::wait(std::chrono::seconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (is_running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the process has not ended; it said: " + output() + errors());
    }
    std::this_thread::sleep_for(poll_interval);
  }
  return *exit_;
}

bool Process::is_running() {
  if (exit_) return false;
  int status = 0;
  const pid_t ended = ::waitpid(id_, &status, WNOHANG);
  if (ended == 0) return true;
  if (ended < 0) throw_errno("waitpid");
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return false;
}

std::string Process::output() const { return read_file(output_); }

std::string Process::errors() const { return read_file(errors_of(output_)); }

bool Process::says(std::string_view text) {
  const auto deadline = std::chrono::steady_clock::now() + output_wait_max;
  for (;;) {
    const bool was_running = is_running();
    if (output().find(text) != std::string::npos) return true;
    if (!was_running) return false;
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the process never said '" + std::string(text) +
                               "'; it said: " + output() + errors());
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

std::string Process::wait_for_output(std::string_view text) {
  if (!says(text)) {
    throw std::runtime_error("the process ended and never said '" + std::string(text) +
                             "'; it said: " + output() + errors());
  }
  return output();
}

ServiceProcess::ServiceProcess(const std::filesystem::path& folder,
                               const std::vector<std::string>& arguments,
                               const std::map<std::string, std::string>& environment,
                               const std::string& program)
    : Process(
          program,
          [&] {
            std::vector<std::string> all{"--service.host=127.0.0.1", "--service.port=any",
                                         "--status.port=none",
                                         "--storage.path=" + (folder / "bets.db").string()};
            all.insert(all.end(), arguments.begin(), arguments.end());
            return all;
          }(),
          folder / "service.log", environment) {}

std::uint16_t ServiceProcess::port() {
  const std::string marker = "action: listen | result: success | address: 127.0.0.1:";
  const std::string said = wait_for_output(marker);
  return static_cast<std::uint16_t>(std::stoul(said.substr(said.find(marker) + marker.size())));
}

std::uint16_t ServiceProcess::tls_port() {
  const std::string said = wait_for_output(" | tls: 1.3");
  const std::size_t end = said.find(" | tls: 1.3");
  return static_cast<std::uint16_t>(std::stoul(said.substr(said.rfind(':', end - 1) + 1)));
}

std::uint16_t ServiceProcess::status_port() {
  const std::string marker = "action: status_page | result: success | url: http://127.0.0.1:";
  const std::string said = wait_for_output(marker);
  return static_cast<std::uint16_t>(std::stoul(said.substr(said.find(marker) + marker.size())));
}

int ServiceProcess::stop() {
  signal(SIGTERM);
  return wait();
}

}  // namespace lottery::test
