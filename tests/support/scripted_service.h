#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace lottery::test {

/// One exchange of a scripted service on a connection; the members are in the order of events.
struct Step {
  std::string question{};  ///< the expected beginning of the next message; empty: no message
  std::string answer{};    ///< the bytes sent then
  std::chrono::milliseconds held{0};        ///< the delay of the answer
  std::chrono::milliseconds silent_for{0};  ///< nothing more may arrive during this time
};

/// A service that plays a script, one connection at a time, and closes each connection at its end.
/// It stops at the first message that differs from the script.
class ScriptedService {
 public:
  using Connection = std::vector<Step>;

  /// Listens on a free port of 127.0.0.1.
  explicit ScriptedService(std::vector<Connection> script);

  /// Waits until the script has been played or has failed. Waits end after 20 seconds.
  ~ScriptedService();

  ScriptedService(const ScriptedService&) = delete;
  ScriptedService& operator=(const ScriptedService&) = delete;

  /// `127.0.0.1:port`
  std::string address() const { return listening_.address().toString(); }

  /// Waits until the script has been played, and returns what differed from it; empty if nothing
  /// did.
  std::string problem();

  /// Ends the script early, unless a connection is open.
  void stop();

  /// All received messages, without CR LF, in order. Call problem() or stop() first.
  const std::vector<std::string>& messages() const noexcept { return messages_; }

 private:
  void play(const Connection& connection);

  Poco::Net::ServerSocket listening_;
  std::vector<std::string> messages_;
  std::string problem_;
  std::thread player_;
};

/// The answer to RESUME. `lines` are the lines of the bets in the books, each with its LF.
std::string resume_point(std::int64_t draw, std::string_view state, std::int64_t batches,
                         std::string_view lines);

}  // namespace lottery::test
