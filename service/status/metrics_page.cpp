#include "service/status/metrics_page.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "program/background_output.h"
#include "text/printable.h"

namespace lottery {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::array<const char*, refusal_reasons> reason_names{"invalid", "not_allowed", "busy"};

/// The families of metrics, in the order of the page.
class Page {
 public:
  /// Begins a family of metrics.
  void family(std::string name, std::string help, MetricType type) {
    families_.push_back({"lottery_" + std::move(name), std::move(help), type, {}});
  }

  void add(ClientMetric metric, std::vector<ClientMetric::Label> labels = {}) {
    metric.label = std::move(labels);
    families_.back().metric.push_back(std::move(metric));
  }

  void gauge(std::string name, std::string help, double value) {
    family(std::move(name), std::move(help), MetricType::Gauge);
    add_gauge(value);
  }
  void add_gauge(double value, std::vector<ClientMetric::Label> labels = {}) {
    ClientMetric metric;
    metric.gauge.value = value;
    add(std::move(metric), std::move(labels));
  }

  void counter(std::string name, std::string help, double value) {
    family(std::move(name), std::move(help), MetricType::Counter);
    ClientMetric metric;
    metric.counter.value = value;
    add(std::move(metric));
  }

  void histogram(std::string name, std::string help, const prometheus::Histogram& histogram) {
    family(std::move(name), std::move(help), MetricType::Histogram);
    add(histogram.Collect());
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void add_messages(Page& page, const ConnectionMetrics& metrics) {
  page.counter("bets_accepted_total", "Bets stored and acknowledged.",
               metrics.accepted.bets.Value());
  page.counter("batches_accepted_total", "Batches stored and acknowledged.",
               metrics.accepted.batches.Value());
  page.counter("batch_bytes_accepted_total", "Bytes of the messages of accepted batches.",
               metrics.accepted.bytes.Value());
  page.counter("batches_repeated_total",
               "Batches that were stored before, and were acknowledged once more.",
               metrics.repeated.batches.Value());
  page.family("bets_refused_total", "Bets in batches that were refused, by reason.",
              MetricType::Counter);
  for (std::size_t i = 0; i < refusal_reasons; ++i) {
    page.add(metrics.refused.at(i).bets.Collect(), {{"reason", reason_names.at(i)}});
  }
  page.family("batches_refused_total", "Batches that were refused, by reason.",
              MetricType::Counter);
  for (std::size_t i = 0; i < refusal_reasons; ++i) {
    page.add(metrics.refused.at(i).batches.Collect(), {{"reason", reason_names.at(i)}});
  }
  page.family("batch_bytes_refused_total", "Bytes of the messages of refused batches, by reason.",
              MetricType::Counter);
  for (std::size_t i = 0; i < refusal_reasons; ++i) {
    page.add(metrics.refused.at(i).bytes.Collect(), {{"reason", reason_names.at(i)}});
  }
  page.histogram("batch_to_ack_seconds", "Time from the receipt of a batch to its ACK.",
                 metrics.batch_to_ack);
}

void add_ledger(Page& page, const LedgerMetrics& metrics, const LedgerFiles& files) {
  page.histogram("sync_seconds", "Time that a sync of the write-ahead log took.", metrics.sync);
  page.histogram("write_turn_wait_seconds", "Time that a transaction waited for its turn to write.",
                 metrics.write_turn_wait);
  page.counter("checkpoints_total", "Copies of the write-ahead log into the database.",
               metrics.checkpoints.Value());
  if (files.database_bytes) {
    page.gauge("database_bytes", "Size of the database.",
               static_cast<double>(*files.database_bytes));
  }
  if (files.wal_bytes) {
    page.gauge("wal_bytes", "Size of the write-ahead log (WAL).",
               static_cast<double>(*files.wal_bytes));
  }
  if (files.free_bytes) {
    page.gauge("disk_free_bytes", "Free space where the database is.",
               static_cast<double>(*files.free_bytes));
  }
}

void add_connections(Page& page, const ConnectionMetrics& metrics,
                     const ConnectionRegistry::Counts& counts) {
  page.family("connections", "Connections of agencies, by state.", MetricType::Gauge);
  page.add_gauge(counts.served, {{"state", "served"}});
  page.add_gauge(counts.turned_away, {{"state", "turned_away"}});
  page.gauge("connections_max", "Most connections that the service serves at once.",
             counts.served_max);
  page.counter("connections_refused_total",
               "Connections that were refused, or were closed to make room.",
               static_cast<double>(counts.refused));
  page.counter("handshakes_failed_total", "TLS handshakes that failed.",
               metrics.handshakes_failed.Value());
}

void add_draws(Page& page, const Overview& overview) {
  std::int64_t draws = 0;
  double done = 0;
  double agencies = 0;
  double bets = 0;
  double winners = 0;
  bool is_open = false;
  if (overview.newest) {
    const DrawOverview& newest = *overview.newest;
    is_open = !newest.draw.drawn_at;
    // Draws are numbered from 1 without gaps.
    draws = newest.draw.draw.value - (is_open ? 1 : 0);
    agencies = static_cast<double>(newest.agencies.size());
    for (const AgencyOverview& agency : newest.agencies) {
      if (agency.done_at) ++done;
      bets += static_cast<double>(agency.bets);
      winners += static_cast<double>(agency.winners);
    }
  }
  page.gauge("draws", "Draws that have happened.", static_cast<double>(draws));
  page.gauge("draw_open", "1 if a draw is open, else 0.", is_open ? 1 : 0);
  if (is_open) {
    page.gauge(
        "draw_opened_timestamp_seconds", "When the open draw opened.",
        std::chrono::duration<double>(overview.newest->draw.opened_at.time_since_epoch()).count());
  }
  page.gauge("draw_agencies", "Agencies of the newest draw.", agencies);
  page.gauge("draw_agencies_done", "Agencies of the newest draw that have closed their books.",
             done);
  page.gauge("draw_bets", "Bets in the newest draw.", bets);
  page.gauge("draw_winners", "Winners of the newest draw; 0 before it happens.", winners);
}

void add_certificates(Page& page, const TlsServer& tls) {
  page.family("certificate_expiry_timestamp_seconds",
              "When the service's certificate, or a list of revoked certificates, expires.",
              MetricType::Gauge);
  for (const Expiry& expiry : tls.expiries()) {
    page.add_gauge(std::chrono::duration<double>(expiry.at.time_since_epoch()).count(),
                   {{"file", printable(expiry.file.string())}});
  }
}

}  // namespace

std::string metrics_page(const StatusSources& sources, const Snapshot& snapshot,
                         Readiness& readiness) {
  Page page;
  add_messages(page, sources.server.metrics());
  add_ledger(page, sources.ledger.metrics(), snapshot.files);
  add_connections(page, sources.server.metrics(), sources.server.connections());
  add_draws(page, snapshot.overview);
  if (sources.tls != nullptr) add_certificates(page, *sources.tls);
  page.gauge("ready", "1 if the last check found that a bet can be stored, else 0.",
             readiness.why_not_lately() ? 0 : 1);
  page.counter("log_lines_dropped_total",
               "Log lines that were left out because the log's reader was too slow.",
               static_cast<double>(BackgroundOutput::lines_left_out()));
  page.gauge("start_timestamp_seconds", "When the service started.",
             std::chrono::duration<double>(snapshot.started_at.time_since_epoch()).count());
  page.family("build_info", "Always 1; the label is the version.", MetricType::Gauge);
  page.add_gauge(1, {{"version", LOTTERY_VERSION}});
  return page.text();
}

}  // namespace lottery
