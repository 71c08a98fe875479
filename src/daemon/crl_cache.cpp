#include "daemon/crl_cache.h"

#include "control/files/file.h"
#include "crypto/hash.h"
#include "daemon/limits.h"

namespace agilevpn::daemon {

namespace {

WallTime written_at(const std::filesystem::path& file) {
  std::error_code failed;
  const auto when = std::filesystem::last_write_time(file, failed);
  if (failed) return {};
  return std::chrono::floor<WallTime::duration>(std::chrono::file_clock::to_sys(when));
}

}  // namespace

std::filesystem::path CrlCache::file_of(const std::string& url) const {
  return folder_ / (to_hex(crypto::hash(crypto::HashId::Sha2_256, {as_bytes(url)})).substr(0, 32) + ".crl");
}

const CrlCache::Entry* CrlCache::find(const std::string& url, WallTime now) {
  auto place = entries_.find(url);
  if (place == entries_.end()) {
    const auto file = file_of(url);
    const auto content = control::files::read_text(file);
    if (!content) return nullptr;
    auto parsed = crypto::Crl::parse(as_bytes(*content));
    if (!parsed) return nullptr;
    place = entries_.emplace(url, Entry{std::move(parsed->front()), written_at(file)}).first;
  }
  return place->second.crl.next_update() > now ? &place->second : nullptr;
}

Result<void, Error> CrlCache::keep(const std::string& url, ByteView octets, crypto::Crl crl, WallTime now) {
  if (entries_.size() >= crls_kept_max) entries_.clear();  // They are on the disk.
  entries_.insert_or_assign(url, Entry{std::move(crl), now});
  return control::files::write(file_of(url), octets, control::files::Readers::OwnerOnly);
}

}  // namespace agilevpn::daemon
