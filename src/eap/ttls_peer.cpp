#include "eap/ttls_peer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "eap/mschapv2_packet.h"
#include "eap/ttls_avp.h"

namespace agilevpn::eap {

using ttls::AvpCode;

PeerStep TtlsPeer::handle_data(Secret data) {
  if (state_ == State::Fresh && data.empty()) return begin();
  if (data.empty())
    return state_ == State::Responded || state_ == State::Done ? PeerStep{channel_.send()}
                                                               : PeerStep{give_up("it says nothing when it should")};
  const auto avps = ttls::decode(data.view());
  if (!avps) return give_up(fmt::format("what it says inside is malformed: {}", avps.error().to_string()));
  if (const auto unknown = ttls::unknown_mandatory(*avps)) return give_up(*unknown);
  if (const Bytes eap = ttls::eap_message(*avps); !eap.empty() && state_ == State::Eap) {
    const auto packet = decode(eap);
    if (packet) eap_identifier_ = packet->identifier;
    return advance(inner_.handle_packet(eap));
  }
  if (state_ != State::Responded || inside_ != TtlsInside::MsChapV2) return give_up("it talks out of turn");
  if (const auto proof = ttls::find(*avps, AvpCode::MsChap2Success, ttls::microsoft)) return handle_success(*proof);
  if (const auto error = ttls::find(*avps, AvpCode::MsChapError, ttls::microsoft)) return handle_error(*error);
  return give_up("it answers MSCHAPv2 with something else");
}

PeerStep TtlsPeer::begin() {
  if (inside_ != TtlsInside::Eap) {
    state_ = State::Asking;
    return Question{AskPassword{}};
  }
  state_ = State::Eap;  // §11.2.1: the Identity goes first, as if it had been asked for.
  return advance(inner_.handle_packet(encode(Packet{Code::Request, 0, Type::Identity, {}})));
}

PeerStep TtlsPeer::handle_inner_answer(Answer answer) {
  if (state_ == State::Eap) return advance(inner_.handle_answer(std::move(answer)));
  if (const auto* refused = std::get_if<Refused>(&answer)) return Outcome{.reason = refused->reason};
  const auto* password = std::get_if<Password>(&answer);
  CHECK(password && state_ == State::Asking);
  return respond(password->password);
}

PeerStep TtlsPeer::respond(const Secret& password) {
  state_ = State::Responded;
  Writer avps;
  ttls::encode(avps, AvpCode::UserName, as_bytes(user_));
  if (inside_ == TtlsInside::Pap) {
    Secret padded{(password.size() + 15) / 16 * 16};  // §11.2.5
    std::ranges::copy(password.view(), padded.mutable_view().begin());
    ttls::encode(avps, AvpCode::UserPassword, padded.view());
  } else {
    CHECK(mschap_);
    auto hash = mschap_->nt_password_hash(password);
    if (!hash) return Outcome{.reason = hash.error().to_string()};
    password_hash_ = *std::move(hash);
    const Secret material = channel_.tls().export_key("ttls challenge", std::nullopt, 17);
    std::ranges::copy(material.view().first(16), inputs_.authenticator_challenge.begin());
    ident_ = std::to_integer<std::uint8_t>(material.view()[16]);
    inputs_.user = user_;
    random_.fill_public(inputs_.peer_challenge);
    nt_response_ = mschap_->nt_response(password_hash_, inputs_);
    ttls::encode(avps, AvpCode::MsChapChallenge, inputs_.authenticator_challenge, ttls::microsoft);
    ttls::encode(avps, AvpCode::MsChap2Response,
                 Writer{}.u8(ident_).u8(0).bytes(inputs_.peer_challenge).zeros(8).bytes(nt_response_).view(),
                 ttls::microsoft);
  }
  const Secret said{std::move(avps).take()};
  return channel_.send(said.view());
}

PeerStep TtlsPeer::handle_success(ByteView proof) {
  const std::string text = proof.empty() ? "" : to_text(proof.subspan(1));
  if (!mschap_->is_authenticator_response(text, password_hash_, nt_response_, inputs_))
    return give_up(fmt::format("it does not know the password of {}: it is not the server it claims to be", user_));
  state_ = State::Done;
  return channel_.send();
}

PeerStep TtlsPeer::handle_error(ByteView error) {
  const ByteView text = error.empty() ? error : error.subspan(1);
  const auto size = static_cast<std::uint16_t>(std::min<std::size_t>(text.size(), 1000) + 4);
  const auto refusal = mschapv2::decode_request(Writer{}
                                                    .u8(static_cast<std::uint8_t>(mschapv2::OpCode::Failure))
                                                    .u8(0)
                                                    .u16(size)
                                                    .bytes(text.first(size - 4u))
                                                    .view());
  error_ = refusal && std::holds_alternative<mschapv2::Refusal>(*refusal)
               ? mschapv2::explain(std::get<mschapv2::Refusal>(*refusal))
               : "the server refused the login";
  return channel_.send();  // An EAP-Failure will follow.
}

PeerStep TtlsPeer::advance(Peer::Step step) {
  if (auto* question = std::get_if<Question>(&step)) return std::move(*question);
  if (const auto* ignored = std::get_if<Peer::Ignored>(&step))
    return give_up(fmt::format("its EAP packet inside makes no sense: {}", ignored->why));
  if (auto* finished = std::get_if<Peer::Finished>(&step)) {
    error_ = finished->outcome.error_for_user.empty() ? finished->outcome.reason : finished->outcome.error_for_user;
    return give_up(finished->outcome.reason);
  }
  Writer avps;
  ttls::encode(avps, AvpCode::EapMessage, std::get<Peer::Send>(step).packet);
  return channel_.send(avps.view());
}

bool TtlsPeer::is_done() const {
  if (is_broken()) return false;
  if (state_ == State::Eap) return inner_.may_succeed();
  return state_ == State::Done || (state_ == State::Responded && inside_ == TtlsInside::Pap);
}

Outcome TtlsPeer::finish() {
  CHECK(is_done());
  return {.is_success = true,
          .reason = {},
          .user = user_,
          .msk = channel_.msk(type(), "ttls keying material"),
          .proves_server = true,
          .error_for_user = {}};
}

Outcome TtlsPeer::fail() {
  if (!error_.empty()) return {.reason = error_, .error_for_user = error_};
  if (state_ == State::Eap) {  // The inner method knows more, also of why the session was closed.
    auto step = inner_.handle_packet(encode(Packet{Code::Failure, eap_identifier_, Type::None, {}}));
    auto* finished = std::get_if<Peer::Finished>(&step);
    if (finished && (!is_broken() || !finished->outcome.error_for_user.empty())) return std::move(finished->outcome);
  }
  if (is_broken()) return TlsPeerMethod::fail();
  if (state_ != State::Responded) return {};
  return {.reason = fmt::format("the server refused the password of {}", user_),
          .error_for_user = "the user name or the password is wrong"};
}

}  // namespace agilevpn::eap
