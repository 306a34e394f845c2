#include "protocol/request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "text/decimal.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

constexpr std::string_view bets_type = "4";
constexpr std::string_view done_type = "5";
constexpr std::string_view request_winners_type = "6";
constexpr std::string_view numbered_bets_type = "7";
constexpr std::string_view resume_type = "8";
constexpr std::string_view await_winners_type = "10";
constexpr std::string_view request_end = "\r\n";
constexpr char bet_end = '\n';

// Memory for this number of decoded bets is kept between batches; the rest is freed.
constexpr std::size_t bets_kept = 256;

InvalidRequest not_the_protocol(const std::string& reason) {
  return InvalidRequest{.reason = as_reason(reason), .severity = ErrorSeverity::fatal};
}

bool is_sent_by_agencies(std::string_view type) {
  constexpr std::array types{bets_type,          done_type,   request_winners_type,
                             numbered_bets_type, resume_type, await_winners_type};
  return std::find(types.begin(), types.end(), type) != types.end();
}

InvalidRequest wrong_body(AgencyId agency, const std::string& reason) {
  return InvalidRequest{
      .reason = as_reason(reason), .severity = ErrorSeverity::recoverable, .agency = agency};
}

/// `<bets>:<sha256>`
std::variant<Request, InvalidRequest> decode_books(AgencyId agency, std::string_view body) {
  const std::size_t colon = body.find(':');
  const auto bets = parse_decimal<std::int64_t>(body.substr(0, colon));
  const std::string_view sha256 =
      colon == std::string_view::npos ? std::string_view() : body.substr(colon + 1);
  if (!bets || !is_sha256(sha256)) {
    return wrong_body(agency, "the books " + in_quotes(body) +
                                  " are no number of bets and SHA-256 in 64 lower-case hex digits");
  }
  return Done{agency, Books{*bets, std::string(sha256)}};
}

std::variant<Request, InvalidRequest> decode_resume(AgencyId agency, std::string_view body) {
  if (!is_upload_id(body)) {
    return wrong_body(agency, "the upload " + in_quotes(body) + " is not 32 lower-case hex digits");
  }
  return Resume{agency, UploadId{std::string(body)}};
}

std::variant<Request, InvalidRequest> decode_await_winners(AgencyId agency, std::string_view body) {
  const auto draw = parse_decimal<std::int64_t>(body);
  if (!draw || *draw == 0) {
    return wrong_body(agency, "the draw " + in_quotes(body) +
                                  " is not a number from 1 on without a leading zero");
  }
  return AwaitWinners{agency, *draw};
}

std::string head(AgencyId agency, std::string_view type) {
  std::string message = to_string(agency);
  message += ':';
  message += type;
  return message;
}

/// Splits a message at its first colon.
struct Addressed {
  std::string_view sender;
  std::string_view rest;
};

std::variant<Addressed, InvalidRequest> split_sender(std::string_view message) {
  if (!is_utf8(message)) return not_the_protocol("the message is not UTF-8");
  const std::size_t colon = message.find(':');
  if (colon == std::string_view::npos) {
    const bool is_bet = std::holds_alternative<Bet>(parse_bet(message));
    return not_the_protocol(
        "no colon in the message " + in_quotes(message) +
        (is_bet ? "; bets are separated by LF alone: CR LF ends the message" : ""));
  }
  const std::string_view sender = message.substr(0, colon);
  if (!is_digits(sender)) {
    return not_the_protocol("the sender " + in_quotes(sender) + " is not decimal digits");
  }
  return Addressed{sender, message.substr(colon + 1)};
}

InvalidRequest no_agency(std::string_view sender, Dialect dialect) {
  return InvalidRequest{.reason = as_reason("no agency has the id " + in_quotes(sender)),
                        .severity = ErrorSeverity::recoverable,
                        .dialect = dialect};
}

}  // namespace

std::variant<Request, InvalidRequest> RequestDecoder::decode_single_bet(std::string_view message) {
  const auto split = split_sender(message);
  if (const auto* bad = std::get_if<InvalidRequest>(&split)) {
    InvalidRequest answered_plainly = *bad;
    answered_plainly.dialect = Dialect::single_bet;
    return answered_plainly;
  }
  const auto [sender, rest] = std::get<Addressed>(split);
  const auto id = parse_decimal(sender);
  if (!id) return no_agency(sender, Dialect::single_bet);
  return decode_bets(AgencyId{*id}, rest, Dialect::single_bet);
}

std::variant<Request, InvalidRequest> RequestDecoder::decode(std::string_view message) {
  const auto split = split_sender(message);
  if (const auto* bad = std::get_if<InvalidRequest>(&split)) return *bad;
  const auto [sender, rest] = std::get<Addressed>(split);

  // A type consists of digits up to the next colon or the end of the message. An untyped batch has
  // a comma before its first LF, so its first field may contain colons without being taken for a
  // type.
  const std::size_t second_colon = rest.find(':');
  const std::string_view type = rest.substr(0, second_colon);
  const bool is_untyped_batch =
      !is_digits(type) && rest.substr(0, rest.find('\n')).find(',') != std::string_view::npos;
  const Dialect dialect = is_untyped_batch ? Dialect::untyped : Dialect::typed;
  if (!is_untyped_batch && !is_sent_by_agencies(type)) {
    return not_the_protocol("agencies send no messages of the type " + in_quotes(type));
  }

  const std::optional<std::int32_t> id = parse_decimal(sender);
  if (!id) return no_agency(sender, dialect);
  const AgencyId agency{*id};

  if (is_untyped_batch) return decode_bets(agency, rest, Dialect::untyped);
  const bool has_body = second_colon != std::string_view::npos;
  const std::string_view body = has_body ? rest.substr(second_colon + 1) : std::string_view();
  if (type == bets_type) return decode_bets(agency, body, Dialect::typed);
  if (type == numbered_bets_type) return decode_numbered_bets(agency, body);
  if (type == done_type && has_body) return decode_books(agency, body);
  if (type == resume_type) return decode_resume(agency, body);
  if (type == await_winners_type) return decode_await_winners(agency, body);
  if (has_body) {
    return wrong_body(agency, "a message of the type " + std::string(type) +
                                  " has no body, and got " + in_quotes(body));
  }
  if (type == done_type) return Done{agency};
  return RequestWinners{agency};
}

std::variant<Request, InvalidRequest> RequestDecoder::decode_numbered_bets(AgencyId agency,
                                                                           std::string_view body) {
  const std::size_t colon = body.find(':');
  const auto number = parse_decimal<std::int64_t>(body.substr(0, colon));
  if (colon == std::string_view::npos || !number || *number == 0) {
    return wrong_body(agency, "the batch number " + in_quotes(body.substr(0, colon)) +
                                  " is not a number from 1 on without a leading zero");
  }
  auto decoded = decode_bets(agency, body.substr(colon + 1), Dialect::typed);
  if (auto* request = std::get_if<Request>(&decoded)) {
    std::get<Bets>(*request).batch_number = number;
  } else {
    std::get<InvalidRequest>(decoded).batch_number = number;
  }
  return decoded;
}

void RequestDecoder::release_memory() noexcept {
  if (bets_.capacity() > bets_kept) bets_ = std::vector<Bet>();
}

std::variant<Request, InvalidRequest> RequestDecoder::decode_bets(AgencyId agency,
                                                                  std::string_view body,
                                                                  Dialect dialect) {
  release_memory();
  bets_.clear();

  // The LF after the last bet may be missing.
  if (!body.empty() && body.back() == '\n') body.remove_suffix(1);
  const auto lines = static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n')) + 1;

  const auto refused = [&](std::string_view reason, std::size_t bets) {
    return InvalidRequest{.reason = as_reason(reason),
                          .severity = ErrorSeverity::recoverable,
                          .dialect = dialect,
                          .agency = agency,
                          .bets = bets};
  };
  if (body.empty()) return refused("the batch has no bets", 0);

  bets_.reserve(std::min(lines, bets_kept));
  std::size_t start = 0;
  for (std::size_t i = 1; i <= lines; ++i) {
    const std::size_t end = std::min(body.find('\n', start), body.size());
    auto parsed = parse_bet(body.substr(start, end - start));
    if (const auto* invalid = std::get_if<InvalidBet>(&parsed)) {
      return refused("bet " + std::to_string(i) + ": " + invalid->problem, lines);
    }
    bets_.push_back(std::get<Bet>(parsed));
    start = end + 1;
  }
  return Bets{agency, bets_, dialect};
}

BetsEncoder::BetsEncoder(AgencyId agency) : agency_(agency) { begin({}); }

void BetsEncoder::begin(std::optional<std::int64_t> batch_number) {
  message_ = head(agency_, batch_number ? numbered_bets_type : bets_type);
  message_ += ':';
  if (batch_number) {
    message_ += std::to_string(*batch_number);
    message_ += ':';
  }
  message_ += request_end;
  bets_ = 0;
}

void BetsEncoder::add(std::string_view bet_line) {
  message_.resize(message_.size() - request_end.size());
  message_ += bet_line;
  message_ += bet_end;
  message_ += request_end;
  ++bets_;
}

std::size_t BetsEncoder::bytes_with(std::string_view bet_line) const noexcept {
  return message_.size() + bet_line.size() + sizeof bet_end;
}

std::string encode(const Done& done) {
  std::string message = head(done.agency, done_type);
  if (done.books) {
    message += ':';
    message += std::to_string(done.books->bets);
    message += ':';
    message += done.books->sha256;
  }
  message += request_end;
  return message;
}

std::string encode(const RequestWinners& request) {
  return head(request.agency, request_winners_type) += request_end;
}

std::string encode(const Resume& request) {
  std::string message = head(request.agency, resume_type);
  message += ':';
  message += request.upload.hex;
  message += request_end;
  return message;
}

std::string encode(const AwaitWinners& request) {
  std::string message = head(request.agency, await_winners_type);
  message += ':';
  message += std::to_string(request.draw);
  message += request_end;
  return message;
}

}  // namespace lottery
