#include "cli/decode/decode.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pcap/pcap.h>

#include <set>

#include "cli/decode/esp_reader.h"
#include "cli/decode/ike_reader.h"
#include "cli/decode/packet.h"
#include "cli/decode/text.h"

namespace agilevpn::cli {

namespace decode {
namespace {

std::string shown(FrameTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto since_epoch = std::chrono::system_clock::to_time_t(seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(since_epoch), (time - seconds).count());
}

std::string shown(const SocketAddress& address, bool is_udp) {
  return is_udp ? address.to_string() : address.address.to_string();
}

std::string_view name_of(Packet::Kind kind) {
  switch (kind) {
    case Packet::Kind::Ike: return "IKE";
    case Packet::Kind::Esp: return "ESP";
    case Packet::Kind::NatKeepalive: return "NAT keepalive";
  }
  return "";
}

Json envelope(const Packet& packet) {
  return {{"frame", packet.frame},
          {"time", shown(packet.time)},
          {"source", shown(packet.source, packet.is_udp)},
          {"destination", shown(packet.destination, packet.is_udp)},
          {"protocol", name_of(packet.kind)},
          {"octets", packet.octets.size()}};
}

// Prints packets as they come, so that a long capture needs no memory.
class Printer {
 public:
  Printer(std::ostream& out, bool json) : out_(out), json_(json) {}

  void print(const Json& packet) {
    if (json_)
      out_ << (count_ == 0 ? "[\n" : ",\n") << packet.dump();
    else
      out_ << packet_text(packet);
    ++count_;
  }
  void finish() {
    if (json_) out_ << (count_ == 0 ? "[]\n" : "\n]\n");
  }
  std::size_t count() const { return count_; }

 private:
  std::ostream& out_;
  bool json_;
  std::size_t count_ = 0;
};

Json read(const Packet& packet, const KeyTable& keys, IkeReader& ike) {
  Json out = envelope(packet);
  if (!packet.flaw.empty()) {
    out["error"] = packet.flaw;
    return out;
  }
  if (packet.kind == Packet::Kind::Ike) out.update(ike.read(packet.octets));
  if (packet.kind == Packet::Kind::Esp) out.update(read_esp(keys, packet.destination.address, packet.octets));
  return out;
}

// What was in the capture, for who finds nothing that he looked for.
struct Looked {
  std::size_t frames = 0;
  std::size_t packets = 0;
  std::set<int> link_types;
};

Result<void, Error> print_packets(Capture& capture, Dissector dissector, const KeyTable& keys, Printer& printer,
                                  Looked& looked) {
  IkeReader ike{keys};
  while (true) {
    TRY_ASSIGN(const auto frame, capture.next());
    if (!frame) return {};
    ++looked.frames;
    looked.link_types.insert(frame->link_type);
    if (const auto packet = dissector.dissect(*frame)) printer.print(read(*packet, keys, ike));
  }
}

Result<Looked, Error> decode_capture(const DecodeOptions& options, std::ostream& out) {
  KeyTable keys;
  for (const std::string& file : options.key_files) TRY(keys.load(file));
  TRY_ASSIGN(Capture capture, Capture::open(options.file));
  Printer printer{out, options.json};
  Looked looked;
  const auto printed = print_packets(capture, Dissector{options.ports}, keys, printer, looked);
  printer.finish();
  TRY(printed);
  looked.packets = printer.count();
  return looked;
}

std::string link_type_text(int link_type) {
  const char* name = pcap_datalink_val_to_name(link_type);
  return fmt::format("{}{}", name ? name : std::to_string(link_type),
                     is_known_link_type(link_type) ? "" : ", which it cannot read");
}

std::string nothing_found(const DecodeOptions& options, const Looked& looked) {
  std::vector<std::string> types;
  for (const int type : looked.link_types) types.push_back(link_type_text(type));
  std::vector<std::uint16_t> ports{ike_port, nat_traversal_port};
  ports.insert(ports.end(), options.ports.begin(), options.ports.end());
  return fmt::format(
      "no IKE and no ESP in {}: looked at {} frames of link type {}, for UDP ports {} and ESP; another port: --port",
      options.file, looked.frames, fmt::join(types, "; "), fmt::join(ports, ", "));
}

}  // namespace
}  // namespace decode

int run_decode(const DecodeOptions& options, std::ostream& out, std::ostream& err) {
  const auto looked = decode::decode_capture(options, out);
  if (!looked) {
    err << "agilevpn decode: " << looked.error().to_string() << '\n';
    return 1;
  }
  if (looked->packets == 0) err << "agilevpn decode: " << decode::nothing_found(options, *looked) << '\n';
  return 0;
}

}  // namespace agilevpn::cli
