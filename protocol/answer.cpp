#include "protocol/answer.h"

#include <optional>
#include <utility>

#include "protocol/text.h"

namespace lottery {
namespace {

// An answer's first bytes: the service's name, and the type.
constexpr std::string_view ack = "server:0";
constexpr std::string_view error = "server:1";
constexpr std::string_view wait = "server:2";
constexpr std::string_view winners = "server:3:";
constexpr std::string_view error_with_reason = "server:1:";

constexpr std::string_view message_end = "\r\n";
constexpr std::string_view untyped_end = "\n";

std::variant<Winner, BadAnswer> decode_winner(std::string_view line) {
  const std::size_t comma = line.find(',');
  const auto id = parse_decimal(line.substr(0, comma));
  if (comma == std::string_view::npos || !id) {
    return BadAnswer{"the winner " + in_quotes(line) + " begins with no agency's id"};
  }
  auto parsed = parse_bet(line.substr(comma + 1));
  if (const auto* invalid = std::get_if<InvalidBet>(&parsed)) {
    return BadAnswer{"the winner " + in_quotes(line) + ": " + invalid->problem};
  }
  return Winner{AgencyId{*id}, std::get<Bet>(parsed)};
}

}  // namespace

void append_ack(std::string& out, Dialect dialect) {
  out += ack;
  out += dialect == Dialect::typed ? message_end : untyped_end;
}

void append_error(std::string& out, Dialect dialect, std::string_view reason) {
  if (dialect == Dialect::untyped) {
    out += error;
    out += untyped_end;
    return;
  }
  out += error_with_reason;
  out += reason;
  out += message_end;
}

void append_wait(std::string& out) {
  out += wait;
  out += message_end;
}

void begin_winners(std::string& out) { out += winners; }

void append_winner(std::string& out, AgencyId agency, const Bet& bet) {
  out += to_string(agency);
  out += ',';
  append_bet(out, bet);
}

void end_winners(std::string& out) { out += message_end; }

std::variant<Answer, BadAnswer> decode_answer(std::string_view message) {
  if (!is_utf8(message)) return BadAnswer{"the answer is not UTF-8"};
  if (message == ack) return Ack{};
  if (message == wait) return Wait{};
  if (message == error) return Error{};
  if (message.starts_with(error_with_reason)) {
    return Error{message.substr(error_with_reason.size())};
  }
  if (!message.starts_with(winners)) {
    return BadAnswer{in_quotes(message) + " is no answer of a lottery service"};
  }

  Winners answer;
  std::string_view rest = message.substr(winners.size());
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    auto winner = decode_winner(rest.substr(0, end));
    if (auto* bad = std::get_if<BadAnswer>(&winner)) return std::move(*bad);
    answer.winners.push_back(std::get<Winner>(winner));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return answer;
}

}  // namespace lottery
