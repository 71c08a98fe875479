// What users and their leases cost a gateway: how long it takes to start, how much memory that is, and what one login
// asks of the database. In a folder of its own below the one given (default: the system's for temporary files), which
// it removes.
//
//   users_bench [COUNT [FOLDER]]
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "gateway/leases.h"
#include "store/leases.h"
#include "store/user_directory.h"

namespace agilevpn::daemon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr WallTime now{std::chrono::hours{24 * 20'000}};

template <class T, class E>
T expect(Result<T, E> result) {
  if (!result) throw std::runtime_error("the database said no");
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string user(int number) { return fmt::format("user{}", number); }
// Without those that end in 0 or 255, which no client gets.
IpAddress address(int number) {
  return *IpAddress::v4(10, 64, 0, 2).plus(static_cast<unsigned>(number / 250 * 256 + number % 250));
}

void fill(const std::filesystem::path& file, int count) {
  auto database = expect(store::Database::open(file));
  auto transaction = expect(store::Transaction::begin(database));
  for (int i = 0; i < count; ++i) {
    expect(store::Users{database}.add({{.name = user(i)}, {}}, now));
    expect(store::Leases{database}.put({"ipv4", address(i), user(i), {}, now, {}}));
  }
  expect(transaction.commit());
}

double milliseconds(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") return status >> word, std::stoul(word);
  return 0;
}

// Each of `tries` with another user; the mean.
double microseconds_each(int count, const std::function<void(int)>& work) {
  constexpr int tries = 5000;
  return 1000 * milliseconds([&] {
           for (int i = 0; i < tries; ++i) work((i * 7919) % count);
         }) /
         tries;
}

void measure(const std::filesystem::path& folder, int count) {
  fmt::print("{} users, each with a lease\n", count);
  fmt::print("  made, in one transaction      {:8.1f} ms\n",
             milliseconds([&] { fill(folder / store::database_name, count); }));
  fmt::print("  the file                      {:8} KiB\n",
             std::filesystem::file_size(folder / store::database_name) / 1024);
  const std::size_t before = resident_kib();
  std::unique_ptr<store::UserDirectory> users;
  gateway::Leases leases{{{"ipv4", *IpPrefix::parse("10.64.0.0/10"), {}}}};
  fmt::print(
      "  start: opened and restored    {:8.1f} ms\n", milliseconds([&] {
        users = expect(store::UserDirectory::open(folder, nullptr));
        expect(users->take_leases(now, [&](const auto& lease, const auto& owner) { leases.restore(lease, owner); }));
      }));
  fmt::print("  memory that this takes        {:8} KiB\n", resident_kib() - before);
  fmt::print("  a user found by name          {:8.1f} us\n",
             microseconds_each(count, [&](int i) { expect(users->find(gateway::FindUser{.name = user(i)}, now)); }));
  fmt::print("  may it come in, with its group{:8.1f} us\n", microseconds_each(count, [&](int i) {
               expect(users->authorize(
                   {.peer = ike::wire::Identity::parse(user(i)), .fingerprint = {}, .group = "default"}, now));
             }));
  gateway::ConnectionRule rule{.name = "default", .pools = {"ipv4"}};
  fmt::print("  its address chosen            {:8.1f} us\n", microseconds_each(count, [&](int i) {
               if (expect(leases.assign({.ike_sa = {1}, .wants_ipv4 = true}, rule, user(i))).ipv4 != address(i))
                 throw std::runtime_error("not its own");
               leases.release({1});
             }));
  fmt::print(
      "  and kept                      {:8.1f} us\n", microseconds_each(count, [&](int i) {
        expect(users->keep({.owner = user(i), .device = {}, .leases = {{"ipv4", address(i)}}, .firewall = {}}, now));
      }));
}

int run(int argc, char** argv) {
  const int count = argc > 1 ? std::max(1, std::stoi(argv[1])) : 10'000;
  std::string folder =
      (argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path()) / "users_benchXXXXXX";
  if (!::mkdtemp(folder.data())) throw std::runtime_error("cannot make " + folder);
  measure(folder, count);
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace agilevpn::daemon

int main(int argc, char** argv) { return agilevpn::daemon::run(argc, argv); }
