#include "eap/peap_peer.h"

#include <fmt/format.h>

#include "base/check.h"
#include "eap/peap_packet.h"

namespace agilevpn::eap {

PeerStep PeapPeer::handle_data(Secret data) {
  if (data.empty()) return channel_.send();  // The server begins.
  if (is_done_) return give_up("it talks after the end");
  // Requests inside have no Identifier of their own; each is another one.
  const Bytes octets = peap::decompress(data.view(), Code::Request, static_cast<std::uint8_t>(identifier_ + 1));
  const auto packet = decode(octets);
  if (!packet) return give_up("its EAP packet inside is malformed");
  if (packet->type == Type::Extensions) return handle_result(*packet);
  identifier_ = packet->identifier;
  return advance(inner_.handle_packet(octets));
}

PeerStep PeapPeer::advance(Peer::Step step) {
  if (auto* question = std::get_if<Question>(&step)) return std::move(*question);
  if (auto* send = std::get_if<Peer::Send>(&step)) return channel_.send(peap::compress(send->packet));
  if (const auto* ignored = std::get_if<Peer::Ignored>(&step))
    return give_up(fmt::format("its EAP packet inside makes no sense: {}", ignored->why));
  inner_failure_ = std::move(std::get<Peer::Finished>(step).outcome);
  return give_up(inner_failure_.reason);
}

PeerStep PeapPeer::handle_result(const Packet& request) {
  const auto extensions = peap::decode_extensions(request.data);
  if (!extensions) return give_up(fmt::format("its result is malformed: {}", extensions.error().to_string()));
  if (extensions->result != peap::Result::Success) {
    note_failure();
    return refuse(request, "the server refuses the method inside");
  }
  if (!inner_.may_succeed()) return refuse(request, "it says success before its proof");
  if (!extensions->binding && binding_ == PeapBinding::Required)
    return refuse(request, "it shows no cryptobinding, which is required");
  auto success = inner_.handle_packet(encode(Packet{Code::Success, identifier_, Type::None, {}}));
  auto* finished = std::get_if<Peer::Finished>(&success);
  if (!finished) return refuse(request, "it says success in a way that makes no sense");
  const Outcome inner = std::move(finished->outcome);
  const auto keys = peap::derive_keys(channel_.key_material(type(), eap_tls_label).view(), inner.msk.view());
  if (extensions->binding && !peap::is_binding(*extensions->binding, keys, peap::Subtype::Request))
    return refuse(request, "its cryptobinding is wrong: someone stands in between");
  peap::Extensions answer{.result = peap::Result::Success, .binding = {}};
  if (extensions->binding) {
    peap::Nonce nonce{};
    random_.fill_public(nonce);
    answer.binding = peap::make_binding(keys, peap::Subtype::Response, nonce);
  }
  msk_ = extensions->binding ? peap::msk(keys) : channel_.msk(type(), eap_tls_label);
  is_done_ = true;
  return answer_result(request, answer);
}

PeerStep PeapPeer::refuse(const Packet& request, std::string reason) {
  channel_.fail(std::move(reason));
  return answer_result(request, {.result = peap::Result::Failure, .binding = {}});
}

PeerStep PeapPeer::answer_result(const Packet& request, const peap::Extensions& answer) {
  return channel_.send(encode(Packet{Code::Response, request.identifier, Type::Extensions, peap::encode(answer)}));
}

void PeapPeer::note_failure() {
  auto step = inner_.handle_packet(encode(Packet{Code::Failure, identifier_, Type::None, {}}));
  if (auto* finished = std::get_if<Peer::Finished>(&step)) inner_failure_ = std::move(finished->outcome);
}

Outcome PeapPeer::finish() {
  CHECK(is_done());
  return {.is_success = true,
          .reason = {},
          .user = user_,
          .msk = std::move(msk_),
          .proves_server = true,
          .error_for_user = {}};
}

Outcome PeapPeer::fail() {
  if (!is_broken() && channel_.is_established()) note_failure();
  if (inner_failure_.reason.empty()) return TlsPeerMethod::fail();
  const std::string& why =
      inner_failure_.error_for_user.empty() ? inner_failure_.reason : inner_failure_.error_for_user;
  return {.reason = inner_failure_.reason, .error_for_user = why};
}

}  // namespace agilevpn::eap
