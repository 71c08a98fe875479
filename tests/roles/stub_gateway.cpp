#include "tests/roles/stub_gateway.h"

#include "base/codec.h"

namespace agilevpn::roles {

namespace wire = ike::wire;

namespace {

constexpr std::size_t marker_size = 4;  // RFC 3948 §2.2

}  // namespace

StubGateway::StubGateway(sim::Host& host, const ike::IkeSaInfo& session, const std::vector<ike::KeyLogEntry>& log)
    : host_(host), path_{session.path.peer, session.path.local}, forge_(log, false) {
  host_.run(this);
}

void StubGateway::delete_child_sa(EspSpi spi) {
  const wire::DeletePayload deleted{wire::ProtocolId::Esp, {spi}};
  send(path_, forge_.seal(forge_.request_header(wire::ExchangeType::Informational, 0), {wire::payload(deleted)}));
}

void StubGateway::handle_packet(const Path& path, sim::Packet::Protocol protocol, ByteView payload) {
  if (protocol != sim::Packet::Protocol::Udp || payload.size() <= marker_size) return;
  const ByteView message = payload.subspan(marker_size);
  const auto request = wire::decode_message(message);
  if (!request || request->header.is_response || !forge_.open(message)) return;
  wire::Payloads answer;
  if (request->header.exchange == wire::ExchangeType::CreateChildSa) {
    answer.push_back(wire::notify(wire::NotifyType::NoProposalChosen));
    refusals.push_back(host_.now());
  }
  send(path, forge_.seal(forge_.response_header(request->header), answer));
}

void StubGateway::send(const Path& path, ByteView message) {
  host_.send(path, sim::Packet::Protocol::Udp, concat({Bytes(marker_size), message}));
}

}  // namespace agilevpn::roles
