#include "eap/peap_server.h"

#include <fmt/format.h>

#include <utility>

#include "eap/peap_packet.h"

namespace agilevpn::eap {

ServerStep PeapServer::handle_data(Secret data) {
  if (state_ == State::Handshake && !channel_.is_tls13()) {
    state_ = State::Finished;
    return data.empty() ? ServerStep{channel_.send()} : failed("the peer talks before its turn");
  }
  if (state_ == State::Handshake || state_ == State::Finished) {
    state_ = State::Inside;
    return data.empty() ? advance(inner_.start()) : failed("the peer talks before its turn");
  }
  if (data.empty()) return failed("the peer says nothing inside");
  if (state_ == State::Result) return handle_result(data.view());
  const std::uint8_t identifier = decode(inner_.authenticator().request())->identifier;
  return advance(inner_.handle_packet(peap::decompress(data.view(), Code::Response, identifier)));
}

ServerStep PeapServer::advance(Authenticator::Step step) {
  if (auto* question = std::get_if<Question>(&step)) return std::move(*question);
  if (auto* send = std::get_if<Authenticator::Send>(&step)) return channel_.send(peap::compress(send->packet));
  if (const auto* ignored = std::get_if<Authenticator::Ignored>(&step))
    return failed(fmt::format("the EAP packet inside makes no sense: {}", ignored->why));
  return tell_result(std::move(std::get<Authenticator::Finished>(step).outcome));
}

ServerStep PeapServer::tell_result(Outcome inner) {
  state_ = State::Result;
  inner_outcome_ = std::move(inner);
  peap::Extensions extensions{.result = inner_outcome_.is_success ? peap::Result::Success : peap::Result::Failure,
                              .binding = {}};
  if (inner_outcome_.is_success) {
    keys_ = peap::derive_keys(channel_.key_material(type(), eap_tls_label).view(), inner_outcome_.msk.view());
    peap::Nonce nonce{};
    random_.fill_public(nonce);
    extensions.binding = peap::make_binding(*keys_, peap::Subtype::Request, nonce);
  }
  identifier_ = static_cast<std::uint8_t>(decode(inner_.authenticator().request())->identifier + 1);
  return channel_.send(encode(Packet{Code::Request, identifier_, Type::Extensions, peap::encode(extensions)}));
}

ServerStep PeapServer::handle_result(ByteView data) {
  if (!inner_outcome_.is_success)
    return Outcome{.reason = std::move(inner_outcome_.reason), .cause = inner_outcome_.cause};
  const auto packet = decode(peap::decompress(data, Code::Response, identifier_));
  if (!packet || packet->type != Type::Extensions) return failed("the peer does not answer with its result");
  const auto answer = peap::decode_extensions(packet->data);
  if (!answer) return failed(fmt::format("the peer's result is malformed: {}", answer.error().to_string()));
  return conclude(*answer);
}

ServerStep PeapServer::conclude(const peap::Extensions& answer) {
  if (answer.result != peap::Result::Success)
    return failed("the peer does not believe in the success: someone may stand in between");
  if (answer.binding && !peap::is_binding(*answer.binding, *keys_, peap::Subtype::Response))
    return failed("the peer's cryptobinding is wrong: someone stands in between");
  if (!answer.binding && binding_ == PeapBinding::Required)
    return failed("the peer shows no cryptobinding, which is required");
  return Outcome{.is_success = true,
                 .reason = {},
                 .user = std::move(inner_outcome_.user),
                 .msk = answer.binding ? peap::msk(*keys_) : channel_.msk(type(), eap_tls_label),
                 .error_for_user = {}};
}

}  // namespace agilevpn::eap
