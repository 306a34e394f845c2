#include "benchmarks/load.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "benchmarks/connection.h"
#include "protocol/request.h"

namespace lottery::benchmark {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

/// The bets of one agency, one after another.
class Bets {
 public:
  Bets(const Load& load, const std::vector<std::string>& lines, int agency)
      : lines_(lines),
        winning_end_(","),
        winners_(load.winning_bets),
        bets_(load.bets / load.agencies),
        next_line_(static_cast<std::size_t>(agency) * 9973 % lines.size()) {
    winning_end_ += std::to_string(load.winning_number);
  }

  bool is_over() const { return sent_ == bets_; }

  std::string_view next() {
    const bool wins = winners_ != 0 && sent_ % (bets_ / winners_) == 0;
    ++sent_;
    do {
      next_line_ = (next_line_ + 1) % lines_.size();
    } while (winners_ != 0 && lines_[next_line_].ends_with(winning_end_));
    const std::string_view line = lines_[next_line_];
    if (!wins) return line;
    winning_line_ = line.substr(0, line.rfind(','));
    winning_line_ += winning_end_;
    return winning_line_;
  }

 private:
  const std::vector<std::string>& lines_;
  std::string winning_end_;
  std::string winning_line_;
  std::int64_t winners_;
  std::int64_t bets_;
  std::int64_t sent_ = 0;
  std::size_t next_line_;
};

std::vector<double> send_bets(const Load& load, const std::vector<std::string>& lines, int agency) {
  Connection connection(load.port);
  BetsEncoder batch(AgencyId{agency});
  Bets bets(load, lines, agency);
  std::vector<double> seconds_to_ack;
  std::deque<steady_clock::time_point> in_flight;
  const auto await_ack = [&] {
    connection.expect("server:0");
    seconds_to_ack.push_back(seconds_since(in_flight.front()));
    in_flight.pop_front();
  };
  auto due_at = steady_clock::now();
  while (!bets.is_over()) {
    batch.begin({});
    while (batch.bets() < load.batch && !bets.is_over()) batch.add(bets.next());
    bool is_late = false;
    if (load.batches_per_second) {
      due_at += std::chrono::duration_cast<steady_clock::duration>(
          std::chrono::duration<double>(load.agencies / *load.batches_per_second));
      is_late = steady_clock::now() > due_at;
      std::this_thread::sleep_until(due_at);
    }
    if (in_flight.size() == load.in_flight) await_ack();
    // A batch that was due while the answer before it was late counts from when it was due. A timer
    // that is late is no fault of the service.
    in_flight.push_back(is_late ? due_at : steady_clock::now());
    connection.send(batch.message());
    if (load.batches_per_second) await_ack();
  }
  while (!in_flight.empty()) await_ack();
  return seconds_to_ack;
}

}  // namespace

LoadResult run_load(const Load& load, const std::vector<std::string>& lines) {
  const auto agencies = static_cast<std::size_t>(load.agencies);
  std::vector<std::vector<double>> seconds_to_ack(agencies);
  std::vector<std::string> problems(agencies);
  std::vector<std::thread> threads;
  const auto begun_at = steady_clock::now();
  for (std::size_t i = 0; i < agencies; ++i) {
    threads.emplace_back([&, i] {
      try {
        seconds_to_ack[i] = send_bets(load, lines, load.first_agency + static_cast<int>(i));
      } catch (const std::exception& error) {
        problems[i] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  LoadResult result{.seconds = seconds_since(begun_at), .seconds_to_ack = {}};
  for (const std::string& problem : problems) {
    if (!problem.empty()) throw std::runtime_error(problem);
  }
  for (const auto& some : seconds_to_ack) {
    result.seconds_to_ack.insert(result.seconds_to_ack.end(), some.begin(), some.end());
  }
  std::sort(result.seconds_to_ack.begin(), result.seconds_to_ack.end());
  return result;
}

double percentile(const std::vector<double>& values, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values.at(std::max<std::size_t>(rank, 1) - 1);
}

std::vector<double> ask_for_winners(std::uint16_t port, int agency, int times) {
  Connection connection(port);
  const std::string question = encode(RequestWinners{AgencyId{agency}});
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) {
    const auto asked_at = steady_clock::now();
    connection.send(question);
    connection.expect("server:3:");
    seconds.push_back(seconds_since(asked_at));
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

double close_books(std::uint16_t port, int agency) {
  Connection connection(port);
  const auto begun_at = steady_clock::now();
  connection.send(encode(Done{AgencyId{agency}}));
  connection.expect("server:0");
  return seconds_since(begun_at);
}

std::string full_batch(const std::vector<std::string>& lines, const BatchLimits& limits) {
  BetsEncoder batch(AgencyId{1});
  for (std::size_t i = 0; i < limits.bets_max; ++i) {
    const std::string& line = lines[i % lines.size()];
    if (batch.bytes_with(line) > limits.bytes_max) break;
    batch.add(line);
  }
  return std::string(batch.message());
}

void with_busy_connections(std::uint16_t port, int connections, std::string_view batch, int times,
                           const std::function<void()>& while_open) {
  std::vector<Connection> open;
  open.reserve(static_cast<std::size_t>(connections));
  for (int i = 0; i < connections; ++i) open.emplace_back(port);
  for (int i = 0; i < times; ++i) {
    for (Connection& connection : open) connection.send(batch);
    for (Connection& connection : open) connection.expect("server:0");
  }
  while_open();
}

}  // namespace lottery::benchmark
