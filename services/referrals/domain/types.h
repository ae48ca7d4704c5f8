#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/lifecycle/table.h"

// The closed sets of the referral service (referrals.md 1 to 3). Values are those of the contract's
// enums and names are what is stored and shown; 0 is "not stated".
namespace yilian::referrals::domain {

enum class Direction { kNone, kUp, kDown, kLateral, kAdviceOnly, kEmergency };

enum class Kind {
    kNone,
    kOutpatient,
    kInpatient,
    kExamination,
    kJointClinic,
    kRemoteConsultation,
    kRehabilitation,
    kHomeBed,
};

enum class Priority { kNone, kRoutine, kUrgent, kEmergency };

enum class TaskOutcome { kNone, kOpen, kAccepted, kRejected, kRedirected, kAdvised, kSuperseded };

enum class ConsentMethod { kNone, kSigned, kVerbalWitnessed, kGuardian, kEmergencyWaived };

enum class DocumentKind { kNone, kRecordSummary, kReport, kImage, kConsent, kReplyLetter, kPlan };

enum class ResourceKind { kNone, kExpert, kOutpatient, kExamination, kLargeEquipment, kBed };

// In the order in which quotas are dealt out and flow down (referrals.md 5).
enum class QuotaClass { kNone, kEmergency, kContractedReferral, kReferral, kGeneral };

enum class HoldState { kNone, kTentative, kConfirmed, kReleased, kExpired, kConsumed };

enum class EvidenceSide { kNone, kReceiver, kSender };

enum class CriterionResult { kNone, kMet, kNotMet, kMissing };

// Green channels (diagnostics.md 6).
enum class ChannelKind { kNone, kChestPain, kStroke, kTrauma, kObstetric, kNewborn };

enum class SenderKind { kNone, kBase, kCareHome, kEms120 };

enum class PointSource { kNone, kDevice, kManual, kSystem };

// Shared examination (diagnostics.md 1 to 4).
enum class ExamClass { kNone, kLab, kImaging, kEcg, kUltrasound, kPathology };

enum class ExamPriority { kNone, kRoutine, kInpatient, kEmergency };

enum class CriticalState { kNone, kRaised, kNotified, kAcknowledged, kTreated, kClosed };

enum class CriticalDuty { kNone, kDoctor, kHead, kOffice };

enum class RecognitionOutcome { kNone, kRecognised, kRepeated, kNotShown };

// Names of an enum; specialised for each set below.
template <class Enum>
struct NamesOf;

#define YILIAN_REFERRAL_NAMES(Enum, ...)                             \
    template <>                                                      \
    struct NamesOf<Enum> {                                           \
        static constexpr lifecycle::Name<Enum> kAll[] = __VA_ARGS__; \
    }

YILIAN_REFERRAL_NAMES(Direction, {{Direction::kUp, "UP"},
                                  {Direction::kDown, "DOWN"},
                                  {Direction::kLateral, "LATERAL"},
                                  {Direction::kAdviceOnly, "ADVICE_ONLY"},
                                  {Direction::kEmergency, "EMERGENCY"}});
YILIAN_REFERRAL_NAMES(Kind, {{Kind::kOutpatient, "OUTPATIENT"},
                             {Kind::kInpatient, "INPATIENT"},
                             {Kind::kExamination, "EXAMINATION"},
                             {Kind::kJointClinic, "JOINT_CLINIC"},
                             {Kind::kRemoteConsultation, "REMOTE_CONSULTATION"},
                             {Kind::kRehabilitation, "REHABILITATION"},
                             {Kind::kHomeBed, "HOME_BED"}});
YILIAN_REFERRAL_NAMES(Priority, {{Priority::kRoutine, "ROUTINE"},
                                 {Priority::kUrgent, "URGENT"},
                                 {Priority::kEmergency, "EMERGENCY"}});
YILIAN_REFERRAL_NAMES(TaskOutcome, {{TaskOutcome::kOpen, "OPEN"},
                                    {TaskOutcome::kAccepted, "ACCEPTED"},
                                    {TaskOutcome::kRejected, "REJECTED"},
                                    {TaskOutcome::kRedirected, "REDIRECTED"},
                                    {TaskOutcome::kAdvised, "ADVISED"},
                                    {TaskOutcome::kSuperseded, "SUPERSEDED"}});
YILIAN_REFERRAL_NAMES(ConsentMethod, {{ConsentMethod::kSigned, "SIGNED"},
                                      {ConsentMethod::kVerbalWitnessed, "VERBAL_WITNESSED"},
                                      {ConsentMethod::kGuardian, "GUARDIAN"},
                                      {ConsentMethod::kEmergencyWaived, "EMERGENCY_WAIVED"}});
YILIAN_REFERRAL_NAMES(DocumentKind, {{DocumentKind::kRecordSummary, "RECORD_SUMMARY"},
                                     {DocumentKind::kReport, "REPORT"},
                                     {DocumentKind::kImage, "IMAGE"},
                                     {DocumentKind::kConsent, "CONSENT"},
                                     {DocumentKind::kReplyLetter, "REPLY_LETTER"},
                                     {DocumentKind::kPlan, "PLAN"}});
YILIAN_REFERRAL_NAMES(ResourceKind, {{ResourceKind::kExpert, "EXPERT"},
                                     {ResourceKind::kOutpatient, "OUTPATIENT"},
                                     {ResourceKind::kExamination, "EXAMINATION"},
                                     {ResourceKind::kLargeEquipment, "LARGE_EQUIPMENT"},
                                     {ResourceKind::kBed, "BED"}});
YILIAN_REFERRAL_NAMES(QuotaClass, {{QuotaClass::kEmergency, "EMERGENCY"},
                                   {QuotaClass::kContractedReferral, "CONTRACTED_REFERRAL"},
                                   {QuotaClass::kReferral, "REFERRAL"},
                                   {QuotaClass::kGeneral, "GENERAL"}});
YILIAN_REFERRAL_NAMES(HoldState, {{HoldState::kTentative, "TENTATIVE"},
                                  {HoldState::kConfirmed, "CONFIRMED"},
                                  {HoldState::kReleased, "RELEASED"},
                                  {HoldState::kExpired, "EXPIRED"},
                                  {HoldState::kConsumed, "CONSUMED"}});
YILIAN_REFERRAL_NAMES(EvidenceSide,
                      {{EvidenceSide::kReceiver, "RECEIVER"}, {EvidenceSide::kSender, "SENDER"}});
YILIAN_REFERRAL_NAMES(CriterionResult, {{CriterionResult::kMet, "MET"},
                                        {CriterionResult::kNotMet, "NOT_MET"},
                                        {CriterionResult::kMissing, "MISSING"}});
YILIAN_REFERRAL_NAMES(ChannelKind, {{ChannelKind::kChestPain, "CHEST_PAIN"},
                                    {ChannelKind::kStroke, "STROKE"},
                                    {ChannelKind::kTrauma, "TRAUMA"},
                                    {ChannelKind::kObstetric, "OBSTETRIC"},
                                    {ChannelKind::kNewborn, "NEWBORN"}});
YILIAN_REFERRAL_NAMES(SenderKind, {{SenderKind::kBase, "BASE"},
                                   {SenderKind::kCareHome, "CARE_HOME"},
                                   {SenderKind::kEms120, "EMS_120"}});
YILIAN_REFERRAL_NAMES(PointSource, {{PointSource::kDevice, "DEVICE"},
                                    {PointSource::kManual, "MANUAL"},
                                    {PointSource::kSystem, "SYSTEM"}});
YILIAN_REFERRAL_NAMES(ExamClass, {{ExamClass::kLab, "LAB"},
                                  {ExamClass::kImaging, "IMAGING"},
                                  {ExamClass::kEcg, "ECG"},
                                  {ExamClass::kUltrasound, "ULTRASOUND"},
                                  {ExamClass::kPathology, "PATHOLOGY"}});
YILIAN_REFERRAL_NAMES(ExamPriority, {{ExamPriority::kRoutine, "ROUTINE"},
                                     {ExamPriority::kInpatient, "INPATIENT"},
                                     {ExamPriority::kEmergency, "EMERGENCY"}});
YILIAN_REFERRAL_NAMES(CriticalState, {{CriticalState::kRaised, "RAISED"},
                                      {CriticalState::kNotified, "NOTIFIED"},
                                      {CriticalState::kAcknowledged, "ACKNOWLEDGED"},
                                      {CriticalState::kTreated, "TREATED"},
                                      {CriticalState::kClosed, "CLOSED"}});
YILIAN_REFERRAL_NAMES(CriticalDuty, {{CriticalDuty::kDoctor, "DOCTOR"},
                                     {CriticalDuty::kHead, "HEAD"},
                                     {CriticalDuty::kOffice, "OFFICE"}});
YILIAN_REFERRAL_NAMES(RecognitionOutcome, {{RecognitionOutcome::kRecognised, "RECOGNISED"},
                                           {RecognitionOutcome::kRepeated, "REPEATED"},
                                           {RecognitionOutcome::kNotShown, "NOT_SHOWN"}});
#undef YILIAN_REFERRAL_NAMES

// "" for "not stated".
template <class Enum>
[[nodiscard]] constexpr std::string_view name_of(Enum value) {
    for (const auto& name : NamesOf<Enum>::kAll) {
        if (name.value == value) return name.text;
    }
    return "";
}

// The value of a name; "not stated" for "", an abort for any other text: stores hold names only.
template <class Enum>
[[nodiscard]] Enum named(std::string_view text) {
    for (const auto& name : NamesOf<Enum>::kAll) {
        if (name.text == text) return name.value;
    }
    YILIAN_INVARIANT(text.empty(), "referrals: a stored name of no value");
    return Enum{};
}

// Reason codes of referrals.md 4, sorted as there.
inline constexpr std::array<std::string_view, 8> kRejectionReasons{
    "NO_CAPACITY", "WRONG_SPECIALTY", "CRITERIA_NOT_MET", "MISSING_DATA",
    "DUPLICATE",   "TREAT_AT_BASE",   "PATIENT_DECLINED", "OTHER"};
inline constexpr std::array<std::string_view, 8> kCancellationReasons{
    "NOT_NEEDED",         "DIED",           "CREATED_IN_ERROR",
    "BOOKED_MORE_URGENT", "BOOKED_OUTSIDE", "STRAIGHT_TO_TEST",
    "PATIENT_WISH",       "MOVED"};
inline constexpr std::array<std::string_view, 6> kNonAttendanceReasons{
    "CANCELLED_TOO_LATE", "ARRIVED_TOO_LATE", "FORGOT", "DIED", "ILL", "UNKNOWN"};
inline constexpr std::array<std::string_view, 5> kDownRefusalReasons{
    "DRUG_NOT_AVAILABLE", "NO_REHAB_BED", "PATIENT_REFUSES", "UNSTABLE", "OTHER"};

[[nodiscard]] constexpr bool is_one_of(std::span<const std::string_view> codes,
                                       std::string_view code) {
    for (const std::string_view known : codes) {
        if (known == code) return true;
    }
    return false;
}

}  // namespace yilian::referrals::domain
