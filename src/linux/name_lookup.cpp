#include "linux/name_lookup.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <mutex>
#include <thread>

namespace agilevpn::linux {

namespace {

std::optional<IpAddress> address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return IpAddress::from_bytes(std::as_bytes(std::span{&reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 1}));
  if (address->sa_family == AF_INET6)
    return IpAddress::from_bytes(
        std::as_bytes(std::span{&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 1}));
  return std::nullopt;
}

LookupResult look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;  // Else each address comes once for each type.
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &list); error != 0)
    return {.addresses = {}, .reason = fmt::format("cannot resolve {}: {}", name, ::gai_strerror(error))};
  LookupResult result;
  for (const addrinfo* entry = list; entry; entry = entry->ai_next)
    if (const auto address = address_of(entry->ai_addr)) result.addresses.push_back(*address);
  ::freeaddrinfo(list);
  return result;
}

}  // namespace

// Shared with the lookups' threads; no loop means that nobody wants an answer any more.
struct NameLookup::State {
  std::mutex mutex;
  EventLoop* loop;
  explicit State(EventLoop& l) : loop(&l) {}
};

NameLookup::NameLookup(EventLoop& loop) : state_(std::make_shared<State>(loop)) {}

NameLookup::~NameLookup() {
  const std::lock_guard lock{state_->mutex};
  state_->loop = nullptr;
}

void NameLookup::resolve(std::string name, std::function<void(LookupResult)> done) {
  if (const auto address = IpAddress::parse(name))
    return state_->loop->post([done = std::move(done), result = LookupResult{{*address}, {}}] { done(result); });
  std::thread{[state = state_, name = std::move(name), done = std::move(done)] {
    LookupResult result = look_up(name);
    const std::lock_guard lock{state->mutex};
    if (!state->loop) return;
    state->loop->post([state, done, result = std::move(result)] {
      if (state->loop) done(result);
    });
  }}.detach();
}

}  // namespace agilevpn::linux
