#include "services/directory/rpc/checks.h"

#include "libs/ident/person.h"

namespace yilian::directory::rpc_edge {

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

void check(rpc::Validator& v, const v1::ResidentIdentity& identity) {
    v.id("document_kind", identity.document_kind())
        .text("document_number", identity.document_number(), 1, 40)
        .text("name", identity.name(), 1, 60)
        .text("phone", identity.phone(), 0, 20)
        .text("address", identity.address(), 0, 200);
    if (identity.document_kind() == "id_document" && !identity.document_number().empty()) {
        v.expect(ident::IdentityNumber::parse(identity.document_number()).ok(), "document_number",
                 "FIELD_FORMAT");
    }
}

void check(rpc::Validator& v, const v1::TeamMember& member) {
    v.id("practitioner_id", member.practitioner_id())
        .id("role", member.role())
        .optional_date("from", member.from())
        .optional_date("to", member.to())
        .range("capacity_share_bp", member.capacity_share_bp(), 0, 100000);
}

}  // namespace yilian::directory::rpc_edge
