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

/// What a scripted service does on one connection, in the order of the members.
struct Step {
  std::string question{};                   ///< how the next message must begin; empty: none
  std::string answer{};                     ///< the bytes that are sent then
  std::chrono::milliseconds held{0};        ///< how long the answer is held back
  std::chrono::milliseconds silent_for{0};  ///< for this long nothing more may come
};

/// A service that plays a script, a connection at a time, and closes each at its end. It stops at
/// the first message that is not as the script says.
class ScriptedService {
 public:
  using Connection = std::vector<Step>;

  /// Listens on a free port of 127.0.0.1.
  explicit ScriptedService(std::vector<Connection> script);

  /// Waits until the script is played or has failed. Waits end after 20 seconds.
  ~ScriptedService();

  ScriptedService(const ScriptedService&) = delete;
  ScriptedService& operator=(const ScriptedService&) = delete;

  /// `127.0.0.1:port`
  std::string address() const { return listening_.address().toString(); }

  /// Waits until the script is played, and returns what was not as it says; empty: nothing.
  std::string problem();

  /// Ends the script where it is, unless a connection is open.
  void stop();

  /// Every message that has come, without its CR LF, in order. Call problem() or stop() before.
  const std::vector<std::string>& messages() const noexcept { return messages_; }

 private:
  void play(const Connection& connection);

  Poco::Net::ServerSocket listening_;
  std::vector<std::string> messages_;
  std::string problem_;
  std::thread player_;
};

/// The answer to RESUME. `lines` are the bets in the books, each with its LF.
std::string resume_point(std::int64_t draw, std::string_view state, std::int64_t batches,
                         std::string_view lines);

}  // namespace lottery::test
