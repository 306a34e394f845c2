#include "protocol/answer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "text/decimal.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

// The first bytes of an answer: the service's name and the type.
constexpr std::string_view ack = "server:0";
constexpr std::string_view error = "server:1";
constexpr std::string_view wait = "server:2";
constexpr std::string_view winners = "server:3:";
constexpr std::string_view error_with_reason = "server:1:";
constexpr std::string_view resume_point = "server:9:";

constexpr std::string_view typed_end = "\r\n";
constexpr std::string_view untyped_end = "\n";

std::variant<Winner, InvalidAnswer> decode_winner(std::string_view line) {
  const std::size_t comma = line.find(',');
  const auto id = parse_decimal(line.substr(0, comma));
  if (comma == std::string_view::npos || !id) {
    return InvalidAnswer{"the winner " + in_quotes(line) + " does not begin with an agency's id"};
  }
  auto parsed = parse_stored_bet(line.substr(comma + 1));
  if (const auto* invalid = std::get_if<InvalidBet>(&parsed)) {
    return InvalidAnswer{"the winner " + in_quotes(line) + ": " + invalid->problem};
  }
  return Winner{AgencyId{*id}, std::get<Bet>(parsed)};
}

struct StateName {
  BooksState state;
  std::string_view name;
};

constexpr std::array state_names{StateName{BooksState::open, "open"},
                                 StateName{BooksState::closed, "closed"},
                                 StateName{BooksState::drawn, "drawn"}};

/// `<draw>:<state>:<batches>:<bets>:<sha256>`
std::optional<ResumePoint> decode_resume_point(std::string_view body) {
  std::array<std::string_view, 5> fields;
  for (std::string_view& field : fields) {
    const std::size_t colon = body.find(':');
    field = body.substr(0, colon);
    body = colon == std::string_view::npos ? std::string_view() : body.substr(colon + 1);
  }
  const auto draw = parse_decimal<std::int64_t>(fields[0]);
  const auto state = std::find_if(state_names.begin(), state_names.end(),
                                  [&](const StateName& known) { return known.name == fields[1]; });
  const auto batches = parse_decimal<std::int64_t>(fields[2]);
  const auto bets = parse_decimal<std::int64_t>(fields[3]);
  if (!draw || state == state_names.end() || !batches || !bets || !is_sha256(fields[4]) ||
      !body.empty()) {
    return {};
  }
  return ResumePoint{*draw, state->state, *batches, Books{*bets, std::string(fields[4])}};
}

}  // namespace

void append_ack(std::string& out, Dialect dialect) {
  out += ack;
  out += dialect == Dialect::typed ? typed_end : untyped_end;
}

void append_error(std::string& out, Dialect dialect, std::string_view reason) {
  if (dialect != Dialect::typed) {
    out += error;
    out += untyped_end;
    return;
  }
  out += error_with_reason;
  out += reason;
  out += typed_end;
}

void append_wait(std::string& out) {
  out += wait;
  out += typed_end;
}

void begin_winners(std::string& out) { out += winners; }

void append_winner(std::string& out, AgencyId agency, const Bet& bet) {
  out += to_string(agency);
  out += ',';
  append_bet(out, bet);
}

void end_winners(std::string& out) { out += typed_end; }

void append_resume_point(std::string& out, const ResumePoint& point) {
  const auto name =
      std::find_if(state_names.begin(), state_names.end(),
                   [&](const StateName& known) { return known.state == point.state; });
  out += resume_point;
  out += std::to_string(point.draw);
  out += ':';
  out += name->name;
  for (const std::int64_t number : {point.batches, point.books.bets}) {
    out += ':';
    out += std::to_string(number);
  }
  out += ':';
  out += point.books.sha256;
  out += typed_end;
}

std::variant<Answer, InvalidAnswer> decode_answer(std::string_view message) {
  if (!is_utf8(message)) return InvalidAnswer{"the answer is not UTF-8"};
  if (message == ack) return Ack{};
  if (message == wait) return Wait{};
  if (message == error) return Error{};
  if (message.starts_with(error_with_reason)) {
    return Error{message.substr(error_with_reason.size())};
  }
  if (message.starts_with(resume_point)) {
    if (auto point = decode_resume_point(message.substr(resume_point.size()))) {
      return *std::move(point);
    }
    return InvalidAnswer{in_quotes(message) + " is not a resume point"};
  }
  if (!message.starts_with(winners)) {
    return InvalidAnswer{in_quotes(message) + " is not an answer of a lottery service"};
  }

  Winners answer;
  std::string_view rest = message.substr(winners.size());
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    auto winner = decode_winner(rest.substr(0, end));
    if (auto* bad = std::get_if<InvalidAnswer>(&winner)) return std::move(*bad);
    answer.winners.push_back(std::get<Winner>(winner));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return answer;
}

}  // namespace lottery
