#include "linux/http_fetch.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <charconv>
#include <memory>
#include <utility>

namespace agilevpn::linux {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

struct Url {
  std::string host;
  std::uint16_t port = 80;
  std::string target;
};

std::optional<Url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t slash = std::min(text.find('/'), text.size());
  Url url{std::string(text.substr(0, slash)), 80, std::string(text.substr(slash))};
  if (url.target.empty()) url.target = "/";
  const std::size_t colon = url.host.rfind(':'), bracket = url.host.rfind(']');
  if (colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
    const char* const end = url.host.data() + url.host.size();
    const auto read = std::from_chars(url.host.data() + colon + 1, end, url.port);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    url.host.resize(colon);
  }
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  return url.host.empty() ? std::nullopt : std::optional{std::move(url)};
}

tcp::endpoint endpoint_of(const IpAddress& address, std::uint16_t port) {
  return {asio::ip::make_address(address.to_string()), port};
}

class Fetch : public std::enable_shared_from_this<Fetch> {
 public:
  using Done = std::function<void(Result<Bytes, std::string>)>;
  Fetch(asio::io_context& context, Url url, HttpRequest request, HttpBounds bounds, Done done)
      : url_(std::move(url)),
        request_(std::move(request)),
        bounds_(bounds),
        done_(std::move(done)),
        stream_(context),
        deadline_(context) {}

  void start(NameLookup& lookup) {
    deadline_.expires_after(bounds_.patience);
    deadline_.async_wait([self = shared_from_this()](const error_code& stopped) {
      if (!stopped)
        self->finish(Failure{fmt::format("does not answer within {} s",
                                         std::chrono::ceil<std::chrono::seconds>(self->bounds_.patience).count())});
    });
    lookup.resolve(url_.host, [self = shared_from_this()](const LookupResult& found) {
      if (found.addresses.empty()) return self->finish(Failure{found.reason});
      asio::co_spawn(
          self->stream_.get_executor(), [self, found] { return self->run(found.addresses); }, asio::detached);
    });
  }

 private:
  asio::awaitable<void> run(std::vector<IpAddress> addresses) {
    error_code failed;
    for (const IpAddress& address : addresses) {
      failed = co_await connect(endpoint_of(address, url_.port));
      if (!failed || !done_) break;
    }
    if (!failed) failed = co_await exchange();
    if (failed) finish(Failure{failed.message()});
  }

  asio::awaitable<error_code> connect(tcp::endpoint endpoint) {
    error_code failed;
    auto& socket = stream_.socket();
    socket.close(failed);
    socket.open(endpoint.protocol(), failed);
    if (failed) co_return failed;
    if (bounds_.mark != 0 &&
        ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_MARK, &bounds_.mark, sizeof bounds_.mark) != 0)
      co_return error_code{errno, boost::system::system_category()};
    co_await stream_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failed));
    co_return failed;
  }

  asio::awaitable<error_code> exchange() {
    error_code failed;
    const auto verb = request_.body.empty() ? http::verb::get : http::verb::post;
    http::request<http::string_body> request{verb, url_.target, 11};
    request.set(http::field::host, url_.host);
    request.set(http::field::connection, "close");
    if (!request_.body.empty()) request.set(http::field::content_type, request_.content_type);
    request.body() = to_text(request_.body);
    request.prepare_payload();
    co_await http::async_write(stream_, request, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return failed;
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> answer;
    answer.body_limit(bounds_.size_max);
    co_await http::async_read(stream_, buffer, answer, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return failed;
    if (answer.get().result() != http::status::ok) {
      finish(Failure{fmt::format("answers {}", answer.get().result_int())});
    } else {
      finish(to_bytes(answer.get().body()));
    }
    co_return failed;
  }

  void finish(Result<Bytes, std::string> result) {
    deadline_.cancel();
    stream_.close();
    if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
  }

  Url url_;
  HttpRequest request_;
  HttpBounds bounds_;
  Done done_;  // Null: it is over.
  boost::beast::tcp_stream stream_;
  asio::steady_timer deadline_;
};

}  // namespace

void fetch(EventLoop& loop, NameLookup& lookup, HttpRequest request, HttpBounds bounds,
           std::function<void(Result<Bytes, std::string>)> done) {
  auto url = parse_url(request.url);
  if (!url) return loop.post([done = std::move(done)] { done(Failure{std::string{"is no http URL"}}); });
  const auto begun =
      std::make_shared<Fetch>(loop.context(), *std::move(url), std::move(request), bounds, std::move(done));
  begun->start(lookup);
}

}  // namespace agilevpn::linux
