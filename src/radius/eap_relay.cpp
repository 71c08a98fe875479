#include "radius/eap_relay.h"

#include "radius/grant.h"
#include "radius/limits.h"

namespace agilevpn::radius {

namespace {

// RFC 3748 §4: as much of an EAP packet as who passes it through looks at.
enum class EapCode : std::uint8_t { Request = 1, Response = 2, Success = 3, Failure = 4 };
constexpr std::size_t eap_header_size = 4;
constexpr std::size_t eap_type_size = 1;
constexpr std::byte eap_identity{1};

// Whether it is a whole packet of this kind. Longer ones are padded below us and go on as they came.
bool is_eap(ByteView packet, EapCode code) {
  if (packet.size() < eap_header_size) return false;
  const std::size_t length = *Reader{packet.subspan(2)}.u16("Length");
  return packet[0] == static_cast<std::byte>(code) && length >= eap_header_size && length <= packet.size();
}

std::optional<std::string> identity_of(ByteView packet) {
  if (packet.size() <= eap_header_size + eap_type_size || packet[eap_header_size] != eap_identity) return std::nullopt;
  return to_text(packet.subspan(eap_header_size + eap_type_size));
}

// RFC 2865 §5.18: several are shown in their order.
std::string reply_message_of(const Attributes& attributes) {
  std::string message;
  for (const ByteView part : attributes.all(Type::ReplyMessage)) message += to_text(part);
  return message;
}

LoginRejected contradiction(std::string_view answer, std::string_view eap) {
  return {.eap_failure = {},
          .reply_message = {},
          .reason = "the RADIUS server sent an " + std::string{answer} + " without an EAP-" + std::string{eap}};
}

}  // namespace

Result<Request, Error> EapRelay::handle_eap(ByteView packet) {
  if (!is_eap(packet, EapCode::Response)) return Failure{Error{"what the peer sent is no EAP-Response", ""}};
  if (is_asking_) return Failure{Error{"the peer sent a second EAP-Response before the RADIUS server answered", ""}};
  if (user_name_.empty()) {
    const auto identity = identity_of(packet);
    if (!identity) return Failure{Error{"the peer did not begin with its identity", ""}};
    if (identity->size() > limits::value_largest)
      return Failure{Error{"the peer's identity is too long for RADIUS", ""}};
    user_name_ = *identity;
  }
  is_asking_ = true;
  return make_request(packet);
}

Request EapRelay::make_request(ByteView packet) const {
  Request request{.code = Code::AccessRequest, .attributes = {}, .user_password = std::nullopt, .server = server_};
  const auto add_text = [&](Type type, std::string_view text) {
    if (!text.empty()) request.attributes.add_text(type, text.substr(0, limits::value_largest));
  };
  add_text(Type::UserName, user_name_);
  add_text(Type::CalledStationId, settings_.called_station);
  add_text(Type::CallingStationId, settings_.calling_station);
  add_text(Type::NasPortId, settings_.port_id);
  add_text(Type::AcctSessionId, settings_.session_id);
  request.attributes.add_enum(Type::ServiceType, ServiceType::Framed);
  request.attributes.add_enum(Type::NasPortType, NasPortType::Virtual);
  request.attributes.add_integer(Type::FramedMtu, limits::framed_mtu);
  request.attributes.add_eap(packet);
  if (state_) request.attributes.add(Type::State, *state_);
  return request;
}

RelayStep EapRelay::handle_answer(Answer answer) {
  is_asking_ = false;
  if (std::holds_alternative<Challenge>(answer.result)) server_ = answer.server;
  if (auto* const accept = std::get_if<Accept>(&answer.result)) return handle(std::move(*accept));
  if (auto* const challenge = std::get_if<Challenge>(&answer.result)) return handle(std::move(*challenge));
  if (auto* const reject = std::get_if<Reject>(&answer.result)) return handle(std::move(*reject));
  const auto* const unreachable = std::get_if<Unreachable>(&answer.result);
  return LoginRejected{.eap_failure = {},
                       .reply_message = {},
                       .reason = unreachable ? unreachable->why : "the RADIUS server answered something else"};
}

RelayStep EapRelay::handle(Accept accept) {
  LoginAccepted accepted{.eap_success = accept.attributes.eap(),
                         .msk = {},
                         .attributes = std::move(accept.attributes),
                         .user_name = user_name_};
  if (!is_eap(accepted.eap_success, EapCode::Success)) return contradiction("Access-Accept", "Success");
  if (accept.msk) accepted.msk = std::move(*accept.msk);
  accepted.attributes.remove(Type::EapMessage);
  if (const auto name = accepted.attributes.text(Type::UserName)) accepted.user_name = *name;
  return accepted;
}

RelayStep EapRelay::handle(Challenge challenge) {
  const Attribute* const state = challenge.attributes.find(Type::State);
  state_ = state ? std::optional{state->value} : std::nullopt;
  Bytes packet = challenge.attributes.eap();
  if (!is_eap(packet, EapCode::Request)) return contradiction("Access-Challenge", "Request");
  return EapPacket{std::move(packet), patience_of(challenge.attributes)};
}

RelayStep EapRelay::handle(Reject reject) {
  LoginRejected rejected{.eap_failure = reject.attributes.eap(),
                         .reply_message = reply_message_of(reject.attributes),
                         .reason = "the RADIUS server rejected " + user_name_};
  if (!reject.why.empty()) rejected.reason = reject.why;
  if (!is_eap(rejected.eap_failure, EapCode::Failure)) rejected.eap_failure.clear();
  return rejected;
}

}  // namespace agilevpn::radius
