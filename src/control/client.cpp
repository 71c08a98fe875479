#include "control/client.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

namespace agilevpn::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::local::stream_protocol;
using nlohmann::json;

namespace {

constexpr std::size_t response_max =
    64 * 1024 * 1024;  // A gateway with ten thousand sessions says about ten megabytes.

Error cannot_connect(const std::filesystem::path& socket, const boost::system::error_code& failed) {
  if (failed == boost::system::errc::permission_denied) {
    return {fmt::format("this user may not talk to agilevpnd ({})", socket.string()), "run it as root"};
  }
  return {fmt::format("agilevpnd is not running: nobody answers on {}", socket.string()),
          "start it: sudo systemctl start agilevpn-client, or agilevpn-gateway"};
}

Error ended(const boost::system::error_code& failed) {
  return {"agilevpnd ended the conversation: " + failed.message(), ""};
}

// What the daemon said went wrong.
Error error_of(const json& answer, unsigned status) {
  const json error = answer.is_object() ? answer.value("error", json::object()) : json::object();
  if (!error.contains("what")) return {fmt::format("agilevpnd answered with HTTP status {}", status), ""};
  return {error.value("what", ""), error.value("help", "")};
}

// One conversation: connect, send a request, read what comes.
class Exchange {
 public:
  explicit Exchange(const std::filesystem::path& socket) : path_(socket), socket_(loop_) {}

  Result<void, Error> send(http::verb verb, std::string_view target, const std::string& body) {
    boost::system::error_code failed;
    socket_.connect(stream_protocol::endpoint(path_.string()), failed);
    if (failed) return Failure{cannot_connect(path_, failed)};
    http::request<http::string_body> request{verb, {target.data(), target.size()}, 11};
    request.set(http::field::host, "agilevpn");
    request.keep_alive(false);
    request.body() = body;
    request.prepare_payload();
    http::write(socket_, request, failed);
    if (failed) return Failure{ended(failed)};
    return {};
  }

  Result<json, Error> receive() {
    http::response_parser<http::string_body> parser;
    parser.body_limit(response_max);
    boost::system::error_code failed;
    http::read(socket_, buffer_, parser, failed);
    if (failed) return Failure{ended(failed)};
    json answer = json::parse(parser.get().body(), nullptr, false);
    if (parser.get().result() != http::status::ok) return Failure{error_of(answer, parser.get().result_int())};
    return answer;
  }

  // Chunks need not end where lines do.
  Result<void, Error> receive_lines(const std::function<bool(std::string_view)>& take, Client::Deadline deadline) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    boost::system::error_code failed;
    http::read_header(socket_, buffer_, parser, failed);
    if (failed) return Failure{ended(failed)};
    if (parser.get().result() != http::status::ok) {
      http::read(socket_, buffer_, parser, failed);
      return Failure{error_of(json::parse(parser.get().body(), nullptr, false), parser.get().result_int())};
    }
    while (true) {
      std::string& text = parser.get().body();
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        const std::string line = text.substr(0, end);
        text.erase(0, end + 1);
        if (!line.empty() && !take(line)) return {};
      }
      if (parser.is_done()) return {};
      failed = read_some(parser, deadline);
      if (failed == asio::error::timed_out) return {};
      if (failed == http::error::end_of_stream || failed == http::error::partial_message) return {};  // It stopped.
      if (failed) return Failure{ended(failed)};
    }
  }

 private:
  // timed_out, and the conversation is over, if nothing came until `deadline`.
  boost::system::error_code read_some(http::response_parser<http::string_body>& parser, Client::Deadline deadline) {
    std::optional<boost::system::error_code> result;
    http::async_read_some(socket_, buffer_, parser,
                          [&](const boost::system::error_code& failed, std::size_t) { result = failed; });
    loop_.restart();
    loop_.run_until(deadline);
    if (result) return *result;
    boost::system::error_code ignored;
    socket_.close(ignored);
    loop_.restart();
    loop_.run();  // Lets the handler go.
    return asio::error::timed_out;
  }

  const std::filesystem::path& path_;
  asio::io_context loop_;
  stream_protocol::socket socket_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace

Result<json, Error> Client::get(std::string_view target) const {
  Exchange exchange(socket_);
  TRY(exchange.send(http::verb::get, target, ""));
  return exchange.receive();
}

Result<json, Error> Client::post(std::string_view target, const json& body) const {
  Exchange exchange(socket_);
  TRY(exchange.send(http::verb::post, target, body.dump()));
  return exchange.receive();
}

Result<void, Error> Client::stream(std::string_view target, const std::function<bool(std::string_view)>& take,
                                   Deadline deadline) const {
  Exchange exchange(socket_);
  TRY(exchange.send(http::verb::get, target, ""));
  return exchange.receive_lines(take, deadline);
}

}  // namespace agilevpn::control
