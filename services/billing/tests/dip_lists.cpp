#include "services/billing/tests/dip_lists.h"

#include "services/billing/app/rule_packs.h"
#include "services/billing/store/list_codec.h"

namespace yilian::billing::test {

v1::SettlementList dip_list(const std::string& id, const std::string& institution_id,
                            const std::vector<std::string>& diagnoses,
                            const std::vector<UsedCode>& procedures, std::int64_t total_fen) {
    v1::SettlementList l = institution_id == "B1" ? stay_s1("r-" + id, "") : stay_s2("r-" + id, "");
    l.set_list_id(id);
    l.set_insured_region(kDipDistrict);
    l.set_payment_method(v1::PAYMENT_METHOD_DIP);
    l.clear_diagnoses();
    for (const std::string& code : diagnoses) {
        auto* d = l.add_diagnoses();
        d->set_seq(l.diagnoses_size());
        d->set_kind(v1::DIAGNOSIS_KIND_WESTERN);
        d->set_code(code);
        d->set_present_on_admission(v1::PRESENT_ON_ADMISSION_YES);
        d->set_main(l.diagnoses_size() == 1);
    }
    l.set_diagnosis_count(l.diagnoses_size());
    for (const UsedCode& used : procedures) {
        auto* p = l.add_procedures();
        p->set_seq(l.procedures_size());
        p->set_code(used.code);
        p->set_type(v1::PROCEDURE_TYPE_THERAPEUTIC);
        *p->mutable_performed_at() = l.admitted_at();
        p->set_cost_fen(used.cost_fen);
        p->set_main(l.procedures_size() == 1);
    }
    l.set_procedure_count(l.procedures_size());
    if (!procedures.empty()) l.set_proc_code_version("YB2.0");
    l.clear_charges();
    auto* charge = l.add_charges();
    charge->set_class_("01");
    charge->set_amount_fen(total_fen);
    charge->set_class_a_fen(total_fen);
    l.set_total_fen(total_fen);
    l.set_self_paid_fen(0);
    l.set_class_b_first_fen(0);
    l.set_cash_pay_fen(total_fen);
    return l;
}

void activate_dip_demo(Harness& harness) {
    harness.unit([](app::Unit& u) {
        const auto loaded = u.env.rules.load(app::kDipDomain, "dip-demo");
        ASSERT_TRUE(loaded.ok()) << loaded.refusal().reason.code();
        const auto pack =
            app::store_rule_pack(u, std::string(app::kDipDomain), "dip-demo", **loaded, 0, false);
        ASSERT_TRUE(pack.ok()) << pack.refusal().reason.code();
        const auto active =
            app::activate_rule_pack(u, app::kDipDomain, pack->version, "\"1\"", pack->digest,
                                    *calendar::CivilDate::parse("2026-01-01"));
        ASSERT_TRUE(active.ok()) << active.refusal().reason.code();
    });
}

}  // namespace yilian::billing::test
