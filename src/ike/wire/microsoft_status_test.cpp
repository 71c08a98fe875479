#include "ike/wire/microsoft_status.h"

#include <gtest/gtest.h>

#include "ike/wire/describe.h"

namespace agilevpn::ike::wire {
namespace {

TEST(MicrosoftStatus, IsAWin32ErrorOfFourOctets) {
  const Payload payload = microsoft_status_notify(microsoft_status::ipsec_ike_invalid_situation);
  const auto& notify = std::get<NotifyPayload>(payload.body);
  EXPECT_EQ(notify.data, "00003627"_hex);
  EXPECT_EQ(microsoft_status_of(notify), 13863u);
  EXPECT_EQ(microsoft_status_of({.type = NotifyType::MicrosoftStatus, .data = "3627"_hex}), std::nullopt);
  EXPECT_EQ(microsoft_status_of({.type = NotifyType::NoProposalChosen, .data = "00003627"_hex}), std::nullopt);
}

TEST(MicrosoftStatus, IsReadByNameAndMeaning) {
  EXPECT_EQ(describe(microsoft_status_notify(13863)),
            "N MS_STATUS: 13863 (ERROR_IPSEC_IKE_INVALID_SITUATION: invalid situation)");
  EXPECT_EQ(describe(microsoft_status_notify(4711)), "N MS_STATUS: 4711");
  EXPECT_EQ(win32_error_for_users(13801), "13801 (IKE authentication credentials are unacceptable)");
}

}  // namespace
}  // namespace agilevpn::ike::wire
