#include "cli/decode/key_table.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "crypto/packet_cipher.h"

namespace agilevpn::cli::decode {

namespace {

constexpr std::size_t ike_columns = 8;
constexpr std::size_t esp_columns = 8;  // Newer Wiresharks add one about sequence numbers; we find out by ourselves.

// Comma-separated; a field may stand in double quotes.
std::vector<std::string> split_row(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else if (c != '\r')
      fields.back() += c;
  }
  return fields;
}

// Hex digits, perhaps after "0x".
std::optional<Bytes> octets_of(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  return from_hex(text);
}

template <class Integer>
std::optional<Integer> number_of(std::string_view text) {
  const auto octets = octets_of(text);
  if (!octets || octets->size() != sizeof(Integer)) return std::nullopt;
  Integer value = 0;
  for (const std::byte b : *octets) value = static_cast<Integer>(value << 8 | std::to_integer<Integer>(b));
  return value;
}

constexpr std::size_t stand_in_key_size = 32;

std::optional<DirectionKeys> direction_keys(const std::string& encryption_name, const std::string& encryption_key,
                                            const std::string& integrity_name, const std::string& integrity_key) {
  auto encryption = octets_of(encryption_key), integrity = octets_of(integrity_key);
  if (!encryption || !integrity) return std::nullopt;
  const auto protection = protection_of(encryption_name, encryption->size(), integrity_name);
  const auto sizes = protection ? crypto::PacketCipher::sizes(protection->suite) : std::nullopt;
  if (protection && protection->unchecked_icv) integrity = Bytes(stand_in_key_size);
  if (!sizes || encryption->size() != sizes->encryption_key || integrity->size() != sizes->integrity_key)
    return std::nullopt;
  return DirectionKeys{protection->suite, protection->unchecked_icv, Secret{std::move(*encryption)},
                       Secret{std::move(*integrity)}};
}

}  // namespace

Result<void, Error> KeyTable::load(const std::string& path) {
  std::error_code ignored;  // What cannot be looked at cannot be opened, which says why.
  if (!std::filesystem::is_directory(path, ignored)) return load_file(path);
  bool found = false;
  for (const char* name : {"ikev2_decryption_table", "esp_sa"}) {
    const std::string file = path + '/' + name;
    if (!std::filesystem::exists(file, ignored) && !ignored) continue;
    found = true;
    TRY(load_file(file));
  }
  if (!found)
    return Failure{Error{fmt::format("no keys in {}", path), "it has no ikev2_decryption_table and no esp_sa"}};
  return {};
}

Result<void, Error> KeyTable::load_file(const std::string& file) {
  std::ifstream in{file};
  if (!in) return Failure{Error{fmt::format("cannot read {}: {}", file, std::strerror(errno)), ""}};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    if (!add(split_row(line)))
      return Failure{
          Error{fmt::format("{}:{}: not a row of Wireshark's ikev2_decryption_table or esp_sa", file, number),
                "or an algorithm that agilevpn does not know, or a key of the wrong size"}};
  }
  return {};
}

bool KeyTable::add(const Row& row) {
  if (row.size() < std::min(ike_columns, esp_columns)) return false;
  return row[0].starts_with("IP") || row[0] == "*" ? add_esp(row) : add_ike(row);
}

bool KeyTable::add_ike(const Row& row) {
  const auto spi_i = number_of<std::uint64_t>(row[0]), spi_r = number_of<std::uint64_t>(row[1]);
  auto from_initiator = direction_keys(row[4], row[2], row[7], row[5]);
  auto from_responder = direction_keys(row[4], row[3], row[7], row[6]);
  if (!spi_i || !spi_r || !from_initiator || !from_responder) return false;
  ike_.insert_or_assign({IkeSpi{*spi_i}, IkeSpi{*spi_r}},
                        IkeKeys{std::move(*from_initiator), std::move(*from_responder)});
  return true;
}

bool KeyTable::add_esp(const Row& row) {
  const auto spi = number_of<std::uint32_t>(row[3]);
  auto keys = direction_keys(row[4], row[5], row[6], row[7]);
  if (!spi || !keys) return false;
  esp_.insert_or_assign({EspSpi{*spi}, IpAddress::parse(row[2])}, std::move(*keys));
  return true;
}

const DirectionKeys* KeyTable::find_ike(IkeSpi spi_i, IkeSpi spi_r, bool from_original_initiator) const {
  const auto found = ike_.find({spi_i, spi_r});
  if (found == ike_.end()) return nullptr;
  return from_original_initiator ? &found->second.from_initiator : &found->second.from_responder;
}

const DirectionKeys* KeyTable::find_esp(const IpAddress& destination, EspSpi spi) const {
  const auto exact = esp_.find({spi, destination});
  if (exact != esp_.end()) return &exact->second;
  const auto any = esp_.lower_bound({spi, std::nullopt});
  return any != esp_.end() && any->first.first == spi ? &any->second : nullptr;
}

}  // namespace agilevpn::cli::decode
