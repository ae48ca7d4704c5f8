#include "services/directory/store/rows.h"

#include "services/directory/store/queries.h"

namespace yilian::directory::store {
namespace {

using storage::Blob;
using storage::Row;
using storage::Transaction;
using storage::Value;

void expect_saved(std::int64_t rows) {
    if (rows == 0) {
        throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                    "record changed meanwhile");
    }
}

template <class Msg>
Msg parsed(const std::string& bytes) {
    Msg m;
    YILIAN_INVARIANT(m.ParseFromString(bytes), "directory: stored record does not parse");
    return m;
}

std::string opened(const PersonalData& personal, const std::string& wrapped,
                   const std::string& sealed, const std::string& context) {
    const auto key = personal.keys.unwrap(wrapped);
    YILIAN_INVARIANT(key.ok(), "directory: data key cannot be unwrapped");
    auto text = key->open(sealed, context);
    YILIAN_INVARIANT(text.ok(), "directory: personal data cannot be opened");
    return *std::move(text);
}

const char* kResidentStates[] = {"", "ALIVE", "DECEASED", "MERGED"};

v1::ResidentState resident_state(const std::string& name) {
    for (int i = 1; i <= 3; ++i) {
        if (name == kResidentStates[i]) return static_cast<v1::ResidentState>(i);
    }
    return v1::RESIDENT_STATE_UNSPECIFIED;
}

}  // namespace

std::string PersonalData::digest_of(std::string_view document_kind,
                                    std::string_view document_number) const {
    std::string number(document_number);
    if (number.ends_with('x')) number.back() = 'X';
    std::string digest = digests.of(document_kind, number);
    crypto::cleanse(number);
    return digest;
}

std::string join(const std::vector<std::string>& codes) {
    std::string out;
    for (const std::string& code : codes) {
        if (!out.empty()) out += '|';
        out += code;
    }
    return out;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto bar = text.find('|');
        out.emplace_back(text.substr(0, bar));
        text = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
    }
    return out;
}

Stored<v1::Institution> institution_of(const Row& row) {
    return {parsed<v1::Institution>(row.bytes(0)), row.text(1), row.i64(2)};
}

std::optional<Stored<v1::Institution>> institution(Transaction& tx, std::string_view id) {
    const auto row = tx.select_one(kInstitution, id);
    if (!row) return std::nullopt;
    return institution_of(*row);
}

void save(Transaction& tx, Stored<v1::Institution>& stored) {
    const v1::Institution& i = stored.record;
    const Blob bytes{i.SerializeAsString()};
    stored.changes += 1;
    expect_saved(tx.run(kSaveInstitution, i.institution_id(), i.parent_institution_id(), bytes,
                        stored.batch_id, stored.changes));
    tx.post(kSaveInstitutionVersion, i.institution_id(), i.effective_on(), bytes);
}

std::optional<v1::Institution> institution_on(Transaction& tx, std::string_view id,
                                              std::string_view day) {
    const auto row = tx.select_one(kInstitutionOn, id, day);
    if (!row) return std::nullopt;
    return parsed<v1::Institution>(row->bytes(0));
}

Stored<v1::Team> team_of(const Row& row) {
    return {parsed<v1::Team>(row.bytes(0)), row.text(1), row.i64(2)};
}

std::optional<Stored<v1::Team>> team(Transaction& tx, std::string_view id) {
    const auto row = tx.select_one(kTeam, id);
    if (!row) return std::nullopt;
    return team_of(*row);
}

void save(Transaction& tx, Stored<v1::Team>& stored) {
    const v1::Team& team = stored.record;
    stored.changes += 1;
    expect_saved(tx.run(kSaveTeam, team.team_id(), team.institution_id(),
                        Blob{team.SerializeAsString()}, stored.batch_id, stored.changes));
    tx.post(kClearMembers, team.team_id());
    for (const v1::TeamMember& m : team.members()) {
        if (!m.to().empty()) continue;
        tx.post(kAddMember, team.team_id(), m.practitioner_id(), m.role(),
                std::int64_t{m.capacity_share_bp()});
    }
}

bool member_on(const v1::TeamMember& member, std::string_view day) {
    return (member.from().empty() || member.from() <= day) &&
           (member.to().empty() || day <= member.to());
}

v1::Membership membership_of(const Row& row) {
    v1::Membership m;
    m.set_consortium_id(row.text(0));
    m.set_institution_id(row.text(1));
    m.set_role(row.text(2) == "LEAD" ? v1::MEMBERSHIP_ROLE_LEAD : v1::MEMBERSHIP_ROLE_MEMBER);
    m.set_from(row.text(3));
    m.set_to(row.text(4));
    return m;
}

std::vector<v1::Membership> memberships(Transaction& tx, std::string_view consortium_id,
                                        std::string_view institution_id, std::string_view after,
                                        std::int64_t limit) {
    std::vector<v1::Membership> out;
    for (const Row& row : tx.select(kMemberships, consortium_id, institution_id, after, limit)) {
        out.push_back(membership_of(row));
    }
    return out;
}

void save(Transaction& tx, const v1::Membership& m, std::string_view batch_id) {
    tx.run(kSaveMembership, m.consortium_id(), m.institution_id(),
           m.role() == v1::MEMBERSHIP_ROLE_LEAD ? "LEAD" : "MEMBER", m.from(), m.to(), batch_id);
}

Stored<v1::Practitioner> practitioner_of(const Row& row, const PersonalData& personal) {
    Stored<v1::Practitioner> stored{parsed<v1::Practitioner>(row.bytes(0)), row.text(3),
                                    row.i64(4)};
    stored.record.set_name(opened(personal, row.bytes(1), row.bytes(2),
                                  "practitioner/" + stored.record.practitioner_id() + "/name"));
    return stored;
}

std::optional<Stored<v1::Practitioner>> practitioner(Transaction& tx, const PersonalData& personal,
                                                     std::string_view id) {
    const auto row = tx.select_one(kPractitioner, id);
    if (!row) return std::nullopt;
    return practitioner_of(*row, personal);
}

void save(Transaction& tx, const PersonalData& personal, Stored<v1::Practitioner>& stored) {
    const auto wrapped = personal.keys.new_data_key();
    const std::string& id = stored.record.practitioner_id();
    const std::string sealed =
        wrapped.key.seal(stored.record.name(), "practitioner/" + id + "/name");
    v1::Practitioner plain = stored.record;
    plain.clear_name();
    stored.changes += 1;
    expect_saved(tx.run(kSavePractitioner, id, Blob{plain.SerializeAsString()}, Blob{wrapped.bytes},
                        Blob{sealed}, stored.batch_id, stored.changes));
    tx.post(kClearSites, id);
    for (const std::string& site : plain.institution_ids()) tx.post(kAddSite, site, id);
}

std::optional<Stored<v1::Resident>> resident(Transaction& tx, std::string_view id) {
    const auto row = tx.select_one(kResident, id);
    if (!row) return std::nullopt;
    Stored<v1::Resident> stored;
    v1::Resident& r = stored.record;
    r.set_resident_id(row->text(0));
    r.set_state(resident_state(row->text(1)));
    r.set_sex(static_cast<common::v1::Sex>(row->i64(2)));
    r.set_birth_date(row->text(3));
    r.set_insurance(static_cast<common::v1::Insurance>(row->i64(4)));
    r.set_insured_region(row->text(5));
    r.set_home_institution_id(row->text(6));
    r.set_grid_unit_code(row->text(7));
    r.set_aid_class(row->text(8));
    r.set_deceased_on(row->text(9));
    r.set_moved_outside(row->flag(10));
    r.set_effective_on(row->text(11));
    stored.batch_id = row->text(12);
    stored.changes = row->i64(13);
    for (const Row& code : tx.select(kHealthCodes, id)) {
        v1::HealthCode* c = r.add_health_codes();
        c->set_kind(code.text(0) == "ALLERGY" ? v1::HEALTH_CODE_KIND_ALLERGY
                                              : v1::HEALTH_CODE_KIND_SPECIAL_GROUP);
        c->set_code(code.text(1));
        c->set_from(code.text(2));
        c->set_to(code.text(3));
        c->set_recorded_by(code.text(4));
        c->set_recorded_on(code.text(5));
    }
    return stored;
}

void save(Transaction& tx, Stored<v1::Resident>& stored) {
    const v1::Resident& r = stored.record;
    stored.changes += 1;
    expect_saved(tx.run(kSaveResident, r.resident_id(), kResidentStates[r.state()],
                        std::int64_t{r.sex()}, r.birth_date(), std::int64_t{r.insurance()},
                        r.insured_region(), r.home_institution_id(), r.grid_unit_code(),
                        r.aid_class(), r.deceased_on(), r.moved_outside(), r.effective_on(),
                        stored.batch_id, stored.changes));
}

void save_health_code(Transaction& tx, std::string_view resident_id, const v1::HealthCode& code) {
    tx.run(kSaveHealthCode, resident_id,
           code.kind() == v1::HEALTH_CODE_KIND_ALLERGY ? "ALLERGY" : "SPECIAL_GROUP", code.code(),
           code.from(), code.to(), code.recorded_by(), code.recorded_on());
}

std::optional<std::string> resident_of_document(Transaction& tx, const PersonalData& personal,
                                                std::string_view document_kind,
                                                std::string_view document_number) {
    const auto row = tx.select_one(kIdentityByDigest, document_kind,
                                   personal.digest_of(document_kind, document_number));
    if (!row) return std::nullopt;
    return row->text(0);
}

void save_identity(Transaction& tx, const PersonalData& personal, std::string_view resident_id,
                   const v1::ResidentIdentity& identity) {
    const auto wrapped = personal.keys.new_data_key();
    std::string plain = identity.SerializeAsString();
    const std::string sealed =
        wrapped.key.seal(plain, "resident/" + std::string(resident_id) + "/identity");
    crypto::cleanse(plain);
    tx.run(kSaveIdentity, resident_id, identity.document_kind(),
           personal.digest_of(identity.document_kind(), identity.document_number()),
           Blob{wrapped.bytes}, Blob{sealed});
}

domain::Contract contract_of(const Row& row) {
    domain::Contract c;
    c.contract_id = row.text(0);
    c.number = row.text(1);
    c.resident_id = row.text(2);
    c.team_id = row.text(3);
    c.institution_id = row.text(4);
    c.family_doctor_id = row.text(5);
    c.party = row.text(6);
    c.package_ids = split(row.text(7));
    c.key_groups = split(row.text(8));
    c.state = *domain::kContractLifecycle.state_named(row.text(9));
    c.offered_at = row.instant(10);
    c.signed_at = row.opt_instant(11);
    c.valid_from = *domain::CivilDate::parse(row.text(12));
    c.valid_to = *domain::CivilDate::parse(row.text(13));
    c.signature_method = row.text(14);
    c.signature_document_id = row.text(15);
    c.previous_contract_id = row.text(16);
    c.end_reason = row.text(17);
    c.fee_fen = row.i64(18);
    c.payer_split = row.bytes(19);
    c.changes = row.i64(20);
    return c;
}

std::optional<domain::Contract> contract(Transaction& tx, std::string_view id) {
    const auto row = tx.select_one(kContract, id);
    if (!row) return std::nullopt;
    return contract_of(*row);
}

std::vector<domain::Contract> contracts_of(Transaction& tx, std::string_view resident_id) {
    std::vector<domain::Contract> out;
    for (const Row& row : tx.select(kContractsOfResident, resident_id)) {
        out.push_back(contract_of(row));
    }
    return out;
}

void save(Transaction& tx, const domain::Contract& c) {
    expect_saved(tx.run(kSaveContract, c.contract_id, c.number, c.resident_id, c.team_id,
                        c.institution_id, c.family_doctor_id, c.party, join(c.package_ids),
                        join(c.key_groups), domain::kContractLifecycle.name(c.state), c.offered_at,
                        c.signed_at ? Value(*c.signed_at) : Value(), c.valid_from.text(),
                        c.valid_to.text(), c.signature_method, c.signature_document_id,
                        c.previous_contract_id, c.end_reason, c.fee_fen, Blob{c.payer_split},
                        c.changes));
}

}  // namespace yilian::directory::store
