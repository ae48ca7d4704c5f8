#include "libs/runtime/policy_packs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "libs/outbox/consumer.h"
#include "libs/rpc/client.h"
#include "libs/runtime/queries.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/directory/v1/policy_service.pb.h"

namespace yilian::runtime {
namespace {

namespace dir = directory::v1;

constexpr std::chrono::milliseconds kLookEvery{500};
constexpr std::chrono::milliseconds kAnswerWithin{5000};
constexpr std::chrono::milliseconds kPauseMax{60'000};

using Identity = PolicyPacks::Identity;

Identity identity_of(const policy::Pack& pack) {
    return {pack.id(), pack.version(), pack.digest()};
}

std::set<Identity> identities(const policy::PackSet& set) {
    std::set<Identity> out;
    for (const policy::PackSet::Entry& entry : set.entries()) out.insert(identity_of(*entry.pack));
    return out;
}

std::vector<policy::PackText> texts_of(const policy::PackSet& set) {
    std::vector<policy::PackText> out;
    for (const policy::Document& d : set.documents()) out.push_back({d.file, d.text});
    return out;
}

bool in_use(const policy::PackSet& set, std::string_view region, std::int64_t version) {
    return std::ranges::any_of(set.documents(), [&](const policy::Document& d) {
        return d.region == region && d.version == version;
    });
}

bool has_text(const policy::PackSet& set, const std::string& text) {
    return std::ranges::any_of(set.documents(),
                               [&](const policy::Document& d) { return d.text == text; });
}

struct AnnouncedPack {
    Identity identity;
    std::string district;
};

std::vector<AnnouncedPack> not_held(storage::Transaction& tx, const policy::PackSet& set) {
    const std::set<Identity> held = identities(set);
    std::vector<AnnouncedPack> out;
    for (const storage::Row& row : tx.select(queries::kAnnouncedPacks)) {
        AnnouncedPack pack{{row.text(0), static_cast<std::int32_t>(row.i64(1)), row.text(2)},
                           row.text(3)};
        if (!held.contains(pack.identity)) out.push_back(std::move(pack));
    }
    return out;
}

struct Kept {
    std::string region;
    std::int64_t version;
    std::string text;
};

std::vector<Kept> kept_documents(storage::Store& store) {
    std::vector<Kept> out;
    const absl::Status read = store.read([&](storage::Transaction& tx) {
        out.clear();
        for (const storage::Row& row : tx.select(queries::kKeptDocuments)) {
            out.push_back({row.text(0), row.i64(1), row.bytes(2)});
        }
    });
    if (!read.ok()) out.clear();
    return out;
}

policy::PackText text_of(const Kept& kept) {
    return {fmt::format("published {}/{}", kept.region, kept.version), kept.text};
}

}  // namespace

absl::Status PolicyPacks::load(const std::string& folder) {
    const std::lock_guard lock(changing_);
    policy::LoadReport report = policy::load_directory(folder);
    if (!report.problems.empty()) {
        return absl::InvalidArgumentError(policy::text_of(report.problems));
    }
    std::vector<policy::PackText> texts = texts_of(*report.packs);
    const std::size_t own = texts.size();
    for (const Kept& kept : kept_documents(store_)) {
        if (!has_text(*report.packs, kept.text)) texts.push_back(text_of(kept));
    }
    if (texts.size() > own) {
        report = policy::load_packs(texts);
        if (!report.problems.empty()) {
            return absl::InvalidArgumentError(policy::text_of(report.problems));
        }
    }
    for (const policy::Problem& warning : report.warnings) {
        log_.warning("policy pack", {.code = warning.text()});
    }
    policies_.publish(std::move(report.packs));
    return absl::OkStatus();
}

PolicyPacks::Candidate PolicyPacks::with(const std::vector<policy::PackText>& texts) const {
    const auto current = policies_.current();
    std::vector<policy::PackText> all = texts_of(*current);
    for (const policy::PackText& text : texts) {
        if (!has_text(*current, text.text)) all.push_back(text);
    }
    policy::LoadReport report = policy::load_packs(all);
    Candidate out{std::move(report.packs), {}, {}, std::move(report.problems)};
    if (out.set == nullptr) return out;
    for (const policy::Document& document : out.set->documents()) {
        if (!in_use(*current, document.region, document.version)) {
            out.documents.push_back(document);
        }
    }
    std::set<Identity> known = identities(*current);
    for (const policy::PackSet::Entry& entry : out.set->entries()) {
        if (known.insert(identity_of(*entry.pack)).second) out.packs.push_back(entry.pack);
    }
    return out;
}

void PolicyPacks::keep(storage::Transaction& tx, const Candidate& candidate) {
    for (const policy::Document& document : candidate.documents) {
        tx.run(queries::kKeepDocument, document.region, std::int64_t{document.version},
               storage::Blob{document.text});
    }
}

void PolicyPacks::adopt(const std::vector<policy::PackText>& texts) {
    const std::lock_guard lock(changing_);
    Candidate candidate = with(texts);
    if (candidate.set != nullptr && !candidate.documents.empty()) {
        policies_.publish(std::move(candidate.set));
    }
}

void PolicyPacks::start(rpc::Client* directory) {
    directory_ = directory;
    background_.start(kLookEvery, [this] { look(); });
}

void PolicyPacks::look() {
    take_kept();
    if (directory_ == nullptr || std::chrono::steady_clock::now() < next_question_) return;
    std::vector<AnnouncedPack> missing;
    const absl::Status read = store_.read(
        [&](storage::Transaction& tx) { missing = not_held(tx, *policies_.current()); });
    if (!read.ok()) return;
    for (const AnnouncedPack& pack : missing) fetch(pack.identity, pack.district);
}

// What this or another instance of the service has kept and does not use yet.
void PolicyPacks::take_kept() {
    bool missing = false;
    const absl::Status read = store_.read([&](storage::Transaction& tx) {
        missing = false;
        for (const storage::Row& row : tx.select(queries::kKeptVersions)) {
            missing = missing || !in_use(*policies_.current(), row.text(0), row.i64(1));
        }
    });
    if (!read.ok() || !missing) return;
    std::vector<policy::PackText> texts;
    for (const Kept& kept : kept_documents(store_)) texts.push_back(text_of(kept));
    adopt(texts);
}

void PolicyPacks::fetch(const Identity& wanted, const std::string& district) {
    const auto& [pack_id, version, digest] = wanted;
    const auto failed = [&](std::string_view why) {
        pause_ = std::clamp(pause_ * 2, kLookEvery, kPauseMax);
        next_question_ = std::chrono::steady_clock::now() + pause_;
        const std::string code =
            fmt::format("{}/{}: {}", std::get<0>(wanted), std::get<1>(wanted), why);
        log_.warning("announced policy pack is not held", {.code = code});
    };
    dir::GetPolicyPackRequest request;
    request.set_district_code(district);
    request.set_pack_id(pack_id);
    request.set_pack_version(version);
    request.set_digest(digest);
    request.set_with_documents(true);
    const auto answer = directory_->call<dir::PolicyPack>(
        "yilian.directory.v1.PolicyService/GetPolicyPack", request, {.timeout = kAnswerWithin});
    if (!answer.ok()) return failed(answer.error().reason);
    std::vector<policy::PackText> texts;
    for (const auto& document : answer.value().documents()) {
        texts.push_back({document.path(), document.content()});
    }
    const Candidate candidate = with(texts);
    if (candidate.set == nullptr) return failed(candidate.problems.front().reason.code());
    if (!identities(*candidate.set).contains(wanted)) return failed("POLICY_DIGEST");
    const absl::Status kept =
        store_.run({"policy_documents"}, [&](storage::Transaction& tx) { keep(tx, candidate); });
    if (!kept.ok()) return failed("DEPENDENCY_UNAVAILABLE");
    pause_ = std::chrono::milliseconds(0);
    adopt(texts);
}

void follow_policy_packs(Wiring& wiring) {
    wiring.on_event<dir::PolicyPackPublished>([](outbox::ConsumeContext& c, const auto& m) {
        c.tx.run(queries::kSaveAnnounced, m.pack_id(), std::int64_t{m.pack_version()}, m.digest(),
                 m.district_code(), m.valid_from(), m.valid_to());
        c.effect("announced_pack",
                 fmt::format("{}/{}/{}", m.pack_id(), m.pack_version(), m.digest()));
    });
    wiring.projection(
        {"policy_packs",
         {outbox::ProjectionTable::of("announced_packs", "pack_id, pack_version, digest")},
         {"yilian.directory.policy_pack.published.v1"}});
    const policy::PolicyStore& policies = wiring.policies;
    wiring.check(
        {"RUN-C07", "Every announced policy pack is held.", [&policies](storage::Transaction& tx) {
             std::vector<std::string> out;
             for (const AnnouncedPack& pack : not_held(tx, *policies.current())) {
                 const auto& [id, version, digest] = pack.identity;
                 out.push_back(fmt::format("{}/{}", id, version));
             }
             return out;
         }});
}

}  // namespace yilian::runtime
