// Whatever a RADIUS server, or somebody in its place, may answer: logins through EapRelay and accounting.
//
//   input:  records
//   record: control (1 octet), size (2 octets), octets
//
// The two lowest bits of control choose what becomes of the octets: a datagram as it is; attributes of an authentic
// answer whose code are the upper bits of control; time that passes, in seconds; octets of a RadSec stream.
#include "radius/accounting.h"
#include "radius/dictionary.h"
#include "radius/eap_relay.h"
#include "radius/fake_server.h"
#include "radius/grant.h"
#include "radius/packet_stream.h"

namespace {

using namespace agilevpn;
using namespace agilevpn::radius;

ClientConfig config() {
  ClientConfig config;
  for (const char* name : {"radius1", "radius2"})
    config.servers.push_back({.name = name, .secret = test_secret(), .knows_status_server = true});
  return config;
}

struct Login {
  SeededRandom random{1};
  Client client{config(), random};
  EapRelay relay{
      {.called_station = "vpn.example.org", .calling_station = "192.0.2.7", .port_id = {}, .session_id = "1-1"}};
  Accounting accounting{config(), random, 16};
  std::optional<Transmit> last;
  std::size_t asked = 0, answered = 0;
  Instant now{};

  Login() {
    ask("0201000901616e6e61"_hex);
    accounting.start(now, WallTime{}, {.session_id = "1-1", .user_name = "anna"});
  }
  void ask(ByteView response) {
    auto request = relay.handle_eap(response);
    if (!request) return;
    client.send(now, *std::move(request));
    ++asked;
  }
  // An answer is taken once; what is granted may be said.
  void take_answers() {
    while (auto answer = client.poll_answer()) {
      ++answered;
      const auto step = relay.handle_answer(*std::move(answer));
      if (const auto* accepted = std::get_if<LoginAccepted>(&step))
        static_cast<void>(Grant::from(accepted->attributes));
      if (std::holds_alternative<EapPacket>(step) && asked < 64) ask("020200061a03"_hex);
    }
    CHECK(answered <= asked);
  }
  void drain() {
    while (auto transmit = client.poll_transmit()) last = std::move(transmit);
    while (accounting.poll_transmit()) {
    }
    while (const auto event = client.poll_event()) CHECK(!to_record(*event).sentence.empty());
    while (const auto event = accounting.poll_event()) CHECK(!to_record(*event).sentence.empty());
    take_answers();
  }
  void receive(ByteView datagram) {
    client.handle_datagram(now, last ? last->channel : Channel{}, datagram);
    accounting.handle_datagram(now, {}, datagram);
    drain();
  }
  // From one who knows the secret.
  void receive_sealed(Code code, ByteView attributes) {
    Writer out;
    out.u8(static_cast<std::uint8_t>(code)).u8(0).u16(static_cast<std::uint16_t>(header_size + attributes.size()));
    out.bytes(Authenticator{}).bytes(attributes);
    auto packet = decode(out.view());
    if (!packet || !last) return;
    CHECK(!to_string(*packet).empty());
    const Packet request = *decode(last->datagram);
    packet->identifier = request.identifier;
    if (encoded_size(*packet) + 18 > limits::packet_largest) return;
    receive(seal_response(*packet, request.authenticator, test_secret()));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in{std::as_bytes(std::span{data, size})};
  Login login;
  PacketStream stream;
  login.drain();
  while (!in.at_end()) {
    const auto control = in.u8("control");
    const auto length = in.u16("size");
    if (!control || !length) break;
    const ByteView octets = *in.take(std::min<std::size_t>(*length, in.remaining()), "octets");
    switch (*control & 3u) {
      case 0: login.receive(octets); break;
      case 1: login.receive_sealed(Code{static_cast<std::uint8_t>(*control >> 2u)}, octets); break;
      case 2:
        login.now += std::chrono::seconds{octets.size()};
        login.client.handle_timeout(login.now);
        login.accounting.handle_timeout(login.now);
        login.drain();
        break;
      default:
        stream.handle_octets(octets);
        while (const auto packet = stream.poll_packet()) {
          if (!*packet) break;
          login.receive(**packet);
        }
    }
  }
  return 0;
}
