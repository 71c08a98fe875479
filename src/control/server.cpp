#include "control/server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <list>

#include "control/api.h"
#include "control/event_text.h"

namespace agilevpn::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::local::stream_protocol;

namespace {

constexpr std::size_t connections_max = 64;
constexpr std::size_t request_max = 64 * 1024;
constexpr auto accept_pause =
    100ms;                       // After accept() failed: when there are no descriptors left, it does at once again.
constexpr auto quiet_max = 15s;  // An idle event stream sends an empty line this often, and so notices who has left.

// The command line and the console run one coroutine each; what they hold is here, so that a stopped server can take it
// away even if its event loop never runs again.
struct Connection {
  explicit Connection(stream_protocol::socket accepted) : stream(std::move(accepted)), wake(stream.get_executor()) {}

  boost::beast::basic_stream<stream_protocol> stream;
  asio::steady_timer wake;
  std::optional<EventLog::Watch> watch;
  bool may_change = false;  // Root, or the daemon's own user.
  bool may_read = false;
};

using Request = http::request<http::string_body>;

}  // namespace

struct Server::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, ServerOptions given, Backend& backend_port, EventLog& log)
      : options(std::move(given)), backend(backend_port), events(log), acceptor(executor) {}

  Result<void, Error> listen();
  void stop();
  // What is asked of the connection next fails after options.patience.
  boost::beast::basic_stream<stream_protocol>& soon(Connection& connection) const {
    connection.stream.expires_after(options.patience);
    return connection.stream;
  }
  asio::awaitable<void> accept_all();
  asio::awaitable<void> serve(std::list<Connection>::iterator place);
  asio::awaitable<bool> answer_one(Connection& connection, const Request& request);
  asio::awaitable<void> send_events(Connection& connection, const Request& request, EventQuery query);
  void identify(Connection& connection) const;
  std::optional<ApiResponse> refusal(const Connection& connection, const Request& request) const;

  ServerOptions options;
  Backend& backend;
  EventLog& events;
  stream_protocol::acceptor acceptor;
  std::list<Connection> connections;
  bool is_stopped = false;
};

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Server::~Server() {
  if (state_) state_->stop();
}

Result<Server, Error> Server::start(asio::any_io_executor executor, ServerOptions options, Backend& backend,
                                    EventLog& events) {
  auto state = std::make_shared<State>(executor, std::move(options), backend, events);
  TRY(state->listen());
  asio::co_spawn(executor, [state] { return state->accept_all(); }, asio::detached);
  return Server{std::move(state)};
}

namespace {

bool is_answered(const std::filesystem::path& socket) {
  asio::io_context loop;
  stream_protocol::socket probe(loop);
  boost::system::error_code failed;
  probe.connect(stream_protocol::endpoint(socket.string()), failed);
  return !failed;
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

ApiRequest to_api_request(const Request& request) {
  const std::string_view target = view(request.target());
  const auto method = request.method() == http::verb::get    ? ApiRequest::Method::Get
                      : request.method() == http::verb::post ? ApiRequest::Method::Post
                                                             : ApiRequest::Method::Other;
  return {method, std::string(target.substr(0, target.find('?'))), request.body()};
}

// Beast's own serialiser would hold views of the message across suspensions; one string is simpler and the answers are small.
asio::awaitable<void> send(auto& stream, const Request& request, const ApiResponse& answer) {
  http::response<http::string_body> response{static_cast<http::status>(answer.status), request.version()};
  response.set(http::field::content_type, "application/json");
  response.keep_alive(request.keep_alive());
  response.body() = answer.body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  response.prepare_payload();
  co_await http::async_write(stream, response, asio::use_awaitable);
}

}  // namespace

Result<void, Error> Server::State::listen() {
  const auto& path = options.socket;
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  if (is_answered(path)) {
    return Failure{Error{fmt::format("another agilevpnd answers on {}", path.string()), "stop it first"}};
  }
  std::filesystem::remove(path, ignored);

  boost::system::error_code failed;
  const stream_protocol::endpoint endpoint(path.string());
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed)
    return Failure{Error{fmt::format("cannot listen on {}: {}", path.string(), failed.message()),
                         failed == boost::system::errc::permission_denied ? "run it as root" : ""}};
  ::chmod(path.c_str(), options.is_readable_by_all ? 0666 : 0660);
  return {};
}

void Server::State::stop() {
  is_stopped = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  for (Connection& connection : connections) {
    connection.watch.reset();
    connection.wake.cancel();
    connection.stream.socket().close(ignored);
  }
  std::error_code gone;
  std::filesystem::remove(options.socket, gone);
}

asio::awaitable<void> Server::State::accept_all() {
  const auto self = shared_from_this();
  asio::steady_timer pause(acceptor.get_executor());
  while (!is_stopped) {
    boost::system::error_code failed;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted || is_stopped) co_return;
    if (failed) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(asio::use_awaitable);
    }
    if (failed || connections.size() >= connections_max) continue;
    const auto place = connections.emplace(connections.end(), std::move(socket));
    identify(*place);
    asio::co_spawn(acceptor.get_executor(), [self, place] { return self->serve(place); }, asio::detached);
  }
}

void Server::State::identify(Connection& connection) const {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(connection.stream.socket().native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return;
  connection.may_change = peer.uid == 0 || peer.uid == ::geteuid();
  connection.may_read = connection.may_change || options.is_readable_by_all;
}

asio::awaitable<void> Server::State::serve(std::list<Connection>::iterator place) {
  const auto self = shared_from_this();
  try {
    boost::beast::flat_buffer buffer;
    bool goes_on = true;
    while (goes_on && !is_stopped) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(request_max);
      co_await http::async_read(soon(*place), buffer, parser, asio::use_awaitable);
      goes_on = co_await answer_one(*place, parser.get());
    }
  } catch (const boost::system::system_error&) {  // It went away, or spoke no HTTP.
  }
  connections.erase(place);
}

std::optional<ApiResponse> Server::State::refusal(const Connection& connection, const Request& request) const {
  const bool is_read = request.method() == http::verb::get;
  if (is_read ? connection.may_read : connection.may_change) return std::nullopt;
  return failure(403, {"this user may not do that", "run it as root"});
}

// False when the connection is to be closed.
asio::awaitable<bool> Server::State::answer_one(Connection& connection, const Request& request) {
  if (is_stopped) co_return false;
  const ApiRequest asked = to_api_request(request);
  if (auto refused = refusal(connection, request)) {
    co_await send(soon(connection), request, *refused);
  } else if (asked.path == events_path && asked.method == ApiRequest::Method::Get) {
    const auto query = parse_event_query(query_of(view(request.target())));
    if (query) {
      co_await send_events(connection, request, *query);
      co_return false;
    }
    co_await send(soon(connection), request, failure(400, query.error()));
  } else {
    co_await send(soon(connection), request, answer(asked, backend));
  }
  co_return request.keep_alive();
}

asio::awaitable<void> Server::State::send_events(Connection& connection, const Request& request, EventQuery query) {
  http::response<http::empty_body> head{http::status::ok, request.version()};
  head.set(http::field::content_type, "application/x-ndjson");
  head.keep_alive(false);
  head.chunked(true);
  http::response_serializer<http::empty_body> serializer{head};
  co_await http::async_write_header(soon(connection), serializer, asio::use_awaitable);

  if (query.follow) connection.watch.emplace(events, [&connection] { connection.wake.cancel(); });
  do {
    std::string lines;
    for (const LoggedEvent& event : events.since(query.after, query.limit, query.least)) {
      lines += to_json_line(event) + "\n";
      query.after = event.number;
    }
    if (query.after < events.last_number()) query.after = events.last_number();
    query.limit = SIZE_MAX;
    if (lines.empty() && query.follow) lines = "\n";
    if (!lines.empty()) {
      co_await asio::async_write(soon(connection), http::make_chunk(asio::buffer(lines)), asio::use_awaitable);
    }
    if (!query.follow || is_stopped || events.last_number() > query.after) continue;
    connection.wake.expires_after(quiet_max);
    boost::system::error_code woken;
    co_await connection.wake.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  } while (query.follow && !is_stopped);
  if (!is_stopped) co_await asio::async_write(soon(connection), http::make_chunk_last(), asio::use_awaitable);
}

}  // namespace agilevpn::control
