#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "google/protobuf/generated_enum_reflection.h"
#include "services/referrals/domain/channel_table.h"
#include "services/referrals/domain/criteria.h"
#include "services/referrals/domain/exam_table.h"
#include "services/referrals/domain/referral_table.h"
#include "services/referrals/domain/types.h"
#include "yilian/referrals/v1/channel_service.pb.h"
#include "yilian/referrals/v1/diagnostics_service.pb.h"
#include "yilian/referrals/v1/types.pb.h"

// What the contract, the documentation and the domain say must be the same.
namespace yilian::referrals {
namespace {

template <class Proto, class Range>
void expect_same_names(const std::string& prefix, const Range& names) {
    const auto* type = google::protobuf::GetEnumDescriptor<Proto>();
    EXPECT_EQ(type->value_count(), static_cast<int>(std::size(names)) + 1) << prefix;
    for (const auto& name : names) {
        const auto* value = type->FindValueByNumber(static_cast<int>(name.value));
        ASSERT_NE(value, nullptr) << name.text;
        EXPECT_EQ(value->name(), prefix + std::string(name.text));
    }
}

TEST(Contract, EnumsOfDomainAndProtoAreTwins) {
    using namespace domain;
    expect_same_names<v1::Direction>("DIRECTION_", NamesOf<Direction>::kAll);
    expect_same_names<v1::ReferralKind>("REFERRAL_KIND_", NamesOf<Kind>::kAll);
    expect_same_names<v1::Priority>("PRIORITY_", NamesOf<Priority>::kAll);
    expect_same_names<v1::ReferralState>("REFERRAL_STATE_", kStates);
    expect_same_names<v1::TaskOutcome>("TASK_OUTCOME_", NamesOf<TaskOutcome>::kAll);
    expect_same_names<v1::ConsentMethod>("CONSENT_METHOD_", NamesOf<ConsentMethod>::kAll);
    expect_same_names<v1::DocumentKind>("DOCUMENT_KIND_", NamesOf<DocumentKind>::kAll);
    expect_same_names<v1::ResourceKind>("RESOURCE_KIND_", NamesOf<ResourceKind>::kAll);
    expect_same_names<v1::QuotaClass>("QUOTA_CLASS_", NamesOf<QuotaClass>::kAll);
    expect_same_names<v1::HoldState>("HOLD_STATE_", NamesOf<HoldState>::kAll);
    expect_same_names<v1::EvidenceSide>("EVIDENCE_SIDE_", NamesOf<EvidenceSide>::kAll);
    expect_same_names<v1::CriterionResult>("CRITERION_RESULT_", NamesOf<CriterionResult>::kAll);
    expect_same_names<v1::Channel>("CHANNEL_", NamesOf<ChannelKind>::kAll);
    expect_same_names<v1::SenderKind>("SENDER_KIND_", NamesOf<SenderKind>::kAll);
    expect_same_names<v1::TimePointSource>("TIME_POINT_SOURCE_", NamesOf<PointSource>::kAll);
    expect_same_names<v1::ChannelState>("CHANNEL_STATE_", channel::kStates);
    expect_same_names<v1::ExamClass>("EXAM_CLASS_", NamesOf<ExamClass>::kAll);
    expect_same_names<v1::ExamPriority>("EXAM_PRIORITY_", NamesOf<ExamPriority>::kAll);
    expect_same_names<v1::ExamState>("EXAM_STATE_", exam::kStates);
    expect_same_names<v1::CriticalState>("CRITICAL_STATE_", NamesOf<CriticalState>::kAll);
    expect_same_names<v1::CriticalDuty>("CRITICAL_DUTY_", NamesOf<CriticalDuty>::kAll);
    expect_same_names<v1::RecognitionOutcome>("RECOGNITION_OUTCOME_",
                                              NamesOf<RecognitionOutcome>::kAll);
}

std::string readme() {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    if (source == nullptr) return "";
    std::ifstream file(std::string(source) + "/services/referrals/README.md");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(Readme, ShowsTheTransitionTableAsItIs) {
    EXPECT_EQ(lifecycle::documented(readme(), "referral"),
              lifecycle::markdown(domain::kLifecycle.model()));
    EXPECT_EQ(lifecycle::documented(readme(), "channel_case"),
              lifecycle::markdown(domain::channel::kLifecycle.model()));
    EXPECT_EQ(lifecycle::documented(readme(), "exam"),
              lifecycle::markdown(domain::exam::kLifecycle.model()));
}

TEST(Readme, NamesEveryInputOfTheCriteria) {
    const std::string text = readme();
    for (const std::string& pack : domain::criteria_packs()) {
        for (const std::string& input : domain::criteria_inputs(pack, {})) {
            EXPECT_NE(text.find("`" + input + "`"), std::string::npos) << pack << " " << input;
        }
    }
}

}  // namespace
}  // namespace yilian::referrals
