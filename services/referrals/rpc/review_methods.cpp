#include "services/referrals/app/booking.h"
#include "services/referrals/app/review.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using rpc::Validator;

constexpr int kItemsMax = 100;

// A reason code that is there; whether it belongs to the set is the use case's question.
template <class Req>
void with_reason(Validator& v, const Req& r) {
    v.required("reason_code", r.reason_code()).optional_id("reason_code", r.reason_code());
}

void bind_answers(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_change<v1::AcceptReferralRequest>(binder, env, "AcceptReferral", nullptr,
                                           [](app::Work& work, const v1::AcceptReferralRequest& r) {
                                               return app::accept_referral(
                                                   work, r.referral_id(), r.etag(),
                                                   r.beyond_county_confirmed());
                                           });
    bind_change<v1::RequestInformationRequest>(
        binder, env, "RequestInformation",
        [](Validator& v, const v1::RequestInformationRequest& r) {
            check_codes(v, "item_codes", r.item_codes(), kItemsMax);
        },
        [](app::Work& work, const v1::RequestInformationRequest& r) {
            return app::request_information(work, r.referral_id(), r.etag(),
                                            store::strings(r.item_codes()));
        });
    bind_change<v1::ReturnAdviceRequest>(
        binder, env, "ReturnAdvice",
        [](Validator& v, const v1::ReturnAdviceRequest& r) {
            v.text("advice", r.advice(), 0, 4000);
        },
        [](app::Work& work, const v1::ReturnAdviceRequest& r) {
            return app::return_advice(work, r.referral_id(), r.etag(), r.advice());
        });
    bind_change<v1::RedirectReferralRequest>(
        binder, env, "RedirectReferral",
        [](Validator& v, const v1::RedirectReferralRequest& r) {
            v.id("to_institution_id", r.to_institution_id())
                .optional_id("to_department_code", r.to_department_code())
                .optional_id("reason_code", r.reason_code());
        },
        [](app::Work& work, const v1::RedirectReferralRequest& r) {
            return app::redirect_referral(work, r.referral_id(), r.etag(), r.to_institution_id(),
                                          r.to_department_code(), r.reason_code());
        });
    bind_change<v1::RejectReferralRequest>(
        binder, env, "RejectReferral",
        [](Validator& v, const v1::RejectReferralRequest& r) {
            with_reason(v, r);
            v.text("comment", r.comment(), 0, 500);
        },
        [](app::Work& work, const v1::RejectReferralRequest& r) {
            return app::reject_referral(work, r.referral_id(), r.etag(), r.reason_code());
        });
    bind_change<v1::ChangePriorityRequest>(
        binder, env, "ChangePriority",
        [](Validator& v, const v1::ChangePriorityRequest& r) {
            v.enumerated("priority", r.priority());
            with_reason(v, r);
        },
        [](app::Work& work, const v1::ChangePriorityRequest& r) {
            return app::change_priority(work, r.referral_id(), r.etag(),
                                        store::from_proto<domain::Priority>(r.priority()),
                                        r.reason_code());
        });
    bind_change<v1::WaitlistReferralRequest>(
        binder, env, "WaitlistReferral", nullptr,
        [](app::Work& work, const v1::WaitlistReferralRequest& r) {
            return app::waitlist_referral(work, r.referral_id(), r.etag());
        });
}

void bind_sender(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_change<v1::ProvideInformationRequest>(
        binder, env, "ProvideInformation",
        [](Validator& v, const v1::ProvideInformationRequest& r) {
            check_codes(v, "item_codes", r.item_codes(), kItemsMax);
            check_codes(v, "document_ids", r.document_ids(), kItemsMax);
            check_measurements(v, "measurements", r.measurements());
        },
        [](app::Work& work, const v1::ProvideInformationRequest& r) {
            return app::provide_information(work, r.referral_id(), r.etag(),
                                            {store::strings(r.item_codes()),
                                             {r.measurements().begin(), r.measurements().end()},
                                             store::strings(r.document_ids())});
        });
    bind_change<v1::WithdrawReferralRequest>(
        binder, env, "WithdrawReferral", with_reason<v1::WithdrawReferralRequest>,
        [](app::Work& work, const v1::WithdrawReferralRequest& r) {
            return app::withdraw_referral(work, r.referral_id(), r.etag(), r.reason_code());
        });
    bind_change<v1::CancelReferralRequest>(
        binder, env, "CancelReferral", with_reason<v1::CancelReferralRequest>,
        [](app::Work& work, const v1::CancelReferralRequest& r) {
            return app::cancel_referral(work, r.referral_id(), r.etag(), r.reason_code());
        });
    bind_change<v1::CloseReferralRequest>(
        binder, env, "CloseReferral",
        [](Validator& v, const v1::CloseReferralRequest& r) {
            v.optional_id("outcome_code", r.outcome_code());
        },
        [](app::Work& work, const v1::CloseReferralRequest& r) {
            return app::close_referral(work, r.referral_id(), r.etag(), r.outcome_code(),
                                       r.patient_informed());
        });
}

template <class Req>
void with_hold(Validator& v, const Req& r) {
    v.id("hold_id", r.hold_id());
}

void bind_bookings(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_change<v1::BookReferralRequest>(
        binder, env, "BookReferral", with_hold<v1::BookReferralRequest>,
        [](app::Work& work, const v1::BookReferralRequest& r) {
            return app::book_referral(work, r.referral_id(), r.etag(), r.hold_id());
        });
    bind_change<v1::RebookReferralRequest>(
        binder, env, "RebookReferral", with_hold<v1::RebookReferralRequest>,
        [](app::Work& work, const v1::RebookReferralRequest& r) {
            return app::rebook_referral(work, r.referral_id(), r.etag(), r.hold_id());
        });
    bind_change<v1::CancelBookingRequest>(
        binder, env, "CancelBooking", with_reason<v1::CancelBookingRequest>,
        [](app::Work& work, const v1::CancelBookingRequest& r) {
            return app::cancel_booking(work, r.referral_id(), r.etag(), r.reason_code(),
                                       r.keep_referral());
        });
    bind_change<v1::RecordNoShowRequest>(
        binder, env, "RecordNoShow",
        [](Validator& v, const v1::RecordNoShowRequest& r) {
            v.optional_id("reason_code", r.reason_code());
        },
        [](app::Work& work, const v1::RecordNoShowRequest& r) {
            return app::record_no_show(work, r.referral_id(), r.etag(), r.reason_code());
        });
}

}  // namespace

void bind_reviews(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_answers(binder, env);
    bind_sender(binder, env);
    bind_bookings(binder, env);
}

}  // namespace yilian::referrals::rpc_edge
