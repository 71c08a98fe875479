#include "daemon/ticket_keys.h"

#include <fmt/format.h>

#include <sstream>

#include "control/files/file.h"
#include "daemon/limits.h"

namespace agilevpn::daemon {

namespace {

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

// A line for each: when it was made in seconds since 1970, its id and the key in hex.
Result<TicketKeys, Error> TicketKeys::open(std::filesystem::path file) {
  TicketKeys keys{std::move(file)};
  TRY_ASSIGN(const bool is_there, control::files::has(keys.file_));
  if (!is_there) return keys;
  TRY_ASSIGN(const Secret text, control::files::read_secret(keys.file_));
  std::istringstream lines{to_text(text.view())};
  std::int64_t made = 0;
  std::string id, secret;
  while (lines >> made >> id >> secret) {
    auto id_octets = from_hex(id);
    auto octets = from_hex(secret);
    if (!id_octets || !octets || id_octets->size() != ike::TicketKey::id_size ||
        octets->size() != ike::TicketKey::secret_size)
      continue;
    keys.keys_.push_back({WallTime{std::chrono::seconds{made}}, {*std::move(id_octets), Secret{*std::move(octets)}}});
  }
  return keys;
}

Result<bool, Error> TicketKeys::renew(WallTime now, Random& random) {
  const bool is_good = !keys_.empty() && now >= keys_.front().made && now < keys_.front().made + ticket_key_lifetime;
  if (is_good) return false;
  std::erase_if(keys_, [&](const Dated& old) { return now >= old.made + 2 * ticket_key_lifetime; });
  keys_.insert(keys_.begin(),
               {now, {random.public_bytes(ike::TicketKey::id_size), random.secret_bytes(ike::TicketKey::secret_size)}});
  if (keys_.size() > ticket_keys_max) keys_.resize(ticket_keys_max);
  TRY(write());
  return true;
}

Result<void, Error> TicketKeys::write() const {
  std::string lines;
  for (const Dated& one : keys_)
    lines += fmt::format("{} {} {}\n", seconds_of(one.made), to_hex(one.key.id), to_hex(one.key.secret.view()));
  const Secret content = Secret::copy_of(as_bytes(lines));
  wipe(std::as_writable_bytes(std::span{lines}));
  return control::files::write(file_, content.view(), control::files::Readers::OwnerOnly);
}

std::vector<ike::TicketKey> TicketKeys::copies() const {
  std::vector<ike::TicketKey> all;
  for (const Dated& one : keys_) all.push_back(one.key.copy());
  return all;
}

}  // namespace agilevpn::daemon
