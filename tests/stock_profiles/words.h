// What the readers of several devices need.
#pragma once

#include "tests/stock_profiles/set_up.h"

namespace agilevpn::stock_profiles {

const profiles::File& file_ending(const profiles::Files& files, std::string_view ending);
Bytes from_base64(std::string_view text);
crypto::Certificate certificate_of(ByteView der);
// With its key, out of a PKCS#12 file that this password opens. Whom the client trusts does not come from there.
void import(sim::Credentials& into, ByteView pkcs12, const std::string& password);
// "31" or "x25519"
crypto::KeyExchangeId group_numbered(int number);
crypto::KeyExchangeId group_called(std::string_view word);
std::string word_of(crypto::KeyExchangeId group);  // "x25519"
void use_one_suite(sim::stock::Kind& kind, const std::string& ike, const std::string& esp);
// It asks for no MOBIKE.
void stay(sim::stock::Kind& kind);
void insert_after(std::vector<sim::stock::AuthPart>& parts, sim::stock::AuthPart where, sim::stock::AuthPart what);

}  // namespace agilevpn::stock_profiles
