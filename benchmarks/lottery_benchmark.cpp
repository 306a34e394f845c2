// `make bench`: what the lottery can do on this machine, as ratios within one run: everything in
// turn, on the same disk, for several rounds. Usage, as scripts/bench.sh calls it:
//
//   lottery_benchmark [--only=agencies|waiting|peers|tls|boards|postgresql |
//   --before=LOTTERY_SERVICE] OUTPUT_FOLDER BETS_FOLDER ROUNDS [POSTGRES_CONNECTION
//   REPLICATED_POSTGRES_CONNECTION]
//
// Prints a table, and writes results.json and plots into OUTPUT_FOLDER. --only measures one part:
// uploads by 1 to 100 agencies, agencies that wait for the draw, agencies that upload beside peers
// that ask without end, mutual TLS, open boards, or the ledger in PostgreSQL. --before measures
// five agencies, in turn with this version of the service and with an older one. Exits with 0 if
// everything ran, targets met or not.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "benchmarks/bet_lines.h"
#include "benchmarks/load.h"
#include "benchmarks/lottery_runs.h"
#include "benchmarks/open_boards.h"
#include "benchmarks/plot.h"
#include "benchmarks/postgresql_runs.h"
#include "benchmarks/report.h"
#include "benchmarks/waiting_agencies.h"

namespace lottery::benchmark {
namespace {

using test::ServiceProcess;

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t upload_bets = 800'000;
constexpr std::size_t usual_batch = 150;
constexpr const char* bare_loop_name = "bare SQLite loop, FULL, batches of 150";
constexpr const char* bare_commit_name = "one bare FULL transaction of 150 bets, mean";

// Names of ratios. The lottery's figure comes first.
constexpr const char* five_to_bare = "five agencies : bare loop";
constexpr const char* one_to_bare = "one agency : bare loop";
constexpr const char* hundred_to_five = "100 agencies : five agencies";
constexpr const char* five_to_postgres_copy = "five agencies : PostgreSQL, COPY";
constexpr const char* five_to_postgres_insert = "five agencies : PostgreSQL, INSERT";
constexpr const char* hundred_connections_to_five = "100 connections : 5, of one process";
constexpr const char* ack_ratio = "batch to ACK p99, full load, 1 in flight : bare transaction";
constexpr const char* last_to_first = "last million : first million, of 10,000,000 bets";
constexpr const char* winners_ratio = "REQUEST_WINNERS p99, at 10,000,000 bets : at 100,000";
constexpr const char* service_memory_name =
    "service, 1,000 connections, 10,000,000 bets: peak memory";
constexpr const char* idle_memory_name =
    "service, 1,000 idle connections after full batches: memory that they keep";
constexpr const char* client_memory_name = "agency client, a file of 10,000,000 bets: peak memory";

// From the ACK for the last DONE to when the last agency has its winners, and what waiting costs.
constexpr const char* forty_await = "40 agencies, AWAIT_WINNERS: the last knows its winners after";
constexpr const char* forty_poll = "40 agencies, polling: the last knows its winners after";
constexpr const char* thousand_await =
    "1,000 agencies, AWAIT_WINNERS: the last knows its winners after";
constexpr const char* thousand_poll = "1,000 agencies, polling: the last knows its winners after";
constexpr const char* await_cpu = "service, 1,000 agencies wait with AWAIT_WINNERS: of a core";
constexpr const char* poll_cpu = "service, 1,000 agencies poll: of a core";

// On an open book of 500,000 bets. If an agency fails, the benchmark does.
constexpr const char* beside_few_resume = "five agencies beside 16 peers that send RESUME : alone";
constexpr const char* beside_many_resume =
    "five agencies beside 250 peers that send RESUME : alone";
constexpr const char* beside_few_done = "five agencies beside 16 peers with a wrong DONE : alone";
constexpr const char* beside_many_done = "five agencies beside 250 peers with a wrong DONE : alone";

constexpr const char* postgresql_five_to_bare = "PostgreSQL, five agencies : bare libpq loop";
constexpr const char* postgresql_twenty_to_bare = "PostgreSQL, 20 agencies : bare libpq loop";
constexpr const char* replicated_five_to_bare =
    "PostgreSQL with a synchronous replica, five agencies : bare libpq loop";
constexpr const char* two_services_to_one = "PostgreSQL, 20 agencies, two services : one";

constexpr const char* now_to_before = "five agencies, SQLite: now : before";
constexpr const char* tls_to_plaintext = "five agencies, mutual TLS : plaintext";
constexpr const char* boards_to_none = "five agencies, 32 open boards : none";
constexpr const char* counting = "counting a batch : its processor time";
constexpr const char* tls_memory = "service, 1,000 connections over TLS after full batches: memory";

const std::vector<int> agency_counts{1, 2, 5, 20, 100};

std::string agencies_name(int agencies) {
  return std::to_string(agencies) + (agencies == 1 ? " agency" : " agencies") + ", batches of 150";
}

/// Says on standard error what is being measured: a run takes minutes.
void announce(int round, const std::string& what) {
  std::cerr << "round " << round << ": " << what << std::endl;
}

class Benchmark {
 public:
  /// `postgres` is a connection string, and `replicated` that of a server with a synchronous
  /// replica. Empty: there is none.
  Benchmark(Workshop workshop, std::string postgres, std::string replicated)
      : workshop_(std::move(workshop)),
        postgres_(std::move(postgres)),
        replicated_(std::move(replicated)) {}

  /// Uploads by agencies, beside the bare loop.
  void run_agencies_round(int round) {
    announce(round, "uploads by agencies, beside the bare loop");
    const BareLoop bare = run_bare_loop(workshop_, upload_bets, usual_batch);
    report_.add(bare_loop_name, "bets/s", bare.bets_a_second);
    report_.add(bare_commit_name, "ms", 1000 * bare.mean_seconds);
    report_.add("one bare FULL transaction of 150 bets, p99", "ms", 1000 * bare.p99_seconds);
    const BareLoop ten_rows = run_bare_loop(workshop_, upload_bets, usual_batch, 10);
    report_.add("bare SQLite loop, the same with ten rows an INSERT", "bets/s",
                ten_rows.bets_a_second);
    std::vector<double> by_agencies;
    for (const int agencies : agency_counts) {
      const double rate = upload_with_clients(
          workshop_, {.agencies = agencies, .batch = usual_batch, .bets = uploaded_by(agencies)});
      report_.add(agencies_name(agencies), "bets/s", rate);
      by_agencies.push_back(rate);
    }
    const double one = by_agencies[0];
    const double five = by_agencies[2];
    const double hundred = by_agencies[4];
    report_.add(five_to_bare, "×", five / bare.bets_a_second);
    report_.add("five agencies : bare loop with ten rows an INSERT", "×",
                five / ten_rows.bets_a_second);
    report_.add(one_to_bare, "×", one / bare.bets_a_second);
    report_.add(hundred_to_five, "×", hundred / five);
    if (!postgres_.empty()) {
      const auto rate = [&](const char* way, std::int64_t bets) {
        return run_postgres(workshop_, postgres_, bets, usual_batch, 5, way);
      };
      const double copied = rate("copy", upload_bets / 2);
      const double inserted = rate("insert", upload_bets / 5);
      report_.add("PostgreSQL, five clients, COPY of 150", "bets/s", copied);
      report_.add("PostgreSQL, five clients, INSERT of 150", "bets/s", inserted);
      report_.add(five_to_postgres_copy, "×", five / copied);
      report_.add(five_to_postgres_insert, "×", five / inserted);
    }
    bare_seconds_ = bare.mean_seconds;
  }

  /// After run_agencies_round().
  void run_round(int round) {
    announce(round, "connections of one process");
    const double five_connections = measure_connections(5);
    report_.add(hundred_connections_to_five, "×", measure_connections(100) / five_connections);

    announce(round, "batches of 1, 15 and 1,000");
    measure_batches(1, 8'000);
    measure_batches(15, 120'000);
    measure_batches(1000, upload_bets);

    announce(round, "from batch to ACK");
    measure_acks(bare_seconds_);

    for (const std::int64_t bets : {million / 10, million, 10 * million}) {
      announce(round, "a draw of " + std::to_string(bets) + " bets");
      measure_draw(bets);
    }
    report_.add(
        winners_ratio, "×",
        winners_p99_.at(winners_p99_.size() - 1) / winners_p99_.at(winners_p99_.size() - 3));

    announce(round, "the memory of an agency client");
    report_.add(client_memory_name, "MiB", client_peak_mebibytes(workshop_, 10 * million));
  }

  void run_waiting_round(int round) {
    // Each AWAIT_WINNERS is answered after 20 seconds, so this is a whole turn of the questions.
    constexpr std::chrono::seconds turn_of_awaiting{20};
    constexpr std::chrono::seconds turns_of_polling{10};
    announce(round, "agencies that wait for the draw");
    measure_waiting(40, WinnersBy::awaiting, std::chrono::seconds(1), forty_await, {});
    measure_waiting(40, WinnersBy::polling, std::chrono::seconds(1), forty_poll, {});
    measure_waiting(1000, WinnersBy::awaiting, turn_of_awaiting, thousand_await, await_cpu);
    measure_waiting(1000, WinnersBy::polling, turns_of_polling, thousand_poll, poll_cpu);
    announce(round, "the memory of idle connections");
    measure_idle_connections();
  }

  void run_peers_round(int round) {
    constexpr std::int64_t book = 500'000;
    announce(round, "five agencies beside peers that ask without end");
    const auto measure = [&](int peers, Question question, const std::string& of) {
      const BesidePeers beside =
          upload_beside_peers(workshop_, {.agencies = 5, .batch = usual_batch, .bets = upload_bets},
                              peers, question, book);
      report_.add("5 agencies beside " + of, "bets/s", beside.bets_a_second);
      report_.add("5 agencies beside " + of + ": greatest WAL", "MiB", beside.wal_mebibytes);
      if (peers > 0) report_.add(of + ": answers", "", static_cast<double>(beside.answers));
      return beside.bets_a_second;
    };
    const double alone = measure(0, Question::resume, "no such peers");
    report_.add(beside_few_resume, "×",
                measure(16, Question::resume, "16 peers that send RESUME") / alone);
    report_.add(beside_many_resume, "×",
                measure(250, Question::resume, "250 peers that send RESUME") / alone);
    report_.add(beside_few_done, "×",
                measure(16, Question::wrong_done, "16 peers that send a wrong DONE") / alone);
    report_.add(beside_many_done, "×",
                measure(250, Question::wrong_done, "250 peers that send a wrong DONE") / alone);
  }

  void run_tls_round(int round) {
    announce(round, "mutual TLS");
    const auto upload = [&](bool is_over_tls) {
      return upload_with_clients(
          workshop_,
          {.agencies = 5, .batch = usual_batch, .bets = upload_bets, .is_over_tls = is_over_tls});
    };
    const double plaintext = upload(false);
    const double tls = upload(true);
    report_.add("5 agencies, plaintext", "bets/s", plaintext);
    report_.add("5 agencies, mutual TLS", "bets/s", tls);
    report_.add(tls_to_plaintext, "×", tls / plaintext);
    const TlsCost cost = connect_over_tls(workshop_, 1000);
    report_.add("TLS handshakes", "1/s", cost.handshakes_a_second);
    report_.add(tls_memory, "MiB", cost.mebibytes);
  }

  void run_boards_round(int round) {
    announce(round, "open boards");
    constexpr int boards = 32;
    const Upload upload{.agencies = 5, .batch = usual_batch, .bets = upload_bets};
    const BesideBoards none = upload_beside_boards(workshop_, upload, 0, false);
    const BesideBoards some = upload_beside_boards(workshop_, upload, boards, false);
    const BesideBoards scraped = upload_beside_boards(workshop_, upload, boards, true);
    report_.add("5 agencies, no board", "bets/s", none.bets_a_second);
    report_.add("5 agencies, 32 boards", "bets/s", some.bets_a_second);
    report_.add(boards_to_none, "×", some.bets_a_second / none.bets_a_second);
    report_.add("5 agencies, 32 boards, /metrics: p99", "ms", scraped.scrape_milliseconds);
    report_.add(counting, "%", 100 * seconds_to_count_a_batch() / none.seconds_a_batch);
  }

  void run_postgresql_round(int round) {
    if (postgres_.empty()) return;
    announce(round, "the ledger in PostgreSQL");
    const auto measure = [&](const std::string& name, const PostgresqlUpload& upload) {
      const double bare = bare_postgresql(workshop_, upload);
      const double lottery = upload_to_postgresql(workshop_, upload);
      report_.add("bare libpq loop, " + name, "bets/s", bare);
      report_.add("the lottery in PostgreSQL, " + name, "bets/s", lottery);
      return std::pair(lottery, bare);
    };
    const auto [five, bare_five] =
        measure("5 connections", {.connection = postgres_, .agencies = 5, .bets = upload_bets});
    report_.add(postgresql_five_to_bare, "×", five / bare_five);
    report_.add("the lottery in SQLite : in PostgreSQL, 5 connections", "×",
                measure_connections(5) / five);
    const auto [twenty, bare_twenty] =
        measure("20 connections", {.connection = postgres_, .agencies = 20, .bets = upload_bets});
    report_.add(postgresql_twenty_to_bare, "×", twenty / bare_twenty);
    const double two_services = upload_to_postgresql(
        workshop_, {.connection = postgres_, .agencies = 20, .services = 2, .bets = upload_bets});
    report_.add("the lottery in PostgreSQL, 20 connections, two services", "bets/s", two_services);
    report_.add(two_services_to_one, "×", two_services / twenty);
    const auto [replicated, bare_replicated] =
        measure("5 connections, one synchronous replica",
                {.connection = replicated_, .agencies = 5, .bets = upload_bets / 2});
    report_.add(replicated_five_to_bare, "×", replicated / bare_replicated);
  }

  /// `before` is the program of an older version, which must know the settings of this one.
  void run_before_round(int round, const std::string& before) {
    announce(round, "five agencies, with the older version and with this one");
    const Upload upload{.agencies = 5, .batch = usual_batch, .bets = upload_bets};
    Workshop older = workshop_;
    older.service = before;
    const double then = upload_with_clients(older, upload);
    const double now = upload_with_clients(workshop_, upload);
    report_.add("5 agencies, SQLite, the older version", "bets/s", then);
    report_.add("5 agencies, SQLite, this version", "bets/s", now);
    report_.add(now_to_before, "×", now / then);
  }

  void set_before_target() { report_.set_target(now_to_before, {Target::Side::at_least, 0.98}); }

  void set_postgresql_targets() {
    if (postgres_.empty()) return;
    for (const char* ratio :
         {postgresql_five_to_bare, postgresql_twenty_to_bare, replicated_five_to_bare}) {
      report_.set_target(ratio, {Target::Side::at_least, 0.7});
    }
  }

  void set_boards_targets() {
    report_.set_target(boards_to_none, {Target::Side::at_least, 0.97});
    report_.set_target(counting, {Target::Side::at_most, 1});
  }

  void set_tls_targets() {
    report_.set_target(tls_to_plaintext, {Target::Side::at_least, 0.85});
    report_.set_target(tls_memory, {Target::Side::at_most, 128});
  }

  void set_peers_targets() {
    report_.set_target(beside_few_resume, {Target::Side::at_least, 0.5});
    report_.set_target(beside_few_done, {Target::Side::at_least, 0.5});
  }

  void set_waiting_targets() {
    report_.set_target(forty_await, {Target::Side::at_most, 0.1});
    report_.set_target(thousand_await, {Target::Side::at_most, 1.0});
    report_.set_target(await_cpu, {Target::Side::at_most, 1.0});
    report_.set_target(idle_memory_name, {Target::Side::at_most, 64});
  }

  void set_agencies_targets() {
    const auto at_least = [&](const char* name, double limit) {
      report_.set_target(name, {Target::Side::at_least, limit});
    };
    at_least(five_to_bare, 1.5);
    at_least(one_to_bare, 1.0);
    at_least(hundred_to_five, 1.0);
    if (!postgres_.empty()) {
      at_least(five_to_postgres_copy, 3.5);
      at_least(five_to_postgres_insert, 3.5);
    }
  }

  void set_targets() {
    const auto at_least = [&](const char* name, double limit) {
      report_.set_target(name, {Target::Side::at_least, limit});
    };
    const auto at_most = [&](const std::string& name, double limit) {
      report_.set_target(name, {Target::Side::at_most, limit});
    };
    at_least(hundred_connections_to_five, 1.0);
    at_least(last_to_first, 0.9);
    at_most(winners_ratio, 1.2);
    at_most(ack_ratio, 6.0);
    at_most(service_memory_name, 64);
    at_most(client_memory_name, 16);
  }

  const Report& report() const noexcept { return report_; }

  void write_agencies_plot(const std::filesystem::path& folder) const {
    Plot agencies{.title = "Durable bets a second, batches of 150",
                  .x_label = "agencies",
                  .y_label = "bets a second",
                  .points = {},
                  .level_label = "bare SQLite loop",
                  .level = report_.median(bare_loop_name)};
    for (const int count : agency_counts) {
      agencies.points.push_back(point(std::to_string(count), agencies_name(count)));
    }
    write_svg(agencies, folder / "throughput_by_agencies.svg");
  }

  void write_size_plot(const std::filesystem::path& folder) const {
    Plot size{.title = "Durable bets a second while the database grows, five agencies",
              .x_label = "millions of bets stored",
              .y_label = "bets a second",
              .points = {},
              .level_label = "bare SQLite loop",
              .level = report_.median(bare_loop_name)};
    for (int i = 1; i <= 10; ++i) {
      size.points.push_back(point(std::to_string(i), million_name(i)));
    }
    write_svg(size, folder / "throughput_by_size.svg");
  }

 private:
  static double measured_peak(const test::Process& process) {
    const double peak = peak_mebibytes(process);
    if (peak == 0) throw std::runtime_error("the memory of the service can't be read");
    return peak;
  }

  /// Each agency brings as many bets, however many agencies there are; fewer than five bring more
  /// each, for a run to be long enough.
  static std::int64_t uploaded_by(int agencies) {
    return std::max(upload_bets, agencies * (upload_bets / 5));
  }

  static std::string million_name(int number) {
    return "while million " + std::to_string(number) + " is stored, five agencies";
  }

  PlotPoint point(const std::string& x, const std::string& figure) const {
    return {.x = x,
            .y = report_.median(figure),
            .y_least = report_.least(figure),
            .y_greatest = report_.greatest(figure)};
  }

  /// Without the processes of the agencies, their files and their books: what the service takes.
  double measure_connections(int connections) {
    double rate = 0;
    with_service(
        workshop_, {"--lottery.agencies=" + std::to_string(connections)},
        [&](ServiceProcess& service, const std::filesystem::path&) {
          const Load load{
              .port = service.port(), .agencies = connections, .in_flight = 8, .bets = upload_bets};
          rate = static_cast<double>(upload_bets) / run_load(load, workshop_.lines).seconds;
        });
    report_.add(std::to_string(connections) + " connections of one process, batches of 150",
                "bets/s", rate);
    return rate;
  }

  void measure_batches(std::size_t batch, std::int64_t bets) {
    const std::string of = "batches of " + std::to_string(batch);
    const double bare = run_bare_loop(workshop_, bets, batch).bets_a_second;
    const double five =
        upload_with_clients(workshop_, {.agencies = 5, .batch = batch, .bets = bets});
    report_.add("bare SQLite loop, FULL, " + of, "bets/s", bare);
    report_.add("5 agencies, " + of, "bets/s", five);
    report_.add("five agencies : bare loop, " + of, "×", five / bare);
  }

  void measure_acks(double bare_seconds) {
    const auto add = [&](const std::string& load, const LoadResult& result) {
      for (const auto& [share, share_name] :
           {std::pair{0.5, "p50"}, std::pair{0.99, "p99"}, std::pair{0.999, "p99.9"}}) {
        report_.add("batch to ACK, " + load + ", " + share_name, "ms",
                    1000 * percentile(result.seconds_to_ack, share));
      }
    };
    with_service(workshop_, {"--lottery.agencies=6"},
                 [&](ServiceProcess& service, const std::filesystem::path&) {
                   Load load{.port = service.port(), .in_flight = 1, .bets = upload_bets};
                   const LoadResult waiting = run_load(load, workshop_.lines);
                   add("full load, 1 in flight", waiting);
                   load.in_flight = 8;
                   add("full load, 8 in flight", run_load(load, workshop_.lines));
                   load.bets = 3 * upload_bets / 8;
                   load.batches_per_second =
                       static_cast<double>(waiting.seconds_to_ack.size()) / waiting.seconds / 10;
                   add("a tenth of that", run_load(load, workshop_.lines));
                   report_.add(ack_ratio, "×",
                               percentile(waiting.seconds_to_ack, 0.99) / bare_seconds);
                 });
  }

  void measure_draw(std::int64_t bets) {
    constexpr int bystander = 6;  // an agency without bets: its DONE is the draw, and nothing else
    constexpr int questions = 10'000;
    constexpr int connections = 1000;
    const std::string at = " at " + std::to_string(bets) + " bets";
    with_service(
        workshop_,
        {"--lottery.agencies=6", "--lottery.winning_number=2000000007",
         "--service.max_connections_per_address=1024"},
        [&](ServiceProcess& service, const std::filesystem::path& path) {
          const std::uint16_t port = service.port();
          // The same number of winners whatever the number of bets: else it is their
          // transport that would be measured.
          run_load({.port = port,
                    .in_flight = 8,
                    .bets = bets,
                    .winning_bets = 10,
                    .winning_number = 2'000'000'007},
                   workshop_.lines);
          if (bets == 10 * million) {
            report_.add("service, 5 connections, 10,000,000 bets: peak memory", "MiB",
                        measured_peak(service));
            measure_growth(path);
          }
          for (int agency = 1; agency < bystander; ++agency) close_books(port, agency);
          report_.add("seconds that the draw takes" + at, "s", close_books(port, bystander));
          winners_p99_.push_back(percentile(ask_for_winners(port, 1, questions), 0.99));
          report_.add("REQUEST_WINNERS p99" + at, "ms", 1000 * winners_p99_.back());
          if (bets == 10 * million) {
            const std::string batch =
                full_batch(workshop_.lines, {.bets_max = usual_batch, .bytes_max = 65'536});
            with_busy_connections(port, connections, batch, 1, [&] {
              report_.add(service_memory_name, "MiB", measured_peak(service));
            });
          }
        });
  }

  /// `cpu_name` is the figure of what the service takes while they wait, if that is measured.
  void measure_waiting(int agencies, WinnersBy way, std::chrono::seconds time,
                       const std::string& latency_name, const std::string& cpu_name) {
    constexpr std::int64_t bets = 78'697;  // as many as the five agencies of the lottery have
    constexpr std::int32_t winning_number = 2'000'000'007;
    with_service(workshop_,
                 {"--lottery.agencies=" + std::to_string(agencies + 1),
                  "--service.max_connections=" + std::to_string(2 * agencies),
                  "--service.max_connections_per_address=" + std::to_string(2 * agencies),
                  "--lottery.winning_number=" + std::to_string(winning_number)},
                 [&](ServiceProcess& service, const std::filesystem::path&) {
                   WaitingAgencies waiting(service.port(), agencies, way, bets, workshop_.lines,
                                           winning_number);
                   const double cpu_before = cpu_seconds(service);
                   waiting.wait_for(time);
                   const double used = cpu_seconds(service) - cpu_before;
                   if (!cpu_name.empty()) {
                     report_.add(cpu_name, "%", 100 * used / static_cast<double>(time.count()));
                   }
                   report_.add(latency_name, "s", waiting.seconds_to_last_winners());
                 });
  }

  /// What connections keep once each of them has sent full batches, at the same time as the others.
  void measure_idle_connections() {
    constexpr int connections = 1000;
    constexpr int batches_of_each = 3;
    constexpr std::size_t message_bytes_max = 65'536;
    const std::string batch = full_batch(
        workshop_.lines, {.bets_max = message_bytes_max, .bytes_max = message_bytes_max});
    with_service(workshop_, {"--service.max_connections_per_address=1024"},
                 [&](ServiceProcess& service, const std::filesystem::path&) {
                   const std::uint16_t port = service.port();
                   with_busy_connections(port, 1, batch, 1, [] {});
                   const double before = resident_mebibytes(service);
                   with_busy_connections(port, connections, batch, batches_of_each, [&] {
                     report_.add(idle_memory_name, "MiB", resident_mebibytes(service) - before);
                   });
                 });
  }

  /// From when each million of bets was stored.
  void measure_growth(const std::filesystem::path& path) {
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY);
    SQLite::Statement batches(database, R"sql(
        SELECT first_bet_id + bets - 1, julianday(received_at) * 86400
        FROM batches
        ORDER BY first_bet_id)sql");
    std::vector<double> rates;
    std::int64_t stored_at_start = 0;
    double started_at = 0;
    while (batches.executeStep()) {
      const std::int64_t stored = batches.getColumn(0).getInt64();
      const double now = batches.getColumn(1).getDouble();
      if (started_at == 0) started_at = now;
      if (stored < static_cast<std::int64_t>(rates.size() + 1) * million) continue;
      rates.push_back(static_cast<double>(stored - stored_at_start) / (now - started_at));
      report_.add(million_name(static_cast<int>(rates.size())), "bets/s", rates.back());
      stored_at_start = stored;
      started_at = now;
    }
    report_.add(last_to_first, "×", rates.back() / rates.front());
  }

  Workshop workshop_;
  std::string postgres_;
  std::string replicated_;
  Report report_;
  std::vector<double> winners_p99_;
  double bare_seconds_ = 0;  // that a bare transaction takes in this round
};

std::string machine() {
  utsname names{};
  ::uname(&names);
  std::string processor = names.machine;
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) {
      processor = line.substr(line.find(':') + 2);
      break;
    }
  }
  return std::to_string(std::thread::hardware_concurrency()) + " x " + processor + ", " +
         names.sysname + " " + names.release;
}

enum class Part : std::uint8_t { all, agencies, waiting, peers, tls, boards, postgresql, before };

int run(const std::filesystem::path& output, const std::filesystem::path& bets_folder, int rounds,
        const std::string& postgres, const std::string& replicated, Part part,
        const std::string& before) {
  Workshop workshop{
      .folder = output / "work", .bets_folder = bets_folder, .lines = read_bet_lines(bets_folder)};
  std::filesystem::create_directories(workshop.folder);
  Benchmark benchmark(workshop, postgres, replicated);
  const auto is_asked = [&](Part which) { return part == Part::all || part == which; };
  for (int round = 1; round <= rounds; ++round) {
    if (is_asked(Part::agencies)) benchmark.run_agencies_round(round);
    if (part == Part::all) benchmark.run_round(round);
    if (is_asked(Part::waiting)) benchmark.run_waiting_round(round);
    if (is_asked(Part::peers)) benchmark.run_peers_round(round);
    if (is_asked(Part::tls)) benchmark.run_tls_round(round);
    if (is_asked(Part::boards)) benchmark.run_boards_round(round);
    if (is_asked(Part::postgresql)) benchmark.run_postgresql_round(round);
    if (part == Part::before) benchmark.run_before_round(round, before);
  }
  if (is_asked(Part::agencies)) benchmark.set_agencies_targets();
  if (part == Part::all) benchmark.set_targets();
  if (is_asked(Part::waiting)) benchmark.set_waiting_targets();
  if (is_asked(Part::peers)) benchmark.set_peers_targets();
  if (is_asked(Part::tls)) benchmark.set_tls_targets();
  if (is_asked(Part::boards)) benchmark.set_boards_targets();
  if (is_asked(Part::postgresql)) benchmark.set_postgresql_targets();
  if (part == Part::before) benchmark.set_before_target();
  std::filesystem::remove_all(workshop.folder);

  std::cout << machine() << "; median of " << rounds << " rounds, least to greatest\n\n";
  benchmark.report().print(std::cout);
  benchmark.report().write_json(output / "results.json", machine());
  std::cout << "\nresults.json";
  if (is_asked(Part::agencies)) {
    benchmark.write_agencies_plot(output);
    std::cout << ", throughput_by_agencies.svg";
  }
  if (part == Part::all) {
    benchmark.write_size_plot(output);
    std::cout << ", throughput_by_size.svg";
  }
  std::cout << ": in " << output.string() << std::endl;
  return 0;
}

}  // namespace
}  // namespace lottery::benchmark

int main(int argc, char** argv) {
  using lottery::benchmark::Part;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  Part part = Part::all;
  for (const auto& [option, only] :
       {std::pair("--only=agencies", Part::agencies), std::pair("--only=waiting", Part::waiting),
        std::pair("--only=peers", Part::peers), std::pair("--only=tls", Part::tls),
        std::pair("--only=boards", Part::boards),
        std::pair("--only=postgresql", Part::postgresql)}) {
    if (arguments.empty() || arguments.front() != option) continue;
    part = only;
    arguments.erase(arguments.begin());
  }
  std::string before;
  constexpr std::string_view before_option = "--before=";
  if (!arguments.empty() && arguments.front().starts_with(before_option)) {
    part = Part::before;
    before = arguments.front().substr(before_option.size());
    arguments.erase(arguments.begin());
  }
  if (arguments.size() != 3 && arguments.size() != 5) {
    std::cerr << "usage: lottery_benchmark [--only=agencies|waiting|peers|tls|boards|postgresql | "
                 "--before=LOTTERY_SERVICE] OUTPUT_FOLDER BETS_FOLDER ROUNDS "
                 "[POSTGRES_CONNECTION REPLICATED_POSTGRES_CONNECTION]"
              << std::endl;
    return 1;
  }
  arguments.resize(5);
  try {
    return lottery::benchmark::run(arguments[0], arguments[1], std::stoi(arguments[2]),
                                   arguments[3], arguments[4], part, before);
  } catch (const std::exception& error) {
    std::cerr << "lottery_benchmark: " << error.what() << std::endl;
    return 1;
  }
}
