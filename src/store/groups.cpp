#include "store/groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "store/name.h"

namespace agilevpn::store {

namespace {

// ---- lists of words with a space between them

std::string word(const std::string& value) { return value; }
template <class T>
std::string word(const T& value) {
  return value.to_string();
}

template <class T>
std::string to_words(const std::vector<T>& values) {
  std::string out;
  for (const T& value : values) out += (out.empty() ? "" : " ") + word(value);
  return out;
}

std::vector<std::string> from_words(std::string_view text) {
  std::vector<std::string> out;
  while (!(text = trim(text)).empty()) {
    const auto size = std::min(text.find(' '), text.size());
    out.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

// What cannot be read was put there by somebody else's hand, and is left out.
template <class T>
std::vector<T> parse_words(std::string_view text) {
  std::vector<T> out;
  for (const std::string& one : from_words(text)) {
    if (const auto value = T::parse(one)) out.push_back(*value);
  }
  return out;
}

// ---- rows

constexpr std::string_view group_columns =
    "name, routes, dns, domains, pools, methods, idle_timeout, devices_max, firewall";

Group to_group(const Statement& row) {
  Group group{.name = row.text(0),
              .routes = parse_words<IpPrefix>(row.text(1)),
              .dns = parse_words<IpAddress>(row.text(2)),
              .domains = from_words(row.text(3)),
              .pools = from_words(row.text(4)),
              .methods = from_words(row.text(5))};
  if (!row.is_null(6)) group.idle_timeout = std::chrono::seconds{row.integer(6)};
  group.devices_max = row.optional_integer<unsigned>(7);
  group.firewall = row.text(8);
  return group;
}

std::optional<std::int64_t> idle_seconds(const Group& group) {
  return group.idle_timeout ? std::optional<std::int64_t>{group.idle_timeout->count()} : std::nullopt;
}

// ---- what a group may be

bool is_word(const std::string& text) {
  return !text.empty() && text.size() <= limits::name_size_max && is_printable(text) &&
         text.find_first_of(" \t") == text.npos;
}

Stored<> check_words(std::string_view kind, const std::vector<std::string>& words) {
  const auto bad = std::ranges::find_if_not(words, is_word);
  return bad == words.end() ? Stored<>{} : refuse(fmt::format("'{}' is no {}", is_printable(*bad) ? *bad : "?", kind));
}

Stored<> check_methods(const std::vector<std::string>& methods) {
  for (const std::string& method : methods) {
    if (std::ranges::find(login_methods, method) != std::end(login_methods)) continue;
    return refuse(fmt::format("'{}' is no way to log in", is_printable(method) ? method : "?"),
                  fmt::format("there are: {}", fmt::join(login_methods, ", ")));
  }
  return {};
}

Stored<> check_group(const Group& group) {
  TRY(check_name("group", group.name));
  TRY(check_words("domain", group.domains));
  TRY(check_words("name of a pool", group.pools));
  TRY(check_methods(group.methods));
  const std::size_t longest =
      std::max({group.routes.size(), group.dns.size(), group.domains.size(), group.pools.size(), group.methods.size()});
  if (longest > limits::group_list_max)
    return refuse(fmt::format("a list of a group has at most {} entries", limits::group_list_max));
  if (group.firewall.size() > limits::firewall_size_max) return refuse("the firewall's rules are too long");
  if (group.idle_timeout && *group.idle_timeout < std::chrono::seconds{0})
    return refuse("an idle timeout cannot be negative");
  if (group.devices_max && (*group.devices_max == 0 || *group.devices_max > limits::devices_max)) {
    return refuse(fmt::format("a user has 1 to {} devices at a time", limits::devices_max));
  }
  return {};
}

}  // namespace

Stored<> Groups::add(const Group& group) {
  TRY(check_group(group));
  auto added = database_.run(
      "INSERT INTO groups (name, key, routes, dns, domains, pools, methods, idle_timeout, devices_max, firewall) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      group.name, name_key(group.name), to_words(group.routes), to_words(group.dns), to_words(group.domains),
      to_words(group.pools), to_words(group.methods), idle_seconds(group), group.devices_max, group.firewall);
  if (!added && added.error().cause == Cause::Taken) {
    return Failure{StoreError{Cause::Taken, fmt::format("there is a group {} already", group.name),
                              fmt::format("change it with: agilevpn group set {}", group.name)}};
  }
  return added;
}

Stored<> Groups::set(const Group& group) {
  TRY(check_group(group));
  TRY(database_.run(
      "UPDATE groups SET routes = ?, dns = ?, domains = ?, pools = ?, methods = ?, idle_timeout = ?, devices_max = ?, "
      "firewall = ? WHERE key = ?",
      to_words(group.routes), to_words(group.dns), to_words(group.domains), to_words(group.pools),
      to_words(group.methods), idle_seconds(group), group.devices_max, group.firewall, name_key(group.name)));
  return database_.changed_rows() == 0 ? refuse_unknown(group.name) : Stored<>{};
}

Stored<> Groups::remove(std::string_view name) {
  if (name_key(name) == default_group)
    return refuse("the group default cannot be removed", "it is for those in no other group");
  TRY_ASSIGN(const std::size_t users, count_users(name));
  if (users > 0) {
    return refuse(
        fmt::format("group {} has {} user{}", name, users, users == 1 ? "" : "s"),
        fmt::format("see: agilevpn user list --group {}; move each: agilevpn user set NAME --group default", name));
  }
  TRY(database_.run("DELETE FROM groups WHERE key = ?", name_key(name)));
  return database_.changed_rows() == 0 ? refuse_unknown(name) : Stored<>{};
}

Stored<Group> Groups::find(std::string_view name) const {
  TRY_ASSIGN(Statement row,
             database_.prepare(fmt::format("SELECT {} FROM groups WHERE key = ?", group_columns), name_key(name)));
  TRY_ASSIGN(const bool is_there, row.step());
  if (!is_there) TRY(refuse_unknown(name));
  return to_group(row);
}

Stored<std::vector<Group>> Groups::list() const {
  TRY_ASSIGN(Statement rows, database_.prepare(fmt::format("SELECT {} FROM groups ORDER BY key", group_columns)));
  std::vector<Group> out;
  for (;;) {
    TRY_ASSIGN(const bool is_there, rows.step());
    if (!is_there) return out;
    out.push_back(to_group(rows));
  }
}

Stored<std::size_t> Groups::count_users(std::string_view name) const {
  TRY_ASSIGN(
      Statement row,
      database_.prepare("SELECT count(*) FROM users JOIN groups ON groups.id = users.group_id WHERE groups.key = ?",
                        name_key(name)));
  TRY(row.step());
  return static_cast<std::size_t>(row.integer(0));
}

Stored<> Groups::refuse_unknown(std::string_view name) const {
  TRY_ASSIGN(Statement row,
             database_.prepare("SELECT group_concat(name, ', ') FROM (SELECT name FROM groups ORDER BY key LIMIT 20)"));
  TRY(row.step());
  return refuse(fmt::format("there is no group '{}'", is_printable(name) ? name : "?"),
                fmt::format("there are: {}", row.text(0)));
}

}  // namespace agilevpn::store
