#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lottery::test {

/// A program that a test runs, with its standard output and standard error in files. The destructor
/// kills it if it is still running.
class Process {
 public:
  /// Starts `program`. Its output goes into `output`, its errors into `output` + ".err".
  /// `environment` is added to this process's own.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::filesystem::path& output,
          const std::map<std::string, std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;

  /// Waits until it ends, at most this long. Returns its exit code, or minus the signal that killed
  /// it. Throws if it does not end in time.
  int wait(std::chrono::seconds timeout = std::chrono::seconds(60));

  bool is_running();

  pid_t id() const noexcept { return id_; }
  std::string output() const;
  std::string errors() const;

  /// Waits until its output contains `text`. Returns false if it ends first. Throws after 60
  /// seconds.
  bool says(std::string_view text);

  /// Waits until its output contains `text`, and returns the output. Throws if it ends first, or
  /// after 60 seconds.
  std::string wait_for_output(std::string_view text);

 private:
  std::filesystem::path output_;
  pid_t id_ = -1;
  std::optional<int> exit_;
};

/// lottery_service as a process, on a free port of 127.0.0.1.
class ServiceProcess : public Process {
 public:
  /// `arguments` are additional ones, such as --lottery.agencies=2. Its output is in
  /// `folder`/service.log. `program` may be of another version.
  explicit ServiceProcess(const std::filesystem::path& folder,
                          const std::vector<std::string>& arguments = {},
                          const std::map<std::string, std::string>& environment = {},
                          const std::string& program = LOTTERY_SERVICE_PROGRAM);

  /// Waits until the service listens, and returns its port.
  std::uint16_t port();

  /// The same for its status page.
  std::uint16_t status_port();

  /// The same for its port with TLS.
  std::uint16_t tls_port();

  /// Sends SIGTERM, and returns its exit code.
  int stop();
};

}  // namespace lottery::test
