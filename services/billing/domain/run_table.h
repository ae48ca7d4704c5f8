#pragma once

#include "libs/lifecycle/table.h"

// States of a settlement run and of a payment (billing.md 1.4, 11.1, 14.1) as data.
namespace yilian::billing {

enum class RunState { kDraft, kComputed, kApproved, kPublished, kPaid, kSuperseded };
enum class RunAction { kStart, kCompute, kRecompute, kApprove, kPublish, kPay, kSupersede };
enum class RunRole { kPreparer, kApprover, kPublisher, kSystem };

inline constexpr lifecycle::Name<RunState> kRunStates[] = {
    {RunState::kDraft, "DRAFT"},       {RunState::kComputed, "COMPUTED"},
    {RunState::kApproved, "APPROVED"}, {RunState::kPublished, "PUBLISHED"},
    {RunState::kPaid, "PAID"},         {RunState::kSuperseded, "SUPERSEDED"}};
inline constexpr lifecycle::Name<RunAction> kRunActions[] = {
    {RunAction::kStart, "create"},          {RunAction::kCompute, "compute"},
    {RunAction::kRecompute, "StartRun"},    {RunAction::kApprove, "ApproveRun"},
    {RunAction::kPublish, "PublishRun"},    {RunAction::kPay, "pay all parties"},
    {RunAction::kSupersede, "SupersedeRun"}};
inline constexpr lifecycle::Name<RunRole> kRunRoles[] = {{RunRole::kPreparer, "agency clerk"},
                                                         {RunRole::kApprover, "agency approver"},
                                                         {RunRole::kPublisher, "agency"},
                                                         {RunRole::kSystem, "system"}};
inline constexpr lifecycle::Set<RunState> kRunFinals{RunState::kSuperseded};

inline constexpr lifecycle::Row<RunState, RunAction, RunRole> kRunRows[] = {
    {1,
     {},
     RunAction::kStart,
     {RunState::kDraft},
     {RunRole::kPreparer},
     {"no open run of kind, scope and period", "period open", "input not empty"},
     {}},
    {2, {RunState::kDraft}, RunAction::kCompute, {RunState::kComputed}, {RunRole::kSystem}, {}, {}},
    {3,
     {RunState::kComputed},
     RunAction::kRecompute,
     {RunState::kDraft},
     {RunRole::kPreparer},
     {"named by its id"},
     {}},
    {4,
     {RunState::kComputed},
     RunAction::kApprove,
     {RunState::kApproved},
     {RunRole::kApprover},
     {"digest of the result named", "not the preparer"},
     {}},
    {5,
     {RunState::kApproved},
     RunAction::kPublish,
     {RunState::kPublished},
     {RunRole::kPublisher},
     {"period open"},
     {"MonthPrepaid", "StatementPublished", "TransactionPosted"}},
    {6,
     {RunState::kPublished},
     RunAction::kPay,
     {RunState::kPaid},
     {RunRole::kSystem},
     {"every party with a prepay is paid"},
     {}},
    {7,
     {RunState::kPublished, RunState::kPaid},
     RunAction::kSupersede,
     {RunState::kSuperseded},
     {RunRole::kPreparer},
     {"the run that replaces it is published"},
     {"SettlementSuperseded"}}};

inline constexpr lifecycle::Table kRunLifecycle{"run",       kRunStates, kRunFinals,
                                                kRunActions, kRunRoles,  kRunRows};

enum class PaymentState { kInstructed, kConfirmed, kFailed };
enum class PaymentAction { kInstruct, kConfirm, kFail, kOverdue };
enum class PaymentRole { kAgency, kSystem };

inline constexpr lifecycle::Name<PaymentState> kPaymentStates[] = {
    {PaymentState::kInstructed, "INSTRUCTED"},
    {PaymentState::kConfirmed, "CONFIRMED"},
    {PaymentState::kFailed, "FAILED"}};
inline constexpr lifecycle::Name<PaymentAction> kPaymentActions[] = {
    {PaymentAction::kInstruct, "InstructPayment"},
    {PaymentAction::kConfirm, "ConfirmPayment"},
    {PaymentAction::kFail, "FailPayment"},
    {PaymentAction::kOverdue, "fall overdue"}};
inline constexpr lifecycle::Name<PaymentRole> kPaymentRoles[] = {{PaymentRole::kAgency, "agency"},
                                                                 {PaymentRole::kSystem, "system"}};
inline constexpr lifecycle::Set<PaymentState> kPaymentFinals{PaymentState::kConfirmed,
                                                             PaymentState::kFailed};

inline constexpr lifecycle::Row<PaymentState, PaymentAction, PaymentRole> kPaymentRows[] = {
    {1,
     {},
     PaymentAction::kInstruct,
     {PaymentState::kInstructed},
     {PaymentRole::kAgency},
     {"not more than is payable"},
     {"PaymentInstructed"}},
    {2,
     {PaymentState::kInstructed},
     PaymentAction::kConfirm,
     {PaymentState::kConfirmed},
     {PaymentRole::kAgency},
     {"same amount"},
     {"PaymentConfirmed", "TransactionPosted"}},
    {3,
     {PaymentState::kInstructed},
     PaymentAction::kFail,
     {PaymentState::kFailed},
     {PaymentRole::kAgency},
     {},
     {"PaymentFailed"}},
    {4,
     {PaymentState::kInstructed},
     PaymentAction::kOverdue,
     {},
     {PaymentRole::kSystem},
     {"due date passed"},
     {"PaymentOverdue"}}};

inline constexpr lifecycle::Table kPaymentLifecycle{"payment",       kPaymentStates, kPaymentFinals,
                                                    kPaymentActions, kPaymentRoles,  kPaymentRows};

}  // namespace yilian::billing
