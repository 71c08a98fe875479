#include "eap/tls_method.h"

#include <fmt/format.h>

#include <utility>

namespace agilevpn::eap {

namespace {

constexpr const char* incomplete = "its TLS message is incomplete";

}  // namespace

ServerStep TlsServerMethod::start() { return encode(TlsFragment{.message_length = {}, .is_start = true, .data = {}}); }

ServerStep TlsServerMethod::handle_response(ByteView type_data) {
  if (!channel_.reason().empty()) return failed(channel_.reason());  // It had our alert.
  auto turn = channel_.handle(type_data);
  if (auto* fragment = std::get_if<Bytes>(&turn)) return std::move(*fragment);
  if (std::holds_alternative<TlsChannel::Start>(turn)) turn = channel_.fail("it sends a Start, which is the server's");
  if (std::holds_alternative<TlsChannel::Broken>(turn)) return fail();
  if (channel_.is_established()) return handle_data(channel_.read());
  if (channel_.has_to_send()) return channel_.send();
  channel_.fail(incomplete);
  return fail();
}

ServerStep TlsServerMethod::fail() {
  if (channel_.has_to_send()) return channel_.send();  // An alert: the peer learns what was wrong with it.
  const std::string inside = complaint();  // Why the peer went away, if the method inside has told it something.
  return failed(inside.empty() ? channel_.reason() : inside);
}

Outcome TlsServerMethod::failed(std::string_view reason) const {
  return {.reason = fmt::format("{}: {}", to_string(type()), reason)};
}

PeerStep TlsPeerMethod::handle_request(ByteView type_data) {
  if (is_broken()) return fail();
  return go_on(channel_.handle(type_data));
}

PeerStep TlsPeerMethod::handle_answer(Answer answer) {
  if (std::exchange(is_checking_, false)) return go_on(channel_.resume());
  return handle_inner_answer(std::move(answer));
}

PeerStep TlsPeerMethod::go_on(TlsChannel::Turn turn) {
  if (auto* fragment = std::get_if<Bytes>(&turn)) return std::move(*fragment);
  if (std::holds_alternative<TlsChannel::Start>(turn)) {
    if (std::exchange(has_begun_, true)) return give_up("it starts again in the middle");
    return channel_.start();
  }
  if (!has_begun_) return give_up("it begins without a Start");
  if (std::holds_alternative<TlsChannel::Broken>(turn)) return channel_.send();
  if (std::holds_alternative<TlsChannel::Undecided>(turn)) {
    is_checking_ = true;
    return Question{CheckServer{}};
  }
  if (channel_.is_established()) return handle_data(channel_.read());
  return channel_.has_to_send() ? channel_.send() : give_up(incomplete);
}

Bytes TlsPeerMethod::give_up(std::string reason) {
  channel_.fail(std::move(reason));
  return channel_.send();
}

Outcome TlsPeerMethod::fail() {
  if (!is_broken()) return {};
  const std::string reason = fmt::format("{} with the server failed: {}", to_string(type()), channel_.reason());
  return {.reason = reason, .error_for_user = reason};
}

}  // namespace agilevpn::eap
