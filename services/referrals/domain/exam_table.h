#pragma once

#include <string_view>

#include "libs/lifecycle/table.h"

// The lifecycle of an ordered examination: diagnostics.md 2, row by row.
namespace yilian::referrals::domain::exam {

// Values are those of yilian.referrals.v1.ExamState.
enum class State {
    kNone,
    kOrdered,
    kAcquired,
    kUploaded,
    kAssigned,
    kReading,
    kReported,
    kVerified,
    kSigned,
    kDelivered,
    kCancelled,
};
inline constexpr lifecycle::Name<State> kStates[] = {
    {State::kOrdered, "ORDERED"},     {State::kAcquired, "ACQUIRED"},
    {State::kUploaded, "UPLOADED"},   {State::kAssigned, "ASSIGNED"},
    {State::kReading, "READING"},     {State::kReported, "REPORTED"},
    {State::kVerified, "VERIFIED"},   {State::kSigned, "SIGNED"},
    {State::kDelivered, "DELIVERED"}, {State::kCancelled, "CANCELLED"},
};
// A delivered report can still be amended.
inline constexpr lifecycle::Set<State> kFinals{State::kCancelled};

enum class Action {
    kOrder,
    kAcquire,
    kUpload,
    kAssign,
    kStart,
    kRepeat,
    kReport,
    kVerify,
    kSign,
    kDeliver,
    kAmend,
    kCancel,
};
inline constexpr lifecycle::Name<Action> kActions[] = {
    {Action::kOrder, "OrderExam"},    {Action::kAcquire, "RecordAcquisition"},
    {Action::kUpload, "UploadExam"},  {Action::kAssign, "AssignExam"},
    {Action::kStart, "StartReading"}, {Action::kRepeat, "RequestRepeat"},
    {Action::kReport, "ReportExam"},  {Action::kVerify, "VerifyExam"},
    {Action::kSign, "SignExam"},      {Action::kDeliver, "ConfirmDelivery"},
    {Action::kAmend, "AmendExam"},    {Action::kCancel, "CancelExam"},
};

// B is the base institution that ordered, C the centre that reads.
enum class Role { kBase, kCentre };
inline constexpr lifecycle::Name<Role> kRoles[] = {{Role::kBase, "B"}, {Role::kCentre, "C"}};

namespace table {
using enum State;
using enum Role;
using Row = lifecycle::Row<State, Action, Role>;

inline constexpr Row kRows[] = {
    {1, {}, Action::kOrder, {kOrdered}, {kBase}, {"earlier results reviewed"}, {"ExamOrdered"}},
    {2,
     {kOrdered},
     Action::kAcquire,
     {kAcquired},
     {kBase},
     {"device registered"},
     {"ExamAcquired"}},
    {3, {kAcquired}, Action::kUpload, {kUploaded}, {kBase}, {"hash matches"}, {"ExamUploaded"}},
    {4,
     {kUploaded},
     Action::kAssign,
     {kAssigned},
     {kCentre},
     {"reader has grade"},
     {"ExamAssigned"}},
    {5, {kAssigned}, Action::kStart, {kReading}, {kCentre}, {"the reader"}, {}},
    {6,
     {kAssigned, kReading},
     Action::kRepeat,
     {kOrdered},
     {kCentre},
     {"reason"},
     {"ExamRepeatRequested"}},
    {7,
     {kReading},
     Action::kReport,
     {kReported},
     {kCentre},
     {"the reader", "text or codes present"},
     {"ExamReported"}},
    {8,
     {kReported},
     Action::kVerify,
     {kVerified},
     {kCentre},
     {"class that two persons read", "not the first reader", "grade"},
     {"ExamVerified"}},
    {9,
     {kReported, kVerified},
     Action::kSign,
     {kSigned},
     {kCentre},
     {"REPORTED: class that one person reads", "reader or verifier"},
     {"ExamSigned"}},
    {10, {kSigned}, Action::kDeliver, {kDelivered}, {kBase}, {}, {"ExamDelivered"}},
    {11,
     {kSigned, kDelivered},
     Action::kAmend,
     {kReading},
     {kCentre},
     {"reason", "the signed version is kept"},
     {"ExamAmended"}},
    {12,
     {kOrdered, kAcquired, kUploaded, kAssigned},
     Action::kCancel,
     {kCancelled},
     {kBase},
     {"reason"},
     {"ExamCancelled"}},
};
}  // namespace table

inline constexpr lifecycle::Table kLifecycle{"exam",   kStates, kFinals,
                                             kActions, kRoles,  table::kRows};

[[nodiscard]] inline std::string_view name_of(State state) {
    return state == State::kNone ? "" : kLifecycle.name(state);
}

}  // namespace yilian::referrals::domain::exam
