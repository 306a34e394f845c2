#include "benchmarks/waiting_agencies.h"

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "network/plain_stream.h"
#include "protocol/frame_reader.h"
#include "protocol/request.h"

namespace lottery::benchmark {
namespace {

constexpr std::size_t answer_bytes_max = 1024UL * 1024;
constexpr std::chrono::seconds answer_time_max{600};
constexpr std::chrono::seconds poll_interval{1};
constexpr std::int64_t draw = 1;

}  // namespace

class WaitingAgencies::Agency {
 public:
  Agency(std::uint16_t port, AgencyId id, WinnersBy way)
      : question_(way == WinnersBy::awaiting ? encode(AwaitWinners{id, draw})
                                             : encode(RequestWinners{id})),
        way_(way),
        socket_(Poco::Net::SocketAddress("127.0.0.1", port)),
        stream_(socket_) {
    socket_.setNoDelay(true);
  }

  int descriptor() const { return socket_.impl()->sockfd(); }

  void send(std::string_view message) { stream_.send_all(message, Clock::now() + answer_time_max); }

  /// Sends the message and waits for its ACK.
  void expect_ack(std::string_view message) {
    send(message);
    while (!ack_at_) read();
    ack_at_.reset();
  }

  void ask_at(Clock::time_point due) { due_at_ = due; }

  /// When it asks next, if it does not wait for an answer.
  std::optional<Clock::time_point> due_at() const noexcept { return due_at_; }

  void ask() {
    due_at_.reset();
    send(question_);
  }

  /// Reads what has come, or waits for something to come.
  void read() {
    const std::size_t bytes = stream_.receive_some(frames_.space(), Clock::now() + answer_time_max);
    if (bytes == 0) throw std::runtime_error("the service has closed the connection");
    frames_.received(bytes);
    const auto now = Clock::now();
    while (const auto answer = frames_.next()) {
      if (*answer == "server:0") {
        ack_at_ = now;
      } else if (*answer == "server:2") {
        due_at_ = way_ == WinnersBy::awaiting ? now : now + poll_interval;
      } else if (answer->starts_with("server:3:")) {
        winners_at_ = now;
      } else {
        throw std::runtime_error("the service has answered " + std::string(answer->substr(0, 200)));
      }
    }
  }

  std::optional<Clock::time_point> ack_at() const noexcept { return ack_at_; }
  std::optional<Clock::time_point> winners_at() const noexcept { return winners_at_; }

 private:
  std::string question_;
  WinnersBy way_;
  Poco::Net::StreamSocket socket_;
  PlainStream stream_;
  FrameReader frames_{answer_bytes_max};
  std::optional<Clock::time_point> due_at_;
  std::optional<Clock::time_point> ack_at_;
  std::optional<Clock::time_point> winners_at_;
};

WaitingAgencies::WaitingAgencies(std::uint16_t port, int count, WinnersBy way, std::int64_t bets,
                                 const std::vector<std::string>& lines,
                                 std::int32_t winning_number) {
  const std::int64_t bets_of_one = bets / count;
  const std::string winning_line = "Ana,Rivera,1,1999-03-17," + std::to_string(winning_number);
  std::size_t next_line = 0;
  agencies_.push_back(std::make_unique<Agency>(port, AgencyId{count + 1}, way));
  for (int id = 1; id <= count; ++id) {
    agencies_.push_back(std::make_unique<Agency>(port, AgencyId{id}, way));
    BetsEncoder batch(AgencyId{id});
    batch.add(winning_line);
    for (std::int64_t i = 1; i < bets_of_one; ++i) batch.add(lines[next_line++ % lines.size()]);
    agencies_.back()->expect_ack(batch.message());
    agencies_.back()->expect_ack(encode(Done{AgencyId{id}}));
  }
  const auto now = Clock::now();
  for (int i = 1; i <= count; ++i) {
    const auto share = way == WinnersBy::awaiting ? Clock::duration::zero()
                                                  : Clock::duration(poll_interval) * i / count;
    agencies_[static_cast<std::size_t>(i)]->ask_at(now + share);
  }
}

WaitingAgencies::~WaitingAgencies() = default;

void WaitingAgencies::wait_for(std::chrono::seconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) take_turn(end);
}

double WaitingAgencies::seconds_to_last_winners() {
  Agency& closing = *agencies_.front();
  closing.send(encode(Done{AgencyId{static_cast<std::int32_t>(agencies_.size())}}));
  const auto are_told = [&] {
    return closing.ack_at() && std::all_of(agencies_.begin() + 1, agencies_.end(),
                                           [](const auto& agency) { return agency->winners_at(); });
  };
  const auto end = Clock::now() + answer_time_max;
  while (!are_told()) {
    if (Clock::now() > end) throw std::runtime_error("agencies do not learn their winners");
    take_turn(end);
  }
  Clock::time_point last_at = *closing.ack_at();
  for (const auto& agency : agencies_) {
    last_at = std::max(last_at, agency->winners_at().value_or(last_at));
  }
  return std::chrono::duration<double>(last_at - *closing.ack_at()).count();
}

void WaitingAgencies::take_turn(Clock::time_point end) {
  std::vector<pollfd> watched;
  watched.reserve(agencies_.size());
  const auto now = Clock::now();
  for (const auto& agency : agencies_) {
    if (agency->due_at() && *agency->due_at() <= now) agency->ask();
    if (agency->due_at()) end = std::min(end, *agency->due_at());
    watched.push_back({agency->descriptor(), POLLIN, 0});
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  const int timeout_ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  if (::poll(watched.data(), watched.size(), timeout_ms) < 0)
    throw std::runtime_error("poll has failed");
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (watched[i].revents != 0) agencies_[i]->read();
  }
}

}  // namespace lottery::benchmark
