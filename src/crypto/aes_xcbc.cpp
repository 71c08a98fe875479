#include "crypto/aes_xcbc.h"

#include <algorithm>
#include <functional>

#include "base/secret.h"

namespace agilevpn::crypto {

namespace {

using OwnedCipher = Owned<EVP_CIPHER, EVP_CIPHER_free>;

OwnedCipherCtx aes(const EVP_CIPHER* cipher, ByteView key, const unsigned char* iv) {
  OwnedCipherCtx context{EVP_CIPHER_CTX_new()};
  CHECK(EVP_EncryptInit_ex2(context.get(), cipher, as_uchar(key), iv, nullptr));
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  return context;
}

constexpr std::array<unsigned char, AesXcbc::block_size> zero{};

}  // namespace

AesXcbc::AesXcbc(ByteView key) {
  CHECK(key.size() == block_size);
  static const OwnedCipher aes_ecb{EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)};
  static const OwnedCipher aes_cbc{EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr)};
  const OwnedCipherCtx ecb = aes(aes_ecb.get(), key, nullptr);
  const auto derived = [&](unsigned char number) {  // §4.1
    Block block;
    block.fill(std::byte{number});
    int written = 0;
    CHECK(EVP_EncryptUpdate(ecb.get(), writable(block), &written, writable(block), block_size));
    return block;
  };
  Block chain_key = derived(1);
  whole_mask_ = derived(2);
  padded_mask_ = derived(3);
  context_ = aes(aes_cbc.get(), chain_key, zero.data());
  wipe(chain_key);
}

AesXcbc::~AesXcbc() {
  wipe(whole_mask_);
  wipe(padded_mask_);
}

void AesXcbc::restart() {
  CHECK(EVP_EncryptInit_ex2(context_.get(), nullptr, nullptr, zero.data(), nullptr));
  filled_ = 0;
}

void AesXcbc::chain(Block& block) {
  int written = 0;
  CHECK(EVP_EncryptUpdate(context_.get(), writable(block), &written, writable(block), block_size));
}

void AesXcbc::update(ByteView octets) {
  while (!octets.empty()) {
    if (filled_ == block_size) {
      chain(last_);
      filled_ = 0;
    }
    const std::size_t taken = std::min(octets.size(), block_size - filled_);
    std::ranges::copy(octets.first(taken), last_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += taken;
    octets = octets.subspan(taken);
  }
}

void AesXcbc::finish(MutableByteView out) {
  CHECK(out.size() <= block_size);
  const bool is_whole = filled_ == block_size;
  if (!is_whole) {  // 1, then zeros.
    last_[filled_] = std::byte{0x80};
    std::fill(last_.begin() + static_cast<std::ptrdiff_t>(filled_) + 1, last_.end(), std::byte{0});
  }
  std::ranges::transform(last_, is_whole ? whole_mask_ : padded_mask_, last_.begin(), std::bit_xor<>{});
  chain(last_);
  std::ranges::copy(ByteView{last_}.first(out.size()), out.begin());
}

}  // namespace agilevpn::crypto
