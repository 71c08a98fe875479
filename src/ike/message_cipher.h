// Seals and opens the Encrypted payloads of one IKE SA: SK (RFC 7296 §3.14, RFC 5282) and SKF fragments (RFC 7383).
//
// Keys are expanded for each message rather than kept expanded: IKE messages are rare, clients are many.
#pragma once

#include <map>
#include <optional>

#include "base/random.h"
#include "ike/key_schedule.h"
#include "ike/limits.h"

namespace agilevpn::ike {

// What an Encrypted payload held: a chain of payloads, still octets.
struct Opened {
  wire::PayloadType first = wire::PayloadType::None;
  Bytes octets;
  Bytes prefix;  // What stood before: the message's octets to the end of the Encrypted payload's generic header.
};

class MessageCipher {
 public:
  // Takes the SK_e and SK_a keys out of `keys`.
  MessageCipher(const crypto::CipherSuite& suite, IkeKeys& keys, bool is_original_initiator);

  // The datagrams of one message: one, or as many as keep each within `size_max` octets of IKE message (0: no limit).
  std::vector<Bytes> seal(const wire::Header& header, const wire::Payloads& payloads, std::size_t size_max,
                          Random& random);
  // The same of a chain that is octets already.
  std::vector<Bytes> seal(const wire::Header& header, wire::PayloadType first, ByteView text, std::size_t size_max,
                          Random& random);

  // `body` is the datagram's end: IV, ciphertext, ICV. Nothing if the ICV or the padding is wrong.
  std::optional<Bytes> open(ByteView datagram, ByteView body) const;

  // For the Wireshark table, in its order: SK_ei, SK_er, SK_ai, SK_ar.
  struct KeyView {
    ByteView encryption_i, encryption_r, integrity_i, integrity_r;
  };
  KeyView keys(bool is_original_initiator) const;
  const crypto::CipherSuite& suite() const { return suite_; }

 private:
  Bytes seal_one(Bytes prefix, ByteView text, Random& random);
  std::size_t body_size(std::size_t text_size) const;

  crypto::CipherSuite suite_;
  Secret outbound_encryption_, outbound_integrity_, inbound_encryption_, inbound_integrity_;
  std::uint64_t next_iv_ = 0;  // An AEAD's IV never repeats under one key (RFC 5282 §3.1).
};

// The fragments of one message until they are all there (RFC 7383 §2.6). Holds only octets that were authenticated.
class Reassembly {
 public:
  enum class Result : std::uint8_t { Incomplete, Complete, Ignored };
  Result add(Instant now, std::uint32_t message_id, const wire::EncryptedFragmentPayload& fragment, ByteView prefix,
             Bytes text);
  // After Complete: the whole chain, and the first fragment's prefix; the reassembly is empty again.
  Opened take();
  // The fragments of a message that did not get complete are forgotten at this time.
  bool is_expired(Instant now) const { return !parts_.empty() && now >= started_ + limits::reassembly_lifetime; }
  void clear();
  bool empty() const { return parts_.empty(); }
  std::size_t received() const { return parts_.size(); }
  std::size_t total() const { return total_; }

 private:
  std::uint32_t message_id_ = 0;
  std::uint16_t total_ = 0;
  wire::PayloadType first_ = wire::PayloadType::None;
  Bytes prefix_;
  Instant started_;
  std::size_t size_ = 0;
  std::map<std::uint16_t, Bytes> parts_;
};

}  // namespace agilevpn::ike
