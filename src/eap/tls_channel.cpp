#include "eap/tls_channel.h"

#include <utility>

namespace agilevpn::eap {

TlsChannel::Turn TlsChannel::handle(ByteView type_data) {
  auto turn = framing_.handle(type_data);
  if (!turn) return fail(std::move(turn).error());
  if (auto* fragment = std::get_if<Bytes>(&*turn)) return std::move(*fragment);
  auto& message = std::get<TlsFraming::Message>(*turn);
  if (message.is_start) return Start{};
  return feed(message.data);
}

TlsChannel::Turn TlsChannel::feed(ByteView records) {
  if (auto handled = tls_.handle(records); !handled) return fail(std::move(handled).error());
  if (tls_.is_undecided()) return Undecided{};
  return OurTurn{};
}

TlsChannel::Turn TlsChannel::fail(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
  return Broken{};
}

Bytes TlsChannel::start() {
  (void)tls_.handle({});  // A ClientHello: nothing in it can fail.
  return send();
}

bool TlsChannel::has_to_send() {
  append(records_, tls_.poll_records());
  return !records_.empty();
}

Bytes TlsChannel::send() {
  (void)has_to_send();
  return framing_.send(std::exchange(records_, {}));
}

Bytes TlsChannel::send(ByteView data) {
  tls_.write(data);
  return send();
}

Secret TlsChannel::key_material(Type type, std::string_view label12) const {
  const std::byte context{static_cast<std::uint8_t>(type)};
  if (is_tls13()) return tls_.export_key("EXPORTER_EAP_TLS_Key_Material", ByteView{&context, 1}, 128);
  return tls_.export_key(label12, std::nullopt, 128);
}

Secret TlsChannel::msk(Type type, std::string_view label12) const {
  return Secret::copy_of(key_material(type, label12).view().first(64));
}

}  // namespace agilevpn::eap
