#include "control/api.h"

#include <gtest/gtest.h>

#include "control/backend_fixture.h"
#include "control/diagnosis_json.h"
#include "control/status_json.h"

namespace agilevpn::control {
namespace {

using Method = ApiRequest::Method;

TEST(Api, StatusSurvivesJson) {
  FakeBackend backend;
  backend.current = connected_status();
  const ApiResponse response = answer({Method::Get, "/v1/status", ""}, backend);
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body["sessions"][0]["adapter"], "eth0");
  EXPECT_EQ(response.body["sessions"][0]["gives_up_in"], nullptr);
  EXPECT_EQ(response.body.get<Status>(), backend.current);
}

TEST(Api, ListsConnectionsAndPaths) {
  FakeBackend backend;
  EXPECT_EQ(answer({Method::Get, "/v1/paths", ""}, backend).body[0].get<PathStatus>(), backend.paths()[0]);
  EXPECT_EQ(answer({Method::Get, "/v1/connections", ""}, backend).body[0].get<ConnectionStatus>(),
            backend.connections()[0]);
}

TEST(Api, AFailedAttemptSurvivesJson) {
  FakeBackend backend;
  const ApiResponse response = answer({Method::Post, "/v1/why", R"({"who": "dora"})"}, backend);
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body["diagnosis"]["step"].get<std::string>(), "algorithms");
  EXPECT_EQ(response.body["diagnosis"].get<diagnosis::Diagnosis>(), *backend.why("dora"));
  EXPECT_TRUE(answer({Method::Post, "/v1/why", R"({"who": "nobody"})"}, backend).body["diagnosis"].is_null());
  EXPECT_TRUE(answer({Method::Post, "/v1/why", ""}, backend).body["diagnosis"].is_null());
}

TEST(Api, CommandsReachTheBackend) {
  FakeBackend backend;
  EXPECT_EQ(answer({Method::Post, "/v1/up", R"({"name": "office"})"}, backend).status, 200u);
  EXPECT_EQ(answer({Method::Post, "/v1/down", ""}, backend).status, 200u);
  EXPECT_EQ(answer({Method::Post, "/v1/sessions/7/disconnect", ""}, backend).status, 200u);
  EXPECT_EQ(answer({Method::Post, "/v1/move", R"({"name": "office", "adapter": "eth1"})"}, backend).status, 200u);
  EXPECT_EQ(answer({Method::Post, "/v1/save-keys", R"({"directory": "/tmp/k"})"}, backend).status, 200u);
  EXPECT_EQ(answer({Method::Post, "/v1/save-keys", R"({"directory": null})"}, backend).status, 200u);
  EXPECT_EQ(answer({Method::Post, "/v1/sessions/7/rekey", ""}, backend).status, 200u);
  EXPECT_EQ(answer({Method::Post, "/v1/sessions/7/rekey", R"({"what": "child"})"}, backend).status, 200u);
  EXPECT_EQ(backend.asked, (std::vector<std::string>{"up office", "down ", "disconnect 7", "move office eth1",
                                                     "save_keys /tmp/k", "save_keys off", "rekey 7 0", "rekey 7 2"}));
}

TEST(Api, ATokenThatWantsItsPinSaysSoAndIsGivenIt) {
  FakeBackend backend;
  backend.pin_wanted = "anna";
  EXPECT_EQ(answer({Method::Post, "/v1/up", R"({"name": "office"})"}, backend).body["pin_wanted"].get<std::string>(),
            "anna");
  EXPECT_TRUE(answer({Method::Post, "/v1/up", R"({"name": "office", "pin": "4711"})"}, backend).body.empty());
  EXPECT_EQ(to_text(backend.given_pin.view()), "4711");
}

TEST(Api, WhatTheUserAnswersIsHandedOn) {
  FakeBackend backend;
  EXPECT_EQ(answer({Method::Post, "/v1/answer", R"({"name": "office", "answer": "739201"})"}, backend).status, 200u);
  EXPECT_EQ(backend.asked, (std::vector<std::string>{"answer office"}));
  EXPECT_EQ(to_text(backend.given_answer.view()), "739201");
}

TEST(Api, WhatTheBackendRefusesIsAConflictWithItsWords) {
  FakeBackend backend;
  backend.refusal = Error{"no connection 'ofice'", "there is: office"};
  const ApiResponse response = answer({Method::Post, "/v1/up", R"({"name": "ofice"})"}, backend);
  EXPECT_EQ(response.status, 409u);
  EXPECT_EQ(response.body["error"]["what"], "no connection 'ofice'");
  EXPECT_EQ(response.body["error"]["help"], "there is: office");
}

TEST(Api, NonsenseIsRefusedAndReachesNobody) {
  FakeBackend backend;
  EXPECT_EQ(answer({Method::Get, "/v1/nothing", ""}, backend).status, 404u);
  EXPECT_EQ(answer({Method::Post, "/v1/nothing", ""}, backend).status, 404u);
  EXPECT_EQ(answer({Method::Post, "/v1/sessions/x/disconnect", ""}, backend).status, 404u);
  EXPECT_EQ(answer({Method::Post, "/v1/sessions/disconnect", ""}, backend).status, 404u);
  EXPECT_EQ(answer({Method::Post, "/v1/sessions/7/rekey", R"({"what": "me"})"}, backend).status, 400u);
  EXPECT_EQ(answer({Method::Post, "/v1/up", "{"}, backend).status, 400u);
  EXPECT_EQ(answer({Method::Post, "/v1/up", "[1]"}, backend).status, 400u);
  EXPECT_EQ(answer({Method::Post, "/v1/up", R"({"name": 7})"}, backend).status, 400u);
  EXPECT_EQ(answer({Method::Post, "/v1/move", R"({"name": "office"})"}, backend).status, 400u);
  EXPECT_EQ(answer({Method::Other, "/v1/status", ""}, backend).status, 400u);
  EXPECT_TRUE(backend.asked.empty());
}

TEST(Api, AnEventQueryIsReadOrNamed) {
  const auto query = parse_event_query("after=7&limit=2&follow=true&severity=warning");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->after, 7u);
  EXPECT_EQ(query->limit, 2u);
  EXPECT_TRUE(query->follow);
  EXPECT_EQ(query->least, Severity::Warning);
  EXPECT_TRUE(parse_event_query(""));
  EXPECT_FALSE(parse_event_query("after=x"));
  EXPECT_FALSE(parse_event_query("folow=true"));
  EXPECT_FALSE(parse_event_query("severity=loud"));
}

}  // namespace
}  // namespace agilevpn::control
