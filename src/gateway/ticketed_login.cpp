#include "gateway/ticketed_login.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.h"
#include "gateway/authorization.h"
#include "gateway/granted_rule.h"

namespace agilevpn::gateway {

namespace {

constexpr std::uint8_t ticket_data_version = 2;
constexpr auto never = WallTime{};

struct TicketedLogin {
  std::string group;
  std::string method;
  bool is_kept = false;
  std::int64_t user_id = 0;
  std::string device;
  std::int64_t password_changes = 0;
  WallTime logged_in{};
  WallTime ends{};  // Session-Timeout; never: no end.
  std::optional<radius::Grant> granted;
};

// ---- Octets

void write_text(Writer& out, ByteView text) { out.u16(static_cast<std::uint16_t>(text.size())).bytes(text); }
void write_time(Writer& out, WallTime time) { out.u64(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
void write_address(Writer& out, const std::optional<IpAddress>& address) {
  write_text(out, address ? as_bytes(address->to_string()) : ByteView{});
}
void write_seconds(Writer& out, const std::optional<std::chrono::seconds>& time) {
  out.u8(time ? 1 : 0).u32(static_cast<std::uint32_t>(time.value_or(0s).count()));
}
template <class Values, class Write>
void write_all(Writer& out, const Values& values, Write write) {
  out.u8(static_cast<std::uint8_t>(values.size()));
  for (const auto& value : values) write(value);
}

Decoded<std::string> read_text(Reader& in) {
  TRY_ASSIGN(const auto size, in.u16("login"));
  TRY_ASSIGN(const ByteView text, in.take(size, "login"));
  return to_text(text);
}
Decoded<WallTime> read_time(Reader& in) {
  TRY_ASSIGN(const auto time, in.u64("login"));
  return WallTime{WallTime::duration{static_cast<std::int64_t>(time)}};
}
Decoded<std::optional<IpAddress>> read_address(Reader& in) {
  TRY_ASSIGN(const std::string text, read_text(in));
  return IpAddress::parse(text);
}
Decoded<std::optional<std::chrono::seconds>> read_seconds(Reader& in) {
  TRY_ASSIGN(const auto is_there, in.u8("login"));
  TRY_ASSIGN(const auto count, in.u32("login"));
  return is_there ? std::optional{std::chrono::seconds{count}} : std::nullopt;
}
template <class Read>
Decoded<void> read_all(Reader& in, Read read) {
  TRY_ASSIGN(const auto count, in.u8("login"));
  for (unsigned i = 0; i < count; ++i) {
    TRY_ASSIGN(const std::string text, read_text(in));
    if (!read(text)) return in.fail(DecodeError::Kind::BadValue, "login");
  }
  return {};
}

std::optional<radius::Route> parse_route(std::string_view text) {
  if (const auto route = radius::parse_route(text, Family::V4)) return route;
  return radius::parse_route(text, Family::V6);
}

void write_grant(Writer& out, const radius::Grant& granted) {
  write_address(out, granted.framed_ip);
  write_address(out, granted.framed_ipv6);
  write_all(out, granted.framed_ipv6_prefixes,
            [&](const IpPrefix& one) { write_text(out, as_bytes(one.to_string())); });
  write_all(out, granted.dns, [&](const IpAddress& one) { write_address(out, one); });
  write_all(out, granted.routes, [&](const radius::Route& one) { write_text(out, as_bytes(one.to_string())); });
  write_all(out, granted.classes, [&](const Bytes& one) { write_text(out, one); });
  write_all(out, granted.filter_ids, [&](const std::string& one) { write_text(out, as_bytes(one)); });
  write_seconds(out, granted.idle_timeout);
  write_seconds(out, granted.interim_interval);
}

Decoded<radius::Grant> read_grant(Reader& in) {
  radius::Grant granted;
  const auto into = [](auto& values, auto value) { return value ? (values.push_back(*value), true) : false; };
  TRY_ASSIGN(granted.framed_ip, read_address(in));
  TRY_ASSIGN(granted.framed_ipv6, read_address(in));
  TRY(read_all(in, [&](const std::string& text) { return into(granted.framed_ipv6_prefixes, IpPrefix::parse(text)); }));
  TRY(read_all(in, [&](const std::string& text) { return into(granted.dns, IpAddress::parse(text)); }));
  TRY(read_all(in, [&](const std::string& text) { return into(granted.routes, parse_route(text)); }));
  TRY(read_all(in, [&](const std::string& text) { return into(granted.classes, std::optional{to_bytes(text)}); }));
  TRY(read_all(in, [&](const std::string& text) { return into(granted.filter_ids, std::optional{text}); }));
  TRY_ASSIGN(granted.idle_timeout, read_seconds(in));
  TRY_ASSIGN(granted.interim_interval, read_seconds(in));
  return granted;
}

// More than its counts can say, or than fits a ticket, is not written: that login gets none.
bool is_writable(const radius::Grant& granted) {
  return std::max({granted.framed_ipv6_prefixes.size(), granted.dns.size(), granted.routes.size(),
                   granted.classes.size(), granted.filter_ids.size()}) <= 0xff;
}

Bytes encode(const TicketedLogin& login) {
  Writer out;
  out.u8(ticket_data_version);
  for (const std::string* text : {&login.group, &login.method, &login.device}) write_text(out, as_bytes(*text));
  out.u8(login.is_kept ? 1 : 0).u64(static_cast<std::uint64_t>(login.user_id));
  out.u64(static_cast<std::uint64_t>(login.password_changes));
  write_time(out, login.logged_in);
  write_time(out, login.ends);
  out.u8(login.granted ? 1 : 0);
  if (login.granted) write_grant(out, *login.granted);
  return out.take();
}

Decoded<TicketedLogin> decode(ByteView data) {
  Reader in{data};
  TicketedLogin login;
  TRY_ASSIGN(const auto version, in.u8("login"));
  if (version != ticket_data_version) return in.fail(DecodeError::Kind::BadValue, "login");
  for (std::string* text : {&login.group, &login.method, &login.device}) {
    TRY_ASSIGN(*text, read_text(in));
  }
  TRY_ASSIGN(const auto is_kept, in.u8("login"));
  TRY_ASSIGN(const auto user_id, in.u64("login"));
  TRY_ASSIGN(const auto password_changes, in.u64("login"));
  login.is_kept = is_kept != 0;
  login.password_changes = static_cast<std::int64_t>(password_changes);
  login.user_id = static_cast<std::int64_t>(user_id);
  TRY_ASSIGN(login.logged_in, read_time(in));
  TRY_ASSIGN(login.ends, read_time(in));
  TRY_ASSIGN(const auto has_grant, in.u8("login"));
  if (has_grant != 0) {
    TRY_ASSIGN(login.granted, read_grant(in));
  }
  TRY(in.expect_end("login"));
  return login;
}

// ---- What has changed since

std::optional<std::string> why_outdated(const TicketedLogin& login, const Config& config, WallTime date) {
  if (std::ranges::find(config.rules, login.group, &ConnectionRule::name) == config.rules.end())
    return fmt::format("there is no group {} any more", login.group);
  if (login.granted.has_value() == config.radius.empty()) return "since its login another one decides on logins";
  if (login.ends != never && date >= login.ends) return "the time that its login was granted is up";
  return std::nullopt;
}

Result<std::shared_ptr<const ConnectionRule>, std::string> rule_of(const TicketedLogin& login,
                                                                   const std::shared_ptr<const Config>& config) {
  if (login.granted) return with_grant(*config, login.group, *login.granted);
  return std::shared_ptr<const ConnectionRule>{config, &rule_named(*config, login.group)};
}

Session make_session(const TicketedLogin& login, std::shared_ptr<const ConnectionRule> rule, const Config& config,
                     const ike::AuthenticatePeer& peer, Instant now, WallTime date) {
  Session session = new_session(now, config, std::move(rule), peer.resumed->peer, login.method);
  session.from = peer.path.peer.address;
  session.is_kept = login.is_kept;
  session.user_id = login.user_id;
  session.device = login.device;
  session.password_changes = login.password_changes;
  session.login_id = peer.resumed->login;
  session.logged_in = login.logged_in;
  session.is_resumed = true;
  session.granted = login.granted;
  if (login.ends != never) session.session_timeout = login.ends - date;
  if (!login.granted) return session;
  session.is_by_radius = true;
  session.classes = login.granted->classes;
  session.named = groups_named(*login.granted, config.rules);
  session.interim_interval = login.granted->interim_interval.value_or(0s);
  return session;
}

}  // namespace

bool may_resume(const Session& session) {
  return session.fingerprint.empty() && (!session.granted || is_writable(*session.granted));
}

std::optional<ike::TicketTerms> ticket_terms(const Session& session, Instant now, WallTime date) {
  if (session.login_id.empty()) return std::nullopt;
  TicketedLogin login{.group = session.login_group,
                      .method = session.method,
                      .is_kept = session.is_kept,
                      .user_id = session.user_id,
                      .device = session.device,
                      .password_changes = session.password_changes,
                      .logged_in = session.logged_in,
                      .ends = never,
                      .granted = session.granted};
  const bool has_end = session.session_timeout > Duration{0};
  const Instant end = has_end ? now + session.session_timeout : Instant::max();
  if (has_end) login.ends = date + std::chrono::floor<WallTime::duration>(session.session_timeout);
  return ike::TicketTerms{session.login_id, encode(login), end};
}

Result<Session, std::string> resume_session(const std::shared_ptr<const Config>& config,
                                            const ike::AuthenticatePeer& peer, Instant now, WallTime date) {
  const auto login = decode(peer.resumed->data);
  if (!login) return Failure{"its ticket says something about its login that this gateway cannot read"};
  if (auto why = why_outdated(*login, *config, date)) return Failure{*std::move(why)};
  TRY_ASSIGN(auto rule, rule_of(*login, config));
  return make_session(*login, std::move(rule), *config, peer, now, date);
}

}  // namespace agilevpn::gateway
