#include "linux/tls_link.h"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace agilevpn::linux {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto connect_patience = 5s;             // TCP and TLS together; a login waits meanwhile.
constexpr unsigned user_timeout_ms = 10'000;      // What is not acknowledged for so long ends a connection (tcp(7)).
constexpr std::size_t waiting_max = 1024 * 1024;  // Octets that wait for a connection, or for a slow server.

Error tls_error(const std::string& what, const error_code& code) {
  return {fmt::format("{}: {}", what, code.message()), ""};
}

tcp::endpoint endpoint_of(const SocketAddress& server) {
  const auto bytes = server.address.bytes();
  if (server.address.is_v4()) {
    asio::ip::address_v4::bytes_type octets{};
    std::ranges::transform(bytes, octets.begin(), [](std::byte b) { return std::to_integer<unsigned char>(b); });
    return {asio::ip::address_v4{octets}, server.port};
  }
  asio::ip::address_v6::bytes_type octets{};
  std::ranges::transform(bytes, octets.begin(), [](std::byte b) { return std::to_integer<unsigned char>(b); });
  return {asio::ip::address_v6{octets}, server.port};
}

}  // namespace

// ---- TlsContext

struct TlsContext::State {
  asio::ssl::context ssl{asio::ssl::context::tls_client};
  std::string server_name;
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>, Error> TlsContext::load(const TlsSettings& settings) {
  auto state = std::make_unique<State>();
  state->server_name = settings.server_name;
  SSL_CTX_set_min_proto_version(state->ssl.native_handle(), TLS1_2_VERSION);
  error_code code;
  state->ssl.set_verify_mode(asio::ssl::verify_peer, code);
  state->ssl.load_verify_file(settings.ca.string(), code);
  if (code)
    return Failure{tls_error(fmt::format("cannot use {} as the CA of TLS servers", settings.ca.string()), code)};
  state->ssl.use_certificate_chain_file(settings.certificate.string(), code);
  if (code)
    return Failure{
        tls_error(fmt::format("cannot use {} as our certificate for TLS", settings.certificate.string()), code)};
  state->ssl.use_private_key_file(settings.key.string(), asio::ssl::context::pem, code);
  if (code)
    return Failure{tls_error(fmt::format("cannot use {} as our private key for TLS", settings.key.string()), code)};
  return std::shared_ptr<TlsContext>{new TlsContext(std::move(state))};
}

// ---- One connection, from its first SYN to its end. Its operations hold it until the last of them is told.

struct TlsLink::Connection : std::enable_shared_from_this<Connection> {
  Connection(asio::io_context& loop, std::shared_ptr<TlsContext> tls, std::weak_ptr<State> of)
      : context(std::move(tls)), owner(std::move(of)), stream(loop, context->state().ssl), patience(loop) {}

  void open(const SocketAddress& server);
  bool expect(const SocketAddress& server);
  void shake_hands();
  std::string why_refused(const error_code& code);
  void send(ByteView octets);
  void write();
  void read();
  std::string why_ended(const error_code& code) const;
  // For good: tells the owner, unless that has gone.
  void end(const std::string& why);
  void close();

  std::shared_ptr<TlsContext> context;
  std::weak_ptr<State> owner;
  asio::ssl::stream<tcp::socket> stream;
  asio::steady_timer patience;
  bool is_up = false;
  bool has_heard = false;
  bool is_over = false;
  bool is_writing = false;
  Bytes waiting, under_way;
  std::array<std::byte, 4096> buffer{};
};

struct TlsLink::State : std::enable_shared_from_this<State> {
  EventLoop& loop;
  std::shared_ptr<TlsContext> context;
  SocketAddress server;
  Handlers handlers;
  std::shared_ptr<Connection> connection;

  State(EventLoop& l, std::shared_ptr<TlsContext> c, const SocketAddress& s, Handlers h)
      : loop(l), context(std::move(c)), server(s), handlers(std::move(h)) {}
};

void TlsLink::Connection::open(const SocketAddress& server) {
  auto self = shared_from_this();
  patience.expires_after(connect_patience);
  patience.async_wait([self](const error_code& code) {
    if (!code && !self->is_up) self->end("no connection within 5 s");
  });
  stream.next_layer().async_connect(endpoint_of(server), [self, server](const error_code& code) {
    if (code) return self->end(code.message());
    const int descriptor = self->stream.next_layer().native_handle();
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
    self->stream.next_layer().set_option(tcp::no_delay(true));
    if (!self->expect(server)) return self->end("its name cannot be checked");
    self->shake_hands();
  });
}

// RFC 6614 §2.3: the certificate is of the CA, and says the name or address that we mean.
bool TlsLink::Connection::expect(const SocketAddress& server) {
  const std::string& name = context->state().server_name;
  SSL* const ssl = stream.native_handle();
  if (!name.empty()) return SSL_set1_host(ssl, name.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server.address.to_string().c_str()) == 1;
}

void TlsLink::Connection::shake_hands() {
  stream.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const error_code& code) {
    if (code) {
      return self->end("the TLS handshake failed: " + self->why_refused(code));
    }
    self->is_up = true;
    self->patience.cancel();
    self->read();
    self->write();
  });
}

std::string TlsLink::Connection::why_refused(const error_code& code) {
  const long verified = SSL_get_verify_result(stream.native_handle());
  if (verified == X509_V_OK) return code.message();
  std::string why = X509_verify_cert_error_string(verified);
  if (verified == X509_V_ERR_HOSTNAME_MISMATCH)
    why += fmt::format(" (its certificate must name {}, as `server-name` says)", context->state().server_name);
  if (verified == X509_V_ERR_IP_ADDRESS_MISMATCH)
    why += " (its certificate must name its address; else say `server-name`)";
  return why;
}

void TlsLink::Connection::send(ByteView octets) {
  if (waiting.size() + octets.size() > waiting_max) return;
  append(waiting, octets);
  if (is_up) write();
}

void TlsLink::Connection::write() {
  if (is_over || waiting.empty() || std::exchange(is_writing, true)) return;
  under_way = std::exchange(waiting, {});
  asio::async_write(stream, asio::buffer(under_way.data(), under_way.size()),
                    [self = shared_from_this()](const error_code& code, std::size_t) {
                      self->is_writing = false;
                      if (code) return self->end(code.message());
                      self->write();
                    });
}

void TlsLink::Connection::read() {
  stream.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                         [self = shared_from_this()](const error_code& code, std::size_t size) {
                           if (code) return self->end(self->why_ended(code));
                           self->has_heard = true;
                           const auto of = self->owner.lock();
                           if (!of || self->is_over) return;
                           of->handlers.received(ByteView{self->buffer}.first(size));
                           if (!self->is_over) self->read();
                         });
}

// In TLS 1.3 a server looks at our certificate after we believe the connection made.
std::string TlsLink::Connection::why_ended(const error_code& code) const {
  if (has_heard) return code.message();
  return fmt::format(
      "the server ended the connection before it said anything: it may not take our certificate, which must be of a CA "
      "that it trusts and for clients ({})",
      code.message());
}

void TlsLink::Connection::end(const std::string& why) {
  if (is_over) return;
  close();
  const auto of = owner.lock();
  if (!of) return;
  if (of->connection.get() == this) of->connection.reset();
  is_up ? of->handlers.ended(why) : of->handlers.unreachable(why);
}

void TlsLink::Connection::close() {
  is_over = true;
  patience.cancel();
  error_code ignored;
  stream.next_layer().close(ignored);
}

// ---- TlsLink

TlsLink::TlsLink(EventLoop& loop, std::shared_ptr<TlsContext> context, const SocketAddress& server, Handlers handlers)
    : state_(std::make_shared<State>(loop, std::move(context), server, std::move(handlers))) {}

TlsLink::~TlsLink() {
  if (state_->connection) state_->connection->close();
}

void TlsLink::send(ByteView octets) {
  if (!state_->connection) {
    state_->connection = std::make_shared<Connection>(state_->loop.context(), state_->context, state_);
    state_->connection->open(state_->server);
  }
  state_->connection->send(octets);
}

}  // namespace agilevpn::linux
