// Our EAP server behind our RADIUS codec: a RADIUS server of one user, for somebody else's EAP peer.
//
//   eap_server ADDRESS:PORT SECRET USER PASSWORD METHOD …
//
// Each login is a conversation of its own, found by the State that we gave with the last challenge (RFC 2865 §5.24).
#include <fmt/format.h>

#include <map>

#include "linux/clock.h"
#include "linux/system_random.h"
#include "radius/authenticator.h"
#include "radius/hidden.h"
#include "tests/interop/radius/eap_methods.h"
#include "tests/interop/radius/udp_link.h"

namespace agilevpn::interop {
namespace {

class EapServer {
 public:
  EapServer(Secret secret, const EapUser& user, Random& random)
      : secret_(std::move(secret)), user_(user), random_(random) {}

  // Nothing to what is no authentic Access-Request with an EAP-Message.
  std::optional<Bytes> handle(ByteView datagram) {
    const auto request = radius::decode(datagram);
    if (!request || request->code != radius::Code::AccessRequest ||
        !radius::is_authentic_request(datagram, secret_, radius::MessageAuthenticator::Required)) {
      return std::nullopt;
    }
    const Bytes packet = request->attributes.eap();
    const radius::Attribute* const state = request->attributes.find(radius::Type::State);
    if (packet.size() < 5) return std::nullopt;
    const std::uint64_t id = state ? number_of(state->value) : begin(packet);
    const auto conversation = conversations_.find(id);
    if (conversation == conversations_.end()) return std::nullopt;
    auto step = conversation->second->handle_packet(packet);
    while (const auto* const question = std::get_if<eap::Question>(&step)) {
      step = conversation->second->handle_answer(user_.answer(*question));
    }
    return radius::seal_response(response_of(*request, id, step), request->authenticator, secret_);
  }

 private:
  static std::uint64_t number_of(ByteView state) { return Reader{state}.u64("State").value_or(0); }

  std::uint64_t begin(ByteView identity_response) {
    const auto make = [this](eap::Type type, const std::string& identity) {
      return user_.make_server_method(type, identity);
    };
    auto conversation = std::make_unique<eap::Authenticator>(make, std::to_integer<std::uint8_t>(identity_response[1]));
    conversation->start();
    conversations_[++last_id_] = std::move(conversation);
    return last_id_;
  }

  radius::Packet response_of(const radius::Packet& request, std::uint64_t id, const eap::Authenticator::Step& step) {
    radius::Packet response{
        .code = radius::Code::AccessChallenge, .identifier = request.identifier, .authenticator = {}, .attributes = {}};
    const auto* const finished = std::get_if<eap::Authenticator::Finished>(&step);
    if (!finished) {
      response.attributes.add_eap(conversations_.at(id)->request());
      response.attributes.add(radius::Type::State, Writer{}.u64(id).view());
      return response;
    }
    const eap::Outcome& outcome = finished->outcome;
    fmt::print("{} {}: {}\n", eap::to_string(conversations_.at(id)->method()),
               outcome.is_success ? "succeeded" : "failed", outcome.is_success ? outcome.user : outcome.reason);
    std::fflush(stdout);
    response.code = outcome.is_success ? radius::Code::AccessAccept : radius::Code::AccessReject;
    response.attributes.add_eap(finished->packet);
    if (outcome.is_success && !outcome.msk.empty()) {
      const auto salt = static_cast<std::uint16_t>(random_.public_u64());
      radius::add_msk(response.attributes, outcome.msk.view(), salt, request.authenticator, secret_);
    }
    conversations_.erase(id);
    return response;
  }

  Secret secret_;
  const EapUser& user_;
  Random& random_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::unique_ptr<eap::Authenticator>> conversations_;
};

}  // namespace
}  // namespace agilevpn::interop

int main(int count, char** arguments) {
  using namespace agilevpn;
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() < 5) {
    fmt::print(stderr, "usage: see the top of eap_server.cpp\n");
    return 2;
  }
  linux::SystemRandom random;
  const interop::EapUser user{words[2], words[3], std::span{words}.subspan(4), random};
  interop::EapServer server{Secret::copy_of(as_bytes(words[1])), user, random};
  interop::UdpLink link = interop::UdpLink::at(*SocketAddress::parse(words[0]));
  fmt::print("listening\n");
  std::fflush(stdout);
  for (;;) {
    const auto received = link.receive(1s);
    const auto response = received ? server.handle(received->datagram) : std::nullopt;
    if (response) link.send_to(received->from, *response);
  }
}
