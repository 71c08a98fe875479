// Writes what the models of stock clients say as seeds: for wire_fuzz as messages in the clear, for engine_fuzz as
// records behind keys. Made anew before the fuzzers run, so that no seed is older than its model.
//
//   stock_seeds DIRECTORY    files in DIRECTORY/wire and DIRECTORY/engine
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "sim/stock/crowd.h"

namespace agilevpn::sim::stock {
namespace {

namespace wire = ike::wire;

class Seeds {
 public:
  explicit Seeds(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_ / "wire");
    std::filesystem::create_directories(directory_ / "engine");
  }

  // One of each shape and kind: a second message of the same payloads in the same order teaches a fuzzer nothing.
  void add(const Kind& kind, wire::ExchangeType exchange, const wire::Payloads& payloads) {
    std::vector<wire::PayloadType> shape;
    for (const wire::Payload& payload : payloads) shape.push_back(payload.type);
    if (payloads.empty() || !shapes_.emplace(kind.name, exchange, shape).second) return;
    write("wire", wire::encode_message(
                      {{.spi_i = IkeSpi{1}, .exchange = exchange, .is_from_original_initiator = true}, payloads}));
    write("engine", record(exchange, payloads));
  }
  std::size_t size() const { return shapes_.size(); }

 private:
  // As engine_fuzz reads it: at the gateway, one request.
  static Bytes record(wire::ExchangeType exchange, const wire::Payloads& payloads) {
    static constexpr std::array exchanges{wire::ExchangeType::CreateChildSa, wire::ExchangeType::Informational,
                                          wire::ExchangeType::IkeAuth, wire::ExchangeType::IkeIntermediate};
    const auto at = std::ranges::find(exchanges, exchange);
    const Bytes chain = wire::encode_payloads(payloads);
    Writer out;
    out.u8(2);  // BehindKeyAtGateway.
    out.u8(at == exchanges.end() ? 2 : static_cast<std::uint8_t>(at - exchanges.begin()));
    out.u16(static_cast<std::uint16_t>(chain.size() + 1));
    out.u8(static_cast<std::uint8_t>(payloads.front().type));
    out.bytes(chain);
    return std::move(out).take();
  }

  void write(const char* fuzzer, ByteView octets) const {
    std::ofstream file{directory_ / fuzzer / fmt::format("stock_{}", shapes_.size()), std::ios::binary};
    file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  }

  std::filesystem::path directory_;
  std::set<std::tuple<std::string, wire::ExchangeType, std::vector<wire::PayloadType>>> shapes_;
};

// It logs in, works, moves, rekeys what it rekeys in a working day, and leaves.
void live(const Kind& kind, Seeds& seeds) {
  Crowd crowd{{.policy = kind.policy,
               .gateway_key = kind.policy == "modern" ? crypto::KeyType::EcdsaP256 : crypto::KeyType::Rsa}};
  auto& member = crowd.add(kind, [&](const Plaintext& text) {
    seeds.add(kind, text.header.exchange, *wire::decode_payloads(text.first, text.chain));
  });
  for (int minute = 0; minute < 9 * 60; ++minute) {
    crowd.ping(member);
    crowd.world.run_for(1min);
    if (minute == 60) crowd.move(member, Place::Phone);
  }
  member.client->disconnect();
  crowd.world.run_for(1min);
}

}  // namespace
}  // namespace agilevpn::sim::stock

int main(int argc, char** argv) {
  using namespace agilevpn::sim::stock;
  if (argc != 2) {
    std::cerr << "usage: stock_seeds DIRECTORY\n";
    return 2;
  }
  Seeds seeds{argv[1]};
  for (const Kind& kind : kinds()) live(kind, seeds);
  std::cout << seeds.size() << " messages of stock clients\n";
  return seeds.size() < 3 * kinds().size() ? 1 : 0;  // The least of a client: it opens, logs in and leaves.
}
