// A host of the simulated world: interfaces that come and go on segments, and the program that runs on it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mobility/network.h"
#include "sim/event_queue.h"
#include "sim/segment.h"

namespace agilevpn::sim {

class Host;

// What runs on a host, and sends with Host::send(). It calls Host::arm() when its deadline may have changed other than
// in one of these handlers.
class Program {
 public:
  virtual ~Program() = default;
  virtual void handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) = 0;
  virtual void handle_network_change() {}
  virtual void handle_timeout() = 0;
  virtual std::optional<Instant> poll_timeout() const = 0;
};

// One network interface. Every change of it tells the host.
class Interface {
 public:
  Interface(Host& host, std::uint32_t index, mobility::LinkType type) : host_(host), index_(index), type_(type) {}

  std::uint32_t index() const { return index_; }
  std::string name() const { return "eth" + std::to_string(index_ - 1); }
  Segment* segment() const { return segment_; }
  bool is_usable() const { return is_up_ && has_carrier_ && segment_ != nullptr; }
  const std::vector<IpAddress>& addresses() const { return addresses_; }
  bool has(const IpAddress& address) const;
  Link link;  // Between the host and the segment.

  void plug() { set(has_carrier_, true); }
  void unplug() { set(has_carrier_, false); }  // The addresses stay.
  void bring_up() { set(is_up_, true); }
  void take_down() { set(is_up_, false); }
  // Onto another segment (another Wi-Fi): the addresses of the old one are gone.
  void join(Segment& segment);
  void add_address(const IpAddress& address);
  void remove_address(const IpAddress& address);

  void arrive(Packet packet);  // From the segment.
  mobility::Link describe() const;

 private:
  void set(bool& what, bool value);

  Host& host_;
  std::uint32_t index_;
  mobility::LinkType type_;
  bool is_up_ = true;
  bool has_carrier_ = true;
  Segment* segment_ = nullptr;
  std::vector<IpAddress> addresses_;
};

class Host {
 public:
  Host(World& world, std::string name) : world_(world), name_(std::move(name)) {}
  Host(const Host&) = delete;

  World& world() { return world_; }
  Instant now() const;
  const std::string& name() const { return name_; }

  // On a segment, with the next address of each family that it has.
  Interface& add_interface(Segment& segment, mobility::LinkType type = mobility::LinkType::Ethernet);
  Interface& interface(std::size_t number) { return *interfaces_.at(number); }
  const std::vector<std::unique_ptr<Interface>>& interfaces() const { return interfaces_; }
  mobility::Network network() const;

  // The program must outlive the host or be taken off with nullptr, which is what a crash looks like.
  void run(Program* program);
  void arm();
  // Lost if path.local is no address of a usable interface (the one that path.interface names, if it names one).
  void send(const Path& path, Packet::Protocol protocol, ByteView payload);

  // Nothing is received and no timer fires until wake().
  void sleep();
  void wake();
  bool is_asleep() const { return is_asleep_; }

  // From interfaces.
  void receive(const Interface& interface, const Packet& packet);
  void network_changed();

 private:
  World& world_;
  std::string name_;
  std::vector<std::unique_ptr<Interface>> interfaces_;
  Program* program_ = nullptr;
  bool is_asleep_ = false;
  bool is_change_due_ = false;
  std::optional<EventQueue::Id> timer_;
};

}  // namespace agilevpn::sim
