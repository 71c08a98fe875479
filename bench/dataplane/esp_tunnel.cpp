// One end of an ESP tunnel whose keys everybody knows: the packet path alone, without IKE, for benchmarks.
//
//   esp_tunnel client|gateway INTERFACE LOCAL PEER gcm128|gcm256|chacha|cbc128 udp|native
//
// Makes the TUN and moves packets until it is asked to end (SIGTERM, SIGINT); then prints its counters as JSON.
#include <fmt/format.h>

#include <csignal>

#include "dataplane/sample_child_sa.h"
#include "dataplane/worker.h"
#include "linux/clock.h"
#include "linux/raw_esp_socket.h"
#include "linux/tun_device.h"
#include "linux/udp_socket.h"

namespace agilevpn {
namespace {

using crypto::CipherSuite;
using crypto::EncryptionId;
using crypto::IntegrityId;

const std::map<std::string_view, CipherSuite> suites = {
    {"gcm128", {EncryptionId::AesGcm16, 128}},
    {"gcm256", {EncryptionId::AesGcm16, 256}},
    {"chacha", {EncryptionId::ChaCha20Poly1305}},
    {"cbc128", {EncryptionId::AesCbc, 128, IntegrityId::HmacSha2_256_128}},
};

struct Arguments {
  bool is_client;
  std::string interface;
  IpAddress local;
  IpAddress peer;
  CipherSuite suite;
  bool udp_encapsulation;
};

std::optional<Arguments> parse(std::span<char*> words) {
  if (words.size() != 7 || !suites.contains(words[5])) return std::nullopt;
  const auto local = IpAddress::parse(words[3]), peer = IpAddress::parse(words[4]);
  if (!local || !peer) return std::nullopt;
  return Arguments{std::string_view{words[1]} == "client", words[2], *local, *peer, suites.at(words[5]),
                   std::string_view{words[6]} == "udp"};
}

// The same Child SA at both ends, seen from either.
ike::InstallChildSa child_sa(const Arguments& arguments) {
  Path path{{arguments.local, nat_traversal_port}, {arguments.peer, nat_traversal_port}};
  if (!arguments.is_client) std::swap(path.local, path.peer);
  const dataplane::SampleChildSa sa{.suite = arguments.suite, .path = {path, arguments.udp_encapsulation}};
  return arguments.is_client ? sa.client() : sa.gateway();
}

Result<std::unique_ptr<dataplane::Worker>, Error> start(const Arguments& arguments) {
  const SocketAddress any{IpAddress::any(arguments.local.family()), nat_traversal_port};
  TRY_ASSIGN(auto udp, linux::UdpSocket::open({.local = any}));
  TRY_ASSIGN(auto raw, linux::RawEspSocket::open({.local = any}));
  TRY_ASSIGN(auto tun, linux::TunDevice::open(arguments.interface));
  std::vector<std::unique_ptr<dataplane::DatagramSocket>> sockets;
  sockets.push_back(std::move(udp));
  sockets.push_back(std::move(raw));
  auto worker = std::make_unique<dataplane::Worker>(dataplane::Worker::Settings{.now = linux::now}, std::move(tun),
                                                    std::move(sockets));
  TRY(worker->apply(child_sa(arguments)));
  return worker;
}

void print(const dataplane::Counters& counters) {
  fmt::print(
      R"({{"packets_sealed": {}, "sends": {}, "tun_reads": {}, "packets_opened": {}, "receives": {}, "tun_writes": {}}})"
      "\n",
      counters.packets_sealed.value(), counters.sends.value(), counters.tun_reads.value(),
      counters.packets_opened.value(), counters.receives.value(), counters.tun_writes.value());
}

int run(std::span<char*> words) {
  const auto arguments = parse(words);
  if (!arguments) {
    fmt::print(stderr,
               "usage: esp_tunnel client|gateway INTERFACE LOCAL PEER gcm128|gcm256|chacha|cbc128 udp|native\n");
    return 2;
  }
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  sigprocmask(SIG_BLOCK, &end, nullptr);  // Before the worker's thread is there, which inherits it.
  const auto worker = start(*arguments);
  if (!worker) {
    fmt::print(stderr, "esp_tunnel: {}\n", worker.error().to_string());
    return 1;
  }
  int signal = 0;
  sigwait(&end, &signal);
  print((*worker)->counters());
  return 0;
}

}  // namespace
}  // namespace agilevpn

int main(int count, char** words) { return agilevpn::run({words, static_cast<std::size_t>(count)}); }
