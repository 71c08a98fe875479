#include "crypto/packet_cipher.h"

#include <array>
#include <map>
#include <string_view>

#include "crypto/mac.h"

namespace agilevpn::crypto {

namespace {

enum class Mode : std::uint8_t { Null, Cipher, Aead, Ccm };

struct Encryption {
  EncryptionId id;
  Mode mode;
  std::array<const char*, 3>
      names;              // OpenSSL's, for keys of 128, 192 and 256 bits; the first alone for a fixed length.
  std::size_t fixed_key;  // Octets, without the salt; 0 where the Key Length attribute says.
  std::size_t salt;
  std::size_t iv;
  std::size_t icv;
  std::size_t block;
};

constexpr std::array cbc = {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"};
constexpr std::array ctr = {"AES-128-CTR", "AES-192-CTR", "AES-256-CTR"};
constexpr std::array ccm = {"AES-128-CCM", "AES-192-CCM", "AES-256-CCM"};
constexpr std::array gcm = {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"};

constexpr std::array encryptions = {
    Encryption{EncryptionId::TripleDes, Mode::Cipher, {"DES-EDE3-CBC"}, 24, 0, 8, 0, 8},  // RFC 2451
    Encryption{EncryptionId::Null, Mode::Null, {nullptr}, 0, 0, 0, 0, 1},                 // RFC 2410
    Encryption{EncryptionId::AesCbc, Mode::Cipher, cbc, 0, 0, 16, 0, 16},                 // RFC 3602
    Encryption{EncryptionId::AesCtr, Mode::Cipher, ctr, 0, 4, 8, 0, 1},                   // RFC 3686
    Encryption{EncryptionId::AesCcm8, Mode::Ccm, ccm, 0, 3, 8, 8, 1},                     // RFC 4309
    Encryption{EncryptionId::AesCcm12, Mode::Ccm, ccm, 0, 3, 8, 12, 1},
    Encryption{EncryptionId::AesCcm16, Mode::Ccm, ccm, 0, 3, 8, 16, 1},
    Encryption{EncryptionId::AesGcm8, Mode::Aead, gcm, 0, 4, 8, 8, 1},  // RFC 4106
    Encryption{EncryptionId::AesGcm12, Mode::Aead, gcm, 0, 4, 8, 12, 1},
    Encryption{EncryptionId::AesGcm16, Mode::Aead, gcm, 0, 4, 8, 16, 1},
    Encryption{EncryptionId::ChaCha20Poly1305, Mode::Aead, {"ChaCha20-Poly1305"}, 32, 4, 8, 16, 1},  // RFC 7634
};

struct Integrity {
  IntegrityId id;
  MacId mac;
  std::size_t key;
  std::size_t icv;
};

constexpr std::array integrities = {
    Integrity{IntegrityId::HmacSha1_96, MacId::HmacSha1, 20, 12},  // RFC 2404
    Integrity{IntegrityId::HmacSha1_160, MacId::HmacSha1, 20, 20},
    Integrity{IntegrityId::AesXcbc96, MacId::AesXcbc, 16, 12},              // RFC 3566
    Integrity{IntegrityId::AesCmac96, MacId::AesCmac, 16, 12},              // RFC 4494
    Integrity{IntegrityId::HmacSha2_256_128, MacId::HmacSha2_256, 32, 16},  // RFC 4868 §2.6
    Integrity{IntegrityId::HmacSha2_384_192, MacId::HmacSha2_384, 48, 24},
    Integrity{IntegrityId::HmacSha2_512_256, MacId::HmacSha2_512, 64, 32},
};

template <class Table, class Id>
const auto* find(const Table& table, Id id) {
  const auto row = std::ranges::find(table, id, &Table::value_type::id);
  return row == table.end() ? nullptr : &*row;
}

const EVP_CIPHER* fetched(const char* name) {
  using OwnedCipher = Owned<EVP_CIPHER, EVP_CIPHER_free>;
  static const auto all = [] {
    std::map<std::string_view, OwnedCipher> ciphers;
    for (const Encryption& encryption : encryptions) {
      for (const char* each : encryption.names) {
        if (each && !ciphers.contains(each)) ciphers.emplace(each, EVP_CIPHER_fetch(nullptr, each, nullptr));
      }
    }
    return ciphers;
  }();
  return all.at(name).get();
}

// What a suite is made of.
struct Parts {
  const Encryption* encryption;
  const Integrity* integrity;  // Null for an AEAD.
  std::size_t key;             // Octets, without the salt.
  const char* name;
};

std::optional<Parts> parts_of(const CipherSuite& suite) {
  const auto* encryption = find(encryptions, suite.encryption);
  const auto* integrity = find(integrities, suite.integrity);
  if (!encryption) return std::nullopt;
  const bool fits = is_aead(suite.encryption) ? suite.integrity == IntegrityId::None : integrity != nullptr;
  if (!fits) return std::nullopt;
  const bool is_fixed = encryption->fixed_key != 0 || encryption->mode == Mode::Null;
  if (is_fixed) {
    if (suite.key_bits != 0) return std::nullopt;
    return Parts{encryption, integrity, encryption->fixed_key, encryption->names[0]};
  }
  if (suite.key_bits != 128 && suite.key_bits != 192 && suite.key_bits != 256) return std::nullopt;
  return Parts{encryption, integrity, suite.key_bits / 8u, encryption->names[(suite.key_bits - 128u) / 64u]};
}

enum class Direction : int { Open = 0, Seal = 1 };

}  // namespace

struct PacketCipher::State {
  State(const Parts& parts, const Sizes& all_sizes, ByteView encryption_key, ByteView integrity_key);
  ~State() { wipe(nonce); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start(Direction direction, ByteView iv);
  void transform(MutableByteView text);
  void authenticate(ByteView aad, ByteView iv, ByteView text, ByteView trailer, MutableByteView icv);
  void seal_aead(ByteView aad, MutableByteView text, MutableByteView icv);
  bool open_aead(ByteView aad, MutableByteView text, ByteView icv);
  bool feed_aead(ByteView aad, MutableByteView text);

  const Sizes sizes;
  const Mode mode;
  const std::size_t salt;
  const Secret key;
  std::array<std::byte, 16> nonce{};  // salt | iv, and for CTR the block counter (RFC 3686 §4).
  OwnedCipherCtx context;
  std::optional<Direction> keyed_for;
  std::optional<Mac> mac;
};

PacketCipher::State::State(const Parts& parts, const Sizes& all_sizes, ByteView encryption_key, ByteView integrity_key)
    : sizes(all_sizes),
      mode(parts.encryption->mode),
      salt(parts.encryption->salt),
      key(Secret::copy_of(encryption_key.first(parts.key))) {
  std::ranges::copy(encryption_key.subspan(parts.key), nonce.begin());
  if (parts.encryption->id == EncryptionId::AesCtr) nonce.back() = std::byte{1};
  if (parts.integrity) mac.emplace(parts.integrity->mac, integrity_key);
  if (mode == Mode::Null) return;
  context.reset(EVP_CIPHER_CTX_new());
  CHECK(EVP_CipherInit_ex2(context.get(), fetched(parts.name), nullptr, nullptr, 1, nullptr));
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  if (mode == Mode::Ccm) {
    const int nonce_size = static_cast<int>(salt + sizes.iv);
    CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, nonce_size, nullptr) > 0);
    CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(sizes.icv), nullptr) > 0);
  }
}

// The key schedule is computed for the first packet only: a cipher is used in one direction all its life.
void PacketCipher::State::start(Direction direction, ByteView iv) {
  std::ranges::copy(iv, nonce.begin() + static_cast<std::ptrdiff_t>(salt));
  const unsigned char* const new_key = keyed_for == direction ? nullptr : as_uchar(key.view());
  CHECK(EVP_CipherInit_ex2(context.get(), nullptr, new_key, writable(nonce), static_cast<int>(direction), nullptr));
  keyed_for = direction;
}

void PacketCipher::State::transform(MutableByteView text) {
  int written = 0;
  CHECK(EVP_CipherUpdate(context.get(), writable(text), &written, as_uchar(text), int_size(text)));
}

void PacketCipher::State::authenticate(ByteView aad, ByteView iv, ByteView text, ByteView trailer,
                                       MutableByteView icv) {
  mac->restart();
  for (const ByteView part : {aad, iv, text, trailer}) mac->update(part);
  mac->finish(icv);
}

void PacketCipher::State::seal_aead(ByteView aad, MutableByteView text, MutableByteView icv) {
  CHECK(feed_aead(aad, text));
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, int_size(icv), icv.data()) > 0);
}

bool PacketCipher::State::open_aead(ByteView aad, MutableByteView text, ByteView icv) {
  auto* const tag = const_cast<std::byte*>(icv.data());  // OpenSSL only reads it.
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, int_size(icv), tag) > 0);
  if (feed_aead(aad, text)) return true;
  ERR_clear_error();
  return false;
}

// CCM wants to know the size of the text first, and says at the text, not at the end, that the ICV is wrong.
bool PacketCipher::State::feed_aead(ByteView aad, MutableByteView text) {
  std::array<unsigned char, 16> nothing{};
  unsigned char* const octets = text.empty() ? nothing.data() : writable(text);
  int written = 0;
  if (mode == Mode::Ccm) CHECK(EVP_CipherUpdate(context.get(), nullptr, &written, nullptr, int_size(text)));
  if (!aad.empty()) CHECK(EVP_CipherUpdate(context.get(), nullptr, &written, as_uchar(aad), int_size(aad)));
  return EVP_CipherUpdate(context.get(), octets, &written, octets, int_size(text)) > 0 &&
         EVP_CipherFinal_ex(context.get(), nothing.data(), &written) > 0;
}

PacketCipher::PacketCipher(std::unique_ptr<State> state) : state_(std::move(state)) {}
PacketCipher::PacketCipher(PacketCipher&&) noexcept = default;
PacketCipher& PacketCipher::operator=(PacketCipher&&) noexcept = default;
PacketCipher::~PacketCipher() = default;

const PacketCipher::Sizes& PacketCipher::sizes() const { return state_->sizes; }

std::optional<PacketCipher::Sizes> PacketCipher::sizes(const CipherSuite& suite) {
  const auto parts = parts_of(suite);
  if (!parts) return std::nullopt;
  return Sizes{.encryption_key = parts->key + parts->encryption->salt,
               .integrity_key = parts->integrity ? parts->integrity->key : 0,
               .iv = parts->encryption->iv,
               .icv = parts->integrity ? parts->integrity->icv : parts->encryption->icv,
               .block = parts->encryption->block};
}

std::optional<PacketCipher> PacketCipher::make(const CipherSuite& suite, ByteView encryption_key,
                                               ByteView integrity_key) {
  const auto all = sizes(suite);
  if (!all) return std::nullopt;
  CHECK(encryption_key.size() == all->encryption_key && integrity_key.size() == all->integrity_key);
  return PacketCipher{std::make_unique<State>(*parts_of(suite), *all, encryption_key, integrity_key)};
}

void PacketCipher::seal(ByteView aad, ByteView iv, MutableByteView text, MutableByteView icv, ByteView trailer) {
  State& state = *state_;
  CHECK(iv.size() == state.sizes.iv && icv.size() == state.sizes.icv && text.size() % state.sizes.block == 0);
  if (state.mode != Mode::Null) state.start(Direction::Seal, iv);
  if (!state.mac) return state.seal_aead(aad, text, icv);
  if (state.mode != Mode::Null) state.transform(text);
  state.authenticate(aad, iv, text, trailer, icv);
}

bool PacketCipher::open(ByteView aad, ByteView iv, MutableByteView text, ByteView icv, ByteView trailer) {
  State& state = *state_;
  CHECK(iv.size() == state.sizes.iv && icv.size() == state.sizes.icv);
  if (text.size() % state.sizes.block != 0) return false;
  if (!state.mac) {
    state.start(Direction::Open, iv);
    return state.open_aead(aad, text, icv);
  }
  std::array<std::byte, EVP_MAX_MD_SIZE> whole;
  const auto expected = MutableByteView{whole}.first(icv.size());
  state.authenticate(aad, iv, text, trailer, expected);
  if (!equal_in_constant_time(expected, icv)) return false;
  if (state.mode == Mode::Null) return true;
  state.start(Direction::Open, iv);
  state.transform(text);
  return true;
}

}  // namespace agilevpn::crypto
