#include "sim/stock/mutation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <span>

#include "ike/peer_kind.h"
#include "sim/stock/field.h"
#include "sim/stock/windows.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

namespace {

constexpr std::size_t much = 300;            // Octets: more than a nonce may have, and more than one octet counts.
constexpr wire::PayloadType unassigned{99};  // RFC 7296 §3.2

// Modulo 256^size, whatever the size.
void add_to(Bytes& chain, std::size_t at, std::size_t size, std::int64_t difference) {
  for (std::size_t i = at + size; i-- > at && difference != 0;) {
    difference += std::to_integer<std::int64_t>(chain[i]);
    chain[i] = static_cast<std::byte>(difference & 0xff);
    difference >>= 8;
  }
}

// ---- Numbers

struct Way {
  std::string_view name;
  void (*change)(Bytes& chain, const Field& field);
};

void fill(Bytes& chain, const Field& field, std::byte with) {
  std::ranges::fill_n(chain.begin() + static_cast<std::ptrdiff_t>(field.at), static_cast<std::ptrdiff_t>(field.size),
                      with);
}

constexpr Way ways_of_numbers[] = {
    {"zero", [](Bytes& chain, const Field& field) { fill(chain, field, std::byte{0}); }},
    {"all ones", [](Bytes& chain, const Field& field) { fill(chain, field, std::byte{0xff}); }},
    {"one more", [](Bytes& chain, const Field& field) { add_to(chain, field.at, field.size, 1); }},
    {"one less", [](Bytes& chain, const Field& field) { add_to(chain, field.at, field.size, -1); }},
    {"top bit", [](Bytes& chain, const Field& field) { chain[field.at] ^= std::byte{0x80}; }},
};

// ---- Octets: others, and more or fewer of them with all lengths right

void resize(Bytes& chain, const Field& field, std::size_t size) {
  const auto end = chain.begin() + static_cast<std::ptrdiff_t>(field.at + field.size);
  const auto difference = static_cast<std::int64_t>(size) - static_cast<std::int64_t>(field.size);
  if (difference < 0)
    chain.erase(end + difference, end);
  else
    chain.insert(end, static_cast<std::size_t>(difference), std::byte{0x5a});
  for (const std::size_t at : field.lengths_at) add_to(chain, at, 2, difference);
  if (field.spi_size_at != 0) add_to(chain, field.spi_size_at, 1, difference);
}

constexpr Way ways_of_octets[] = {
    {"first bit", [](Bytes& chain, const Field& field) { chain[field.at] ^= std::byte{0x80}; }},
    {"last bit", [](Bytes& chain, const Field& field) { chain[field.at + field.size - 1] ^= std::byte{1}; }},
    {"zeros", [](Bytes& chain, const Field& field) { fill(chain, field, std::byte{0}); }},
    {"all ones", [](Bytes& chain, const Field& field) { fill(chain, field, std::byte{0xff}); }},
    {"an octet fewer", [](Bytes& chain, const Field& field) { resize(chain, field, field.size - 1); }},
    {"an octet more", [](Bytes& chain, const Field& field) { resize(chain, field, field.size + 1); }},
    {"none", [](Bytes& chain, const Field& field) { resize(chain, field, 0); }},
    {"many more", [](Bytes& chain, const Field& field) { resize(chain, field, field.size + much); }},
};

// ---- Whole payloads

struct Edit {
  std::string_view name;
  void (*change)(wire::Payloads& payloads, std::size_t which);
};

auto at(wire::Payloads& payloads, std::size_t which) { return payloads.begin() + static_cast<std::ptrdiff_t>(which); }

wire::Payload unknown(bool is_critical) { return {unassigned, is_critical, wire::UnknownPayload{"0badc0de"_hex}}; }

constexpr Edit edits[] = {
    {"missing", [](wire::Payloads& payloads, std::size_t which) { payloads.erase(at(payloads, which)); }},
    {"twice", [](wire::Payloads& payloads, std::size_t which) { payloads.push_back(wire::Payload{payloads[which]}); }},
    {"first", [](wire::Payloads& payloads,
                 std::size_t which) { std::rotate(payloads.begin(), at(payloads, which), at(payloads, which) + 1); }},
    {"after an unknown one",
     [](wire::Payloads& payloads, std::size_t which) { payloads.insert(at(payloads, which), unknown(false)); }},
    {"after an unknown critical one",
     [](wire::Payloads& payloads, std::size_t which) { payloads.insert(at(payloads, which), unknown(true)); }},
};

// ---- Headers

struct HeaderWay {
  std::string_view name;
  void (*change)(Plaintext& text);
};

constexpr HeaderWay ways_of_headers[] = {
    {"initiator's SPI", [](Plaintext& text) { text.header.spi_i.value ^= 1; }},
    {"initiator's SPI: zero", [](Plaintext& text) { text.header.spi_i = {}; }},
    {"responder's SPI", [](Plaintext& text) { text.header.spi_r.value ^= 1; }},
    {"first payload",
     [](Plaintext& text) {
       text.first = wire::PayloadType{static_cast<std::uint8_t>(static_cast<unsigned>(text.first) + 1)};
     }},
    {"major version", [](Plaintext& text) { text.header.major_version = 3; }},
    {"minor version", [](Plaintext& text) { text.header.minor_version = 1; }},
    {"exchange type", [](Plaintext& text) { text.header.exchange = wire::ExchangeType{243}; }},
    {"another exchange", [](Plaintext& text) { text.header.exchange = wire::ExchangeType::CreateChildSa; }},
    {"Initiator flag", [](Plaintext& text) { text.header.is_from_original_initiator ^= true; }},
    {"Version flag", [](Plaintext& text) { text.header.has_higher_version ^= true; }},
    {"Response flag", [](Plaintext& text) { text.header.is_response ^= true; }},
    {"message ID", [](Plaintext& text) { ++text.header.message_id; }},
};

// ---- What makers say

void add_vendors(wire::Payloads& payloads, const std::vector<Bytes>& ids) {
  for (const Bytes& id : ids) payloads.push_back(wire::payload(wire::VendorIdPayload{id}));
}

constexpr Edit claims[] = {
    {"a claim to be Windows 7",
     [](wire::Payloads& payloads, std::size_t) { add_vendors(payloads, windows_vendor_ids(7)); }},
    {"a claim to be Windows",
     [](wire::Payloads& payloads, std::size_t) { add_vendors(payloads, windows_vendor_ids(9)); }},
    {"a claim to be strongSwan",
     [](wire::Payloads& payloads, std::size_t) { add_vendors(payloads, {"882fe56d6fd20dbc2251613b2ebe5beb"_hex}); }},
    {"claims to be two",
     [](wire::Payloads& payloads, std::size_t) {
       add_vendors(payloads, windows_vendor_ids(9));
       add_vendors(payloads, {"882fe56d6fd20dbc2251613b2ebe5beb"_hex});
     }},
    {"a claim to be us", [](wire::Payloads& payloads, std::size_t) { add_vendors(payloads, {ike::own_vendor_id()}); }},
};

// ---- All of a message

void encode(Plaintext& text, const wire::Payloads& payloads) {
  text.first = payloads.empty() ? wire::PayloadType::None : payloads.front().type;
  text.chain = wire::encode_payloads(payloads);
}

class Enumeration {
 public:
  explicit Enumeration(std::vector<Mutation>& to) : to_(to) {}

  void add(std::size_t message, const Plaintext& text) {
    message_ = message;
    exchange_ = fmt::format("{}{}", wire::to_string(text.header.exchange), text.header.is_response ? " response" : "");
    const auto payloads = wire::decode_payloads(text.first, text.chain);
    if (!payloads) return;
    for (const HeaderWay& way : ways_of_headers) add(fmt::format("header, {}", way.name), way.change);
    const auto fields = fields_of(*payloads);
    for (std::size_t i = 0; i < fields.size(); ++i) add_field(text, fields[i], i);
    for (std::size_t i = 0; i < payloads->size(); ++i)
      for (const Edit& edit : edits) add_edit(fmt::format("{}: {}", describe((*payloads)[i]), edit.name), edit, i);
    if (text.header.exchange == wire::ExchangeType::IkeSaInit)
      for (const Edit& claim : claims) add_edit(std::string{claim.name}, claim, 0);
  }

 private:
  static std::string describe(const wire::Payload& payload) {
    const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body);
    return notify ? fmt::format("N({})", wire::to_string(notify->type)) : wire::to_string(payload.type);
  }
  void add(const std::string& what, std::function<void(Plaintext&)> apply) {
    to_.push_back({message_, exchange_ + " " + what, std::move(apply)});
  }
  void add_field(const Plaintext& text, const Field& field, std::size_t number) {
    const auto ways = field.is_number ? std::span<const Way>{ways_of_numbers} : std::span<const Way>{ways_of_octets};
    for (const Way& way : ways) {
      Bytes changed = text.chain;
      way.change(changed, field);
      if (changed == text.chain) continue;
      // Where it stands in the message of that moment, which has other nonces and maybe a shorter signature.
      add(fmt::format("{}: {}", field.to_string(), way.name), [number, way](Plaintext& to) {
        const auto payloads = wire::decode_payloads(to.first, to.chain);
        const auto fields = payloads ? fields_of(*payloads) : std::vector<Field>{};
        if (number < fields.size()) way.change(to.chain, fields[number]);
      });
    }
  }
  void add_edit(const std::string& what, const Edit& edit, std::size_t which) {
    add(what, [edit, which](Plaintext& to) {
      auto payloads = wire::decode_payloads(to.first, to.chain);
      if (!payloads || which >= std::max<std::size_t>(payloads->size(), 1)) return;
      edit.change(*payloads, which);
      encode(to, *payloads);
    });
  }

  std::vector<Mutation>& to_;
  std::size_t message_ = 0;
  std::string exchange_;
};

// It began anew at once, because its network changed: nobody hears what becomes of the first.
bool is_given_up(const std::vector<Plaintext>& said, std::size_t number) {
  const auto begins = [&](std::size_t i) {
    return i < said.size() && said[i].header.exchange == wire::ExchangeType::IkeSaInit;
  };
  return begins(number) && begins(number + 1) && said[number].header.spi_i != said[number + 1].header.spi_i;
}

}  // namespace

std::vector<Mutation> mutations_of(const std::vector<Plaintext>& said) {
  std::vector<Mutation> all;
  Enumeration enumeration{all};
  for (std::size_t i = 0; i < said.size(); ++i)
    if (!is_given_up(said, i)) enumeration.add(i, said[i]);
  return all;
}

// Of each name one, and of the names every so-manyth: the turns begin at different ones.
std::vector<Mutation> choose_mutations(const std::vector<Mutation>& all, std::size_t count, std::size_t turn) {
  std::map<std::string, std::vector<const Mutation*>> by_name;
  for (const Mutation& mutation : all) by_name[mutation.what].push_back(&mutation);
  std::vector<const std::vector<const Mutation*>*> names;
  for (const auto& [name, of_this_name] : by_name) names.push_back(&of_this_name);
  const std::size_t step = std::max<std::size_t>(names.size() / count, 1);
  std::vector<Mutation> chosen;
  for (std::size_t i = turn % step; i < names.size() && chosen.size() < count; i += step)
    chosen.push_back(*(*names[i])[turn % names[i]->size()]);
  return chosen;
}

Tamper tamper_with(Mutation mutation) {
  return [mutation = std::move(mutation), seen = std::make_shared<std::size_t>(0)](Plaintext& text) {
    if ((*seen)++ == mutation.message) mutation.apply(text);
  };
}

}  // namespace agilevpn::sim::stock
