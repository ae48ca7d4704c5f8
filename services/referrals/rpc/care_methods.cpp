#include <algorithm>

#include "services/referrals/app/care.h"
#include "services/referrals/app/down.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using rpc::Validator;

constexpr int kItemsMax = 100;

std::optional<Instant> opt_time(bool has, const google::protobuf::Timestamp& at) {
    if (!has) return std::nullopt;
    return store::instant_of(at);
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

void check_document(Validator& v, const v1::Document& document) {
    v.id("document_id", document.document_id())
        .enumerated("kind", document.kind())
        .expect(is_sha256(document.sha256()), "sha256", "FIELD_FORMAT")
        .not_negative("size_bytes", document.size_bytes())
        .text("media_type", document.media_type(), 1, 100)
        .text("storage_ref", document.storage_ref(), 0, 300)
        .optional_timestamp("uploaded_at", document.has_uploaded_at(), document.uploaded_at());
}

void check_reply(Validator& v, const v1::ReplyLetter& reply) {
    check_codes(v, "diagnosis_codes", reply.diagnosis_codes(), kItemsMax);
    check_codes(v, "surgery_codes", reply.surgery_codes(), kItemsMax);
    check_codes(v, "discharge_drug_codes", reply.discharge_drug_codes(), kItemsMax);
    check_codes(v, "warning_signs", reply.warning_signs(), kItemsMax);
    v.text("treatment", reply.treatment(), 0, 8000)
        .text("plan", reply.plan(), 0, 8000)
        .optional_id("plan_document_id", reply.plan_document_id())
        .optional_date("follow_up_date", reply.follow_up_date())
        .optional_id("signed_by", reply.signed_by())
        .optional_timestamp("signed_at", reply.has_signed_at(), reply.signed_at())
        .range("signature", static_cast<std::int64_t>(reply.signature().size()), 0, 1024);
}

void bind_stay(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_change<v1::RecordArrivalRequest>(
        binder, env, "RecordArrival",
        [](Validator& v, const v1::RecordArrivalRequest& r) {
            v.optional_timestamp("arrived_at", r.has_arrived_at(), r.arrived_at())
                .optional_timestamp("admitted_at", r.has_admitted_at(), r.admitted_at());
        },
        [](app::Work& work, const v1::RecordArrivalRequest& r) {
            return app::record_arrival(work, r.referral_id(), r.etag(),
                                       opt_time(r.has_arrived_at(), r.arrived_at()),
                                       opt_time(r.has_admitted_at(), r.admitted_at()));
        });
    bind_change<v1::UploadRecordRequest>(
        binder, env, "UploadRecord",
        [](Validator& v, const v1::UploadRecordRequest& r) {
            v.count("documents", r.documents_size(), 1, kItemsMax);
            v.each("documents", r.documents(), check_document);
        },
        [](app::Work& work, const v1::UploadRecordRequest& r) {
            return app::upload_record(work, r.referral_id(), r.etag(),
                                      {r.documents().begin(), r.documents().end()});
        });
    bind_change<v1::StartCareRequest>(
        binder, env, "StartCare",
        [](Validator& v, const v1::StartCareRequest& r) {
            v.id("encounter_ref", r.encounter_ref())
                .optional_timestamp("admitted_at", r.has_admitted_at(), r.admitted_at())
                .expect(!r.inpatient() || r.has_admitted_at(), "admitted_at", "FIELD_REQUIRED");
        },
        [](app::Work& work, const v1::StartCareRequest& r) {
            return app::start_care(
                work, r.referral_id(), r.etag(),
                {r.encounter_ref(), r.inpatient(), opt_time(r.has_admitted_at(), r.admitted_at())});
        });
    bind_change<v1::ReferOnRequest>(
        binder, env, "ReferOn",
        [](Validator& v, const v1::ReferOnRequest& r) {
            v.optional_ulid("next_referral_id", r.next_referral_id())
                .present("content", r.has_content())
                .nested("content", [&](auto& inner) { check_content(inner, r.content()); });
        },
        [](app::Work& work, const v1::ReferOnRequest& r) {
            return app::refer_on(work, r.referral_id(), r.etag(), r.next_referral_id(),
                                 r.content());
        });
    bind_change<v1::CompleteReferralRequest>(
        binder, env, "CompleteReferral",
        [](Validator& v, const v1::CompleteReferralRequest& r) {
            v.present("reply", r.has_reply()).nested("reply", [&](auto& inner) {
                check_reply(inner, r.reply());
            });
            v.optional_timestamp("ended_at", r.has_ended_at(), r.ended_at());
        },
        [](app::Work& work, const v1::CompleteReferralRequest& r) {
            std::optional<Instant> ended_at;
            if (r.has_ended_at()) ended_at = store::instant_of(r.ended_at());
            return app::complete_referral(work, r.referral_id(), r.etag(), r.reply(), ended_at);
        });
}

app::DownProposal proposal_of(const v1::ProposeDownRequest& r) {
    app::DownProposal proposal;
    proposal.to_institution_id = r.to_institution_id();
    proposal.disease_codes = store::strings(r.disease_codes());
    proposal.drug_codes = store::strings(r.drug_codes());
    proposal.plan_document_id = r.plan_document_id();
    proposal.first_follow_up_on = store::date_of(r.first_followup_due());
    proposal.override_reason_code = r.override_reason_code();
    for (const v1::Measurement& m : r.measurements()) proposal.facts[m.code()] = m.value();
    return proposal;
}

void bind_way_down(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_change<v1::ProposeDownRequest>(
        binder, env, "ProposeDown",
        [](Validator& v, const v1::ProposeDownRequest& r) {
            v.optional_id("to_institution_id", r.to_institution_id())
                .id("plan_document_id", r.plan_document_id())
                .optional_date("first_followup_due", r.first_followup_due())
                .optional_id("override_reason_code", r.override_reason_code());
            check_codes(v, "disease_codes", r.disease_codes(), kItemsMax);
            check_codes(v, "drug_codes", r.drug_codes(), kItemsMax);
            check_measurements(v, "measurements", r.measurements());
        },
        [](app::Work& work, const v1::ProposeDownRequest& r) {
            return app::propose_down(work, r.referral_id(), r.etag(), proposal_of(r));
        });
    bind_change<v1::AnswerDownRequest>(
        binder, env, "AnswerDown",
        [](Validator& v, const v1::AnswerDownRequest& r) {
            v.optional_id("reason_code", r.reason_code());
            v.count("drugs_available", r.drugs_available_size(), 0, kItemsMax);
            v.each("drugs_available", r.drugs_available(),
                   [](Validator& inner, const v1::DrugAnswer& drug) {
                       inner.id("drug_code", drug.drug_code());
                   });
        },
        [](app::Work& work, const v1::AnswerDownRequest& r) {
            app::DownAnswer down{r.accept(), {}, r.reason_code()};
            for (const v1::DrugAnswer& drug : r.drugs_available()) {
                down.drugs.emplace_back(drug.drug_code(), drug.available());
            }
            return app::answer_down(work, r.referral_id(), r.etag(), down);
        });
    bind_change<v1::RecordFollowUpRequest>(
        binder, env, "RecordFollowUp",
        [](Validator& v, const v1::RecordFollowUpRequest& r) { v.id("visit_id", r.visit_id()); },
        [](app::Work& work, const v1::RecordFollowUpRequest& r) {
            return app::record_follow_up(work, r.referral_id(), r.etag(), r.visit_id());
        });
}

}  // namespace

void bind_care(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_stay(binder, env);
    bind_way_down(binder, env);
}

}  // namespace yilian::referrals::rpc_edge
