#include "services/cli/play/import_district.h"

#include <algorithm>
#include <string_view>

#include "fmt/format.h"
#include "services/cli/play/import_parts.h"
#include "services/cli/play/lanes.h"

namespace yilian::cli::play {
namespace {

namespace dir = directory::v1;
namespace reg = registries::v1;

constexpr std::size_t kRows = 500;

// The row of an operator's file; of a synthetic district the place in its register.
std::uint64_t number_of(const Registers& registers, const std::string& name, std::size_t index) {
    const auto found = registers.numbers.find(name);
    return found == registers.numbers.end() ? index : found->second[index];
}

// Sends the rows in batches. A refused row is a failure of the play.
template <class Req, class Row>
void import_rows(Stage& stage, const std::string& service, const std::string& method,
                 const std::string& name, const Registers& registers, const std::vector<Row>& rows,
                 std::size_t threads) {
    std::vector<Lane> lanes;
    for (std::size_t first = 0; first < rows.size(); first += kRows) {
        lanes.emplace_back([&, first] {
            Req request;
            request.set_batch_id(name);
            for (std::size_t i = first; i < std::min(first + kRows, rows.size()); ++i) {
                *request.add_rows() = rows[i];
            }
            const Command command{service, method, registrar(stage),
                                  fmt::format("import/{}/{}", name, first)};
            const auto report = stage.command<common::v1::ImportReport>(command, request);
            if (!report) return;
            for (const auto& refusal : report->refusals()) {
                const auto at = first + static_cast<std::size_t>(refusal.row_index());
                stage.fail(command,
                           fmt::format("{}.csv,{},{},{}", name, number_of(registers, name, at),
                                       refusal.field(), refusal.reason()));
            }
        });
    }
    run_lanes(lanes, threads);
}

std::string directory_method(const char* name) {
    return std::string("yilian.directory.v1.ImportService/") + name;
}

void import_directory(Stage& stage, const Registers& r, std::size_t threads) {
    // Parents stand before their children; one lane keeps it so.
    import_rows<dir::BatchImportInstitutionsRequest>(stage, "directory",
                                                     directory_method("BatchImportInstitutions"),
                                                     "institutions", r, r.institutions, 1);
    import_rows<dir::BatchImportMembershipsRequest>(stage, "directory",
                                                    directory_method("BatchImportMemberships"),
                                                    "memberships", r, r.memberships, 1);
    import_rows<dir::BatchImportPractitionersRequest>(stage, "directory",
                                                      directory_method("BatchImportPractitioners"),
                                                      "practitioners", r, r.practitioners, threads);
    import_rows<dir::BatchImportTeamsRequest>(
        stage, "directory", directory_method("BatchImportTeams"), "teams", r, r.teams, threads);
    import_rows<dir::BatchImportResidentsRequest>(stage, "directory",
                                                  directory_method("BatchImportResidents"),
                                                  "residents", r, r.residents, threads);
}

// Who is known to have a disease before the first day; the others are confirmed on their day.
Registers known_before(const Registers& all, const std::string& day) {
    Registers known;
    for (std::size_t i = 0; i < all.enrolments.size(); ++i) {
        if (std::string_view(all.enrolments[i].confirmed_on()) >= day) continue;
        known.enrolments.push_back(all.enrolments[i]);
        known.numbers["enrolments"].push_back(number_of(all, "enrolments", i));
    }
    return known;
}

}  // namespace

Actor registrar(const Stage& stage) {
    return {"HC-" + stage.district.options.district, "registrar", Duty::kRegistrar};
}

void import_district(Stage& stage, Pipeline& pipeline, const policy::Pack& pack,
                     const Registers& registers, std::size_t threads) {
    if (stage.plays("directory")) import_directory(stage, registers, threads);
    pipeline.wait_until_quiet();
    if (stage.plays("registries")) {
        const Registers known = known_before(registers, stage.today());
        import_rows<reg::ImportEnrolmentsRequest>(
            stage, "registries", "yilian.registries.v1.RegistryService/ImportEnrolments",
            "enrolments", known, known.enrolments, threads);
    }
    if (stage.plays("referrals")) publish_places(stage, threads);
    if (stage.plays("prescriptions")) import_drugs(stage);
    if (stage.plays("billing")) create_pools(stage, pack);
    pipeline.wait_until_quiet();
}

}  // namespace yilian::cli::play
