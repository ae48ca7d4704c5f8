#include "services/directory/rpc/checks.h"

#include "libs/calendar/civil_date.h"
#include "libs/ident/person.h"

namespace yilian::directory::rpc_edge {
namespace {

constexpr const char* kIdCard = "ID_CARD";

}  // namespace

void check(rpc::Validator& v, const v1::Institution& i) {
    v.id("institution_id", i.institution_id())
        .text("name", i.name(), 1, 120)
        .id("class", i.class_())
        .enumerated("level", i.level())
        .id("district_code", i.district_code())
        .optional_id("parent_institution_id", i.parent_institution_id())
        .optional_date("agreement_from", i.agreement_from())
        .optional_date("agreement_to", i.agreement_to())
        .optional_date("effective_on", i.effective_on());
}

void check(rpc::Validator& v, const v1::Membership& m) {
    v.id("consortium_id", m.consortium_id())
        .id("institution_id", m.institution_id())
        .enumerated("role", m.role())
        .date("from", m.from())
        .optional_date("to", m.to());
}

void check(rpc::Validator& v, const v1::Practitioner& p) {
    v.id("practitioner_id", p.practitioner_id())
        .text("name", p.name(), 1, 60)
        .count("institution_ids", p.institution_ids_size(), 1, 10)
        .each("institution_ids", p.institution_ids(),
              [](rpc::Validator& inner, const std::string& id) { inner.id("", id); })
        .id("title", p.title())
        .count("rights", p.rights_size(), 0, 30)
        .each("rights", p.rights(),
              [](rpc::Validator& inner, const std::string& right) { inner.id("", right); })
        .date("valid_from", p.valid_from())
        .optional_date("valid_to", p.valid_to());
}

void check_document(rpc::Validator& v, const std::string& kind, const std::string& number) {
    v.one_of("document_kind", kind,
             {kIdCard, "BIRTH_CERTIFICATE", "PASSPORT", "HEALTH_CARD", "INSURANCE_NUMBER"});
    v.required("document_number", number);
    if (number.empty()) return;
    const bool good = kind == kIdCard ? ident::IdentityNumber::parse(number).ok()
                                      : ident::DocumentNumber::parse(number).ok();
    v.expect(good, "document_number", "FIELD_FORMAT");
}

void check(rpc::Validator& v, const v1::ResidentIdentity& identity) {
    check_document(v, identity.document_kind(), identity.document_number());
    v.text("name", identity.name(), 1, 60)
        .text("phone", identity.phone(), 0, 20)
        .text("address", identity.address(), 0, 200);
}

void check_special_group(rpc::Validator& v, std::string_view field, const std::string& code) {
    v.one_of(field, code, {"PREGNANT", "LACTATING", "LIVER", "RENAL", "CHILD", "ELDERLY"});
}

bool birth_date_fits(const v1::ResidentIdentity& identity, const std::string& birth_date) {
    if (identity.document_kind() != kIdCard) return true;
    const auto number = ident::IdentityNumber::parse(identity.document_number());
    const auto stated = calendar::CivilDate::parse(birth_date);
    // What does not parse is a violation of its own.
    return !number.ok() || !stated.ok() || stated->ymd() == number->birth_date();
}

void check(rpc::Validator& v, const v1::TeamMember& member) {
    v.id("practitioner_id", member.practitioner_id())
        .id("role", member.role())
        .optional_date("from", member.from())
        .optional_date("to", member.to())
        .range("capacity_share_bp", member.capacity_share_bp(), 0, 10000);
}

}  // namespace yilian::directory::rpc_edge
