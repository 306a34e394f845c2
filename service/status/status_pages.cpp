#include "service/status/status_pages.h"

#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>
#include <Poco/String.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "service/status/board_files.h"
#include "service/status/bounded_socket.h"
#include "service/status/metrics_page.h"

namespace lottery {
namespace {

using Poco::Net::HTTPResponse;
using std::chrono::steady_clock;

constexpr std::chrono::seconds answer_time{10};
constexpr std::chrono::seconds event_time{5};

// A proxy closes connections on which nothing arrives, so this is sent even if no snapshot can be
// made.
constexpr std::chrono::seconds comment_every{15};

// How long a browser waits before it reconnects.
constexpr const char* retry_field = "retry: 2000\n\n";

constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr const char* plain_text = "text/plain; charset=utf-8";
constexpr const char* prometheus_text = "text/plain; version=0.0.4; charset=utf-8";

BoundedSocket& socket_of(Poco::Net::HTTPServerRequestImpl& request) {
  return dynamic_cast<BoundedSocket&>(*request.socket().impl());
}

void send(HTTPResponse::HTTPStatus status, const char* type, std::string_view text,
          Poco::Net::HTTPServerRequestImpl& request, Poco::Net::HTTPServerResponse& response) {
  socket_of(request).send_until(steady_clock::now() + answer_time);
  response.setStatusAndReason(status);
  response.setContentType(type);
  response.sendBuffer(text.data(), text.size());
}

void send_line(HTTPResponse::HTTPStatus status, const std::string& line,
               Poco::Net::HTTPServerRequestImpl& request, Poco::Net::HTTPServerResponse& response) {
  send(status, plain_text, line + '\n', request, response);
}

/// What a request asks for.
struct Target {
  std::optional<std::string>
      host;          ///< from the absolute form; takes precedence over the Host header
  std::string path;  ///< without the query
};

/// The target in origin form, `/status`, or in absolute form, `http://host/status` (RFC 9112, 3.2).
Target target_of(const std::string& uri) {
  constexpr std::string_view scheme = "http://";
  std::string_view rest = uri;
  Target target;
  if (Poco::icompare(uri, 0, scheme.size(), std::string(scheme)) == 0) {
    rest.remove_prefix(scheme.size());
    const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
    rest.remove_prefix(host.size());
    target.host = host;
  }
  const std::string_view path = rest.substr(0, rest.find('?'));
  target.path = path.empty() ? "/" : path;
  return target;
}

const BoardFile* board_file(std::string_view path) {
  for (const BoardFile& file : board_files()) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

/// A browser and every HTTP/1.1 client send exactly one Host. HTTP/1.0 needs none.
std::optional<std::string> only_host(const Poco::Net::HTTPServerRequest& request) {
  std::optional<std::string> host;
  for (const auto& [name, value] : request) {
    if (Poco::icompare(name, "Host") != 0) continue;
    if (host) return "more than one";  // no valid name
    host = value;
  }
  return host;
}

/// A listener to /events, if there is room for it.
class Listener {
 public:
  Listener(std::atomic<int>& listeners, int max)
      : listeners_(listeners), has_place_(++listeners <= max) {}
  ~Listener() { --listeners_; }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  bool has_place() const noexcept { return has_place_; }

 private:
  std::atomic<int>& listeners_;
  bool has_place_;
};

}  // namespace

class StatusPages::Handler : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Handler(StatusPages& pages) : pages_(pages) {}

  void handleRequest(Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response) override {
    pages_.answer(dynamic_cast<Request&>(request), response);
  }

 private:
  StatusPages& pages_;
};

StatusPages::StatusPages(const StatusSources& sources, const SnapshotFeed& feed,
                         Readiness& readiness, HostHeader host, int listeners_max)
    : sources_(sources),
      feed_(feed),
      readiness_(readiness),
      host_(std::move(host)),
      listeners_max_(listeners_max) {}

Poco::Net::HTTPRequestHandler* StatusPages::createRequestHandler(
    const Poco::Net::HTTPServerRequest& /*request*/) {
  return std::make_unique<Handler>(*this).release();
}

void StatusPages::answer(Request& request, Response& response) {
  const bool is_old = request.getVersion() == Poco::Net::HTTPMessage::HTTP_1_0;
  response.setVersion(is_old ? Poco::Net::HTTPMessage::HTTP_1_0 : Poco::Net::HTTPMessage::HTTP_1_1);
  response.setKeepAlive(false);
  response.setChunkedTransferEncoding(false);
  response.set("Content-Security-Policy", content_security_policy);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("Cache-Control", "no-store");

  // Closing a connection with unread bytes resets it, and the answer may be lost.
  if (request.hasContentLength() || request.getChunkedTransferEncoding()) {
    Poco::NullOutputStream nowhere;
    Poco::StreamCopier::copyStream(request.stream(), nowhere);
    if (request.stream().bad()) {
      return send_line(HTTPResponse::HTTP_BAD_REQUEST, "the request's body is not complete",
                       request, response);
    }
  }

  const Target target = target_of(request.getURI());
  const auto host = target.host ? target.host : only_host(request);
  if (host ? !host_.is_ours(*host) : !is_old) {
    return send_line(HTTPResponse::HTTP_MISDIRECTED_REQUEST,
                     "the Host header does not name this server", request, response);
  }
  const std::string& method = request.getMethod();
  if (method != Poco::Net::HTTPRequest::HTTP_GET && method != Poco::Net::HTTPRequest::HTTP_HEAD) {
    response.set("Allow", "GET, HEAD");
    return send_line(HTTPResponse::HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are allowed",
                     request, response);
  }

  const std::string& path = target.path;
  if (path == "/events") return send_events(request, response);
  if (path == "/status") {
    return send(HTTPResponse::HTTP_OK, "application/json", feed_.latest().snapshot->json(), request,
                response);
  }
  if (path == "/metrics") {
    return send(HTTPResponse::HTTP_OK, prometheus_text,
                metrics_page(sources_, feed_.latest().snapshot->snapshot(), readiness_), request,
                response);
  }
  if (path == "/healthz") return send_line(HTTPResponse::HTTP_OK, "alive", request, response);
  if (path == "/readyz") {
    const auto reason = readiness_.why_not();
    return send_line(reason ? HTTPResponse::HTTP_SERVICE_UNAVAILABLE : HTTPResponse::HTTP_OK,
                     reason.value_or("ready"), request, response);
  }
  if (const BoardFile* const file = board_file(path)) {
    return send(HTTPResponse::HTTP_OK, std::string(file->content_type).c_str(), file->text, request,
                response);
  }
  send_line(HTTPResponse::HTTP_NOT_FOUND, "there is no such page", request, response);
}

void StatusPages::send_events(Request& request, Response& response) {
  const Listener listener(listeners_, listeners_max_);
  if (!listener.has_place()) {
    response.set("Retry-After", "10");
    return send_line(HTTPResponse::HTTP_SERVICE_UNAVAILABLE, "too many peers listen already",
                     request, response);
  }
  BoundedSocket& socket = socket_of(request);
  const auto send_text = [&](const std::string& text) {
    socket.send_until(steady_clock::now() + event_time);
    socket.sendBytes(text.data(), static_cast<int>(text.size()), 0);
  };
  socket.send_until(steady_clock::now() + event_time);
  response.setContentType("text/event-stream");
  response.send().flush();
  if (request.getMethod() == Poco::Net::HTTPRequest::HTTP_HEAD) return;

  send_text(retry_field);
  std::uint64_t last = 0;
  auto comment_at = steady_clock::now() + comment_every;
  while (!feed_.is_over()) {
    const auto update = feed_.wait_for_newer(last, comment_at);
    if (update.snapshot) {
      last = update.number;
      send_text(update.snapshot->event());
    }
    if (steady_clock::now() < comment_at) continue;
    send_text(": still here\n\n");
    comment_at += comment_every;
  }
}

}  // namespace lottery
