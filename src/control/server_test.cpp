#include "control/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <ctime>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "control/backend_fixture.h"
#include "control/client.h"
#include "control/status_json.h"

namespace agilevpn::control {
namespace {

namespace asio = boost::asio;

// A server on its own thread, and a client on ours.
class ControlServer : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "controlXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    socket_ = directory_ / "control.sock";
    auto started = Server::start(loop_.get_executor(), {socket_, false, patience_}, backend_, events_);
    ASSERT_TRUE(started) << started.error().to_string();
    server_.emplace(*std::move(started));
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    on_loop([this] { server_.reset(); });
    work_.reset();
    thread_.join();
    std::filesystem::remove_all(directory_);
  }
  void on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    asio::post(loop_, [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  void append(std::string name) {
    on_loop([&] { events_.append(WallTime{}, {.name = std::move(name)}); });
  }
  Client client() const { return Client(socket_); }

  // Connected, and says nothing.
  asio::local::stream_protocol::socket idle_connection() {
    asio::local::stream_protocol::socket socket(idle_);
    socket.connect(asio::local::stream_protocol::endpoint(socket_.string()));
    return socket;
  }

  Duration patience_ = 30s;
  asio::io_context idle_;
  FakeBackend backend_;
  EventLog events_;
  asio::io_context loop_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  std::filesystem::path directory_, socket_;
  std::optional<Server> server_;
  std::thread thread_;
};

TEST_F(ControlServer, TheClientReadsTheStatus) {
  on_loop([&] { backend_.current = connected_status(); });
  const auto answer = client().get("/v1/status");
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->get<Status>(), connected_status());
}

TEST_F(ControlServer, TheClientHearsWhyACommandFailed) {
  on_loop([&] { backend_.refusal = Error{"no connection 'x'", "there is: office"}; });
  const auto answer = client().post("/v1/up", {{"name", "x"}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), (Error{"no connection 'x'", "there is: office"}));
}

TEST_F(ControlServer, PastEventsComeAtOnce) {
  append("First");
  append("Second");
  std::vector<std::string> lines;
  const auto ended = client().stream("/v1/events?limit=1", [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  EXPECT_TRUE(ended) << ended.error().to_string();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(lines[0])["event"], "Second");
}

TEST_F(ControlServer, AFollowerHearsEventsAsTheyHappen) {
  append("Old");
  std::vector<std::string> names;
  const auto ended = client().stream("/v1/events?follow=true", [&](std::string_view line) {
    names.push_back(nlohmann::json::parse(line)["event"]);
    if (names.size() == 1) {
      append("New");
      append("Newer");
    }
    return names.size() < 3;
  });
  EXPECT_TRUE(ended) << ended.error().to_string();
  EXPECT_EQ(names, (std::vector<std::string>{"Old", "New", "Newer"}));
}

TEST_F(ControlServer, AFollowerEndsWhenTheDaemonStops) {
  append("Last");
  const auto ended = client().stream("/v1/events?follow=true", [&](std::string_view) {
    on_loop([this] { server_.reset(); });
    return true;
  });
  EXPECT_TRUE(ended) << ended.error().to_string();
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ControlServer, AnUnknownEventQueryIsAnError) {
  const auto ended = client().stream("/v1/events?folow=true", [](std::string_view) { return true; });
  ASSERT_FALSE(ended);
  EXPECT_NE(ended.error().what.find("folow"), std::string::npos);
}

TEST_F(ControlServer, ASecondDaemonOnTheSameSocketIsRefused) {
  const auto second = Server::start(loop_.get_executor(), {socket_, false}, backend_, events_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("another agilevpnd"), std::string::npos);
  EXPECT_TRUE(client().get("/v1/status"));
}

TEST_F(ControlServer, GarbageIsDroppedAndTheServerGoesOn) {
  asio::io_context loop;
  asio::local::stream_protocol::socket socket(loop);
  socket.connect(asio::local::stream_protocol::endpoint(socket_.string()));
  asio::write(socket, asio::buffer(std::string(100, '\xff') + "\r\n\r\n"));
  char octet;
  boost::system::error_code ended;
  socket.read_some(asio::buffer(&octet, 1), ended);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(client().get("/v1/status"));
}

class ImpatientControlServer : public ControlServer {
 protected:
  ImpatientControlServer() { patience_ = 1s; }
};

TEST_F(ImpatientControlServer, IdleConnectionsLockNobodyOut) {
  std::vector<asio::local::stream_protocol::socket> idle;
  for (int i = 0; i < 64; ++i) idle.push_back(idle_connection());
  for (auto& socket : idle) {
    char octet;
    boost::system::error_code ended;
    socket.read_some(asio::buffer(&octet, 1), ended);
    EXPECT_EQ(ended, asio::error::eof);
  }
  EXPECT_TRUE(client().get("/v1/status"));
}

TEST_F(ImpatientControlServer, AFollowerMayBeQuietForLonger) {
  std::vector<std::string> names;
  append("Old");
  const auto ended = client().stream("/v1/events?follow=true", [&](std::string_view line) {
    names.push_back(nlohmann::json::parse(line)["event"]);
    if (names.size() == 1) {
      std::this_thread::sleep_for(1500ms);
      append("New");
    }
    return names.size() < 2;
  });
  EXPECT_TRUE(ended) << ended.error().to_string();
  EXPECT_EQ(names, (std::vector<std::string>{"Old", "New"}));
}

TEST_F(ControlServer, WaitsWhenThereAreNoDescriptorsLeft) {
  asio::local::stream_protocol::socket waiting(idle_, asio::local::stream_protocol());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit none_left{static_cast<rlim_t>(next), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  const std::clock_t start = std::clock();  // Of this process's time on the CPU.
  waiting.connect(asio::local::stream_protocol::endpoint(socket_.string()));
  std::this_thread::sleep_for(500ms);
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 10);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(client().get("/v1/status"));
}

TEST_F(ControlServer, OnlyTheOwnerMayOpenTheSocket) {
  struct stat found{};
  ASSERT_EQ(::stat(socket_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
}

TEST(ControlClient, SaysHowToStartADaemonThatIsNotThere) {
  const auto answer = Client("/nonexistent/control.sock").get("/v1/status");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().what.find("agilevpnd is not running"), std::string::npos);
  EXPECT_NE(answer.error().help.find("systemctl start"), std::string::npos);
}

}  // namespace
}  // namespace agilevpn::control
