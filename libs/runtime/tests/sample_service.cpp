#include "libs/runtime/tests/sample_service.h"

#include <thread>

#include "libs/events/event.h"
#include "libs/rpc/validate.h"
#include "libs/timers/timers.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/directory/v1/institution_service.pb.h"

namespace yilian::runtime::sample {
namespace {

namespace v1 = directory::v1;

constexpr EmbeddedFile kMigrations[] = {
    {"0001_sample.sql",
     "CREATE TABLE sample_institutions (id TEXT PRIMARY KEY, name TEXT NOT NULL, changes BIGINT "
     "NOT "
     "NULL);\n"
     "CREATE TABLE sample_copies (id TEXT PRIMARY KEY, class TEXT NOT NULL);\n"}};

constexpr storage::Query kInsert{"sample.insert",
                                 "INSERT INTO sample_institutions (id, name, changes) "
                                 "VALUES ($1, $2, 1)"};
constexpr storage::Query kFind{"sample.find",
                               "SELECT name, changes FROM sample_institutions WHERE id = $1"};
constexpr storage::Query kList{"sample.list",
                               "SELECT id, name, changes FROM sample_institutions WHERE id > $1 "
                               "ORDER BY id LIMIT $2"};
constexpr storage::Query kCount{"sample.count", "SELECT COUNT(*) FROM sample_institutions"};
constexpr storage::Query kNameless{"sample.nameless",
                                   "SELECT id FROM sample_institutions WHERE name = ''"};
constexpr storage::Query kRename{"sample.rename",
                                 "UPDATE sample_institutions SET name = $2, changes = changes + 1 "
                                 "WHERE id = $1"};
constexpr storage::Query kCopy{"sample.copy",
                               "INSERT INTO sample_copies (id, class) VALUES ($1, $2) "
                               "ON CONFLICT (id) DO UPDATE SET class = excluded.class"};

v1::Institution institution(const std::string& id, const std::string& name, std::int64_t changes) {
    v1::Institution out;
    out.set_institution_id(id);
    out.set_name(name);
    out.set_etag(make_etag(changes));
    return out;
}

class Sample {
  public:
    Sample(Wiring& wiring, Probe& probe) : probe_(probe), district_(wiring.config.district) {
        wiring.binder.command<v1::RegisterInstitutionRequest, v1::Institution>(
            "yilian.directory.v1.InstitutionService/RegisterInstitution",
            {.validate =
                 [](const auto& r) {
                     return rpc::Validator()
                         .id("institution.institution_id", r.institution().institution_id())
                         .text("institution.name", r.institution().name(), 1, 20)
                         .date("institution.effective_on", r.institution().effective_on())
                         .done();
                 },
             .lock_keys =
                 [](const auto& r) {
                     return std::vector<std::string>{"institution/" +
                                                     r.institution().institution_id()};
                 },
             .run = [this](CommandContext& c, const auto& r) { return add(c, r.institution()); },
             .reveal =
                 [](const rpc::Caller&, const auto& r, v1::Institution& answer) {
                     // Stands for a secret: made of the request, never kept.
                     if (r.institution().district_code() == "secret") {
                         answer.set_parent_institution_id("revealed " + r.request_id());
                     }
                 }});
        wiring.binder.command<v1::ChangeInstitutionRequest, v1::Institution>(
            "yilian.directory.v1.InstitutionService/ChangeInstitution",
            {.lock_keys =
                 [](const auto& r) {
                     return std::vector<std::string>{"institution/" +
                                                     r.institution().institution_id()};
                 },
             .run = [](CommandContext& c, const auto& r) { return change(c, r); },
             .prepare =
                 [](const rpc::Caller&, const auto& r, Deadline, const Prepared& then) {
                     if (r.institution().name() == "away") {
                         then(Refusal{"DEPENDENCY_UNAVAILABLE", {}});
                     } else {
                         then(std::any(r.institution().name() + "!"));
                     }
                 }});
        bind_reading(wiring.binder);
        register_work(wiring);
    }

  private:
    static void bind_reading(Binder& binder) {
        binder.query<v1::GetInstitutionRequest, v1::Institution>(
            "yilian.directory.v1.InstitutionService/GetInstitution",
            {.run = [](QueryContext& c, const auto& r) { return get(c, r.institution_id()); },
             .prepare =
                 [](const rpc::Caller&, const auto& r, Deadline, const Prepared& then) {
                     if (r.institution_id() == "AWAY") {
                         then(Refusal{"DEPENDENCY_UNAVAILABLE", {}});
                     } else {
                         then(std::any(std::string("prepared")));
                     }
                 }});
        binder.query<v1::ListInstitutionsRequest, v1::ListInstitutionsResponse>(
            "yilian.directory.v1.InstitutionService/ListInstitutions",
            {.run = [](QueryContext& c, const auto& r) { return list(c, r); }});
    }

    void register_work(Wiring& wiring) {
        wiring.on_timer(
            "sample.review",
            [](const timers::Timer& t) {
                return std::vector<std::string>{"institution/" + t.key.aggregate_id};
            },
            [](TimerContext& c) {
                c.tx.run(kRename, c.timer.key.aggregate_id, "reviewed " + c.timer.payload);
            });
        wiring.on_event<v1::InstitutionRegistered>(
            [this](outbox::ConsumeContext& c, const v1::InstitutionRegistered& event) {
                c.tx.run(kCopy, event.institution_id(), event.class_());
                c.effect("sample.copied", event.institution_id());
                ++probe_.consumed;
            });
        wiring.projection({"copies",
                           {outbox::ProjectionTable::of("sample_copies", "id")},
                           {"yilian.directory.institution.registered.v1"}});
        wiring.check({"SAM-C01", "Every institution has a name.", [](storage::Transaction& tx) {
                          std::vector<std::string> out;
                          for (const auto& row : tx.select(kNameless)) out.push_back(row.text(0));
                          return out;
                      }});
        wiring.counts([](storage::Transaction& tx) {
            return Counts{{"institutions", tx.select_one(kCount)->i64(0)}};
        });
    }

    Outcome<v1::Institution> add(CommandContext& c, const v1::Institution& asked) {
        ++probe_.runs;
        std::this_thread::sleep_for(std::chrono::milliseconds(probe_.hold_ms));
        c.audit("institution/" + asked.institution_id());
        if (c.tx.select_one(kFind, asked.institution_id())) {
            if (asked.class_() == "reported") c.report(changed(c, asked));
            return Refusal{"INSTITUTION_EXISTS", {{"institution_id", asked.institution_id()}}};
        }
        if (probe_.write_then_refuse) {
            c.tx.run(kInsert, asked.institution_id(), asked.name());
            return Refusal{"STATE_TRANSITION_NOT_ALLOWED", {}};
        }
        c.tx.run(kInsert, asked.institution_id(), asked.name());
        v1::InstitutionRegistered event;
        event.mutable_context()->set_district_code(district_);
        event.mutable_context()->set_actor_kind(std::string(actor_kind(c.caller)));
        event.mutable_context()->set_institution_id(c.caller.institution_id);
        event.set_institution_id(asked.institution_id());
        event.set_class_(asked.class_());
        event.set_effective_on(asked.effective_on());
        c.append(events::make_event(asked.institution_id(), event));
        if (asked.name() == "timed") {
            timers::schedule(c.tx, {"sample.review", asked.institution_id()},
                             c.now + std::chrono::hours(24), "on time");
        }
        return institution(asked.institution_id(), asked.name(), 1);
    }

    [[nodiscard]] events::EventDraft changed(const CommandContext& c,
                                             const v1::Institution& asked) const {
        v1::InstitutionChanged event;
        event.mutable_context()->set_district_code(district_);
        event.mutable_context()->set_actor_kind(std::string(actor_kind(c.caller)));
        event.set_institution_id(asked.institution_id());
        return events::make_event(event);
    }

    static Outcome<v1::Institution> change(CommandContext& c,
                                           const v1::ChangeInstitutionRequest& request) {
        const std::string& id = request.institution().institution_id();
        const auto row = c.tx.select_one(kFind, id);
        if (!row) return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", id}}};
        if (auto refusal = check_etag(request.etag(), row->i64(1))) return *std::move(refusal);
        const auto& name = std::any_cast<const std::string&>(c.prepared);
        c.tx.run(kRename, id, name);
        return institution(id, name, row->i64(1) + 1);
    }

    static Outcome<v1::Institution> get(QueryContext& c, const std::string& id) {
        const auto row = c.tx.select_one(kFind, id);
        if (!row) return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", id}}};
        // The sample treats an institution as if it were a resident, to have something to audit.
        if (id.starts_with("RES")) c.access({id, "TREATMENT", "institution/" + id, false});
        v1::Institution out = institution(id, row->text(0), row->i64(1));
        out.set_class_(std::any_cast<const std::string&>(c.prepared));
        return out;
    }

    static Outcome<v1::ListInstitutionsResponse> list(QueryContext& c,
                                                      const v1::ListInstitutionsRequest& request) {
        const auto page = c.page(request, 2, 3);
        if (!page.ok()) return page.refusal();
        v1::ListInstitutionsResponse out;
        auto rows = c.tx.select(kList, page->position, page->size + 1);
        const bool more = rows.size() > static_cast<std::size_t>(page->size);
        if (more) rows.pop_back();
        for (const auto& row : rows) {
            *out.add_institutions() = institution(row.text(0), row.text(1), row.i64(2));
        }
        if (more) out.set_next_page_token(c.next_page_token(request, rows.back().text(0)));
        return out;
    }

    Probe& probe_;
    const std::string district_;
};

}  // namespace

ServiceDefinition definition(Probe& probe) {
    return {.name = "directory",
            .migrations = {{"sample", kMigrations}},
            .wire = [&probe](Wiring& wiring) -> std::shared_ptr<void> {
                return std::make_shared<Sample>(wiring, probe);
            }};
}

}  // namespace yilian::runtime::sample
