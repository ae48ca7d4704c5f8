#include "services/cli/import_lists.h"

#include <charconv>
#include <optional>

#include "services/cli/list_files.h"
#include "services/cli/play/lanes.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;

constexpr const char* kSubmit = "yilian.billing.v1.SettlementListService/SubmitSettlementList";
constexpr std::size_t kThreads = 8;

struct Submission {
    v1::SettlementList list;
    ListPlace place;
    std::string folder;
};

struct Place {
    RowPlace row;
    std::string column;
};

// "diagnoses[1].code" is column code of the second diagnosis' row; "total_fen" is one of list.csv.
Place place_of(const Submission& from, std::string_view field) {
    if (field.starts_with("list.")) field.remove_prefix(5);
    const auto bracket = field.find('[');
    for (const ListFile& file : list_files()) {
        if (file.part.empty() || bracket == std::string_view::npos ||
            field.substr(0, bracket) != file.part) {
            continue;
        }
        std::size_t index = 0;
        std::from_chars(field.data() + bracket + 1, field.data() + field.size(), index);
        const auto rows = from.place.parts.find(file.part);
        if (rows == from.place.parts.end() || index >= rows->second.size()) break;
        return {{from.folder + "/" + file.name, rows->second[index]},
                column_of(field, file.columns)};
    }
    return {{from.folder + "/list.csv", from.place.row},
            column_of(field, list_files().front().columns)};
}

void report(ImportRun& run, const Submission& from, std::string_view field,
            const std::string& reason) {
    const Place place = place_of(from, field);
    run.report(place.row, place.column, reason);
}

void take_refusal(ImportRun& run, const Submission& from, const rpc::CallError& error) {
    if (error.reason.empty() || error.code == rpc::Code::kUnavailable ||
        error.code == rpc::Code::kUnauthenticated || error.reason == "AUTH_NOT_ALLOWED") {
        Caller::fail(kSubmit, error);
    }
    run.refuse_row();
    for (const auto& [field, reason] : error.violations) report(run, from, field, reason);
    if (error.violations.empty()) report(run, from, "", error.reason);
}

void take_answer(ImportRun& run, const Submission& from, const v1::Case& answer) {
    if (answer.state() == v1::CASE_STATE_WITHDRAWN) {
        // The same bytes were sent before and taken back: they stay so, the next version counts.
        run.refuse_row();
        return report(run, from, "version", "LIST_WITHDRAWN");
    }
    if (answer.state() != v1::CASE_STATE_REJECTED) return run.accept(1);
    run.refuse_row();
    for (const v1::ListFinding& finding : answer.findings()) {
        if (finding.severity() != v1::FINDING_SEVERITY_REJECT) continue;
        report(run, from, finding.field(), finding.reason());
    }
}

void submit(ImportRun& run, const CallerOf& caller, std::vector<Submission>& submissions) {
    std::vector<std::optional<rpc::CallResult<v1::Case>>> answers(submissions.size());
    std::vector<play::Lane> lanes;
    for (std::size_t i = 0; i < submissions.size(); ++i) {
        Caller& as = caller(submissions[i].list.institution_id());
        lanes.emplace_back([&, i] {
            v1::SubmitSettlementListRequest request;
            request.set_request_id(new_request_id());
            request.set_batch_id(run.batch_id());
            request.set_validate_only(run.dry_run());
            *request.mutable_list() = submissions[i].list;
            answers[i].emplace(as.call<v1::Case>("billing", kSubmit, request));
        });
    }
    play::run_lanes(lanes, kThreads);
    for (std::size_t i = 0; i < submissions.size(); ++i) {
        if (answers[i]->ok()) {
            take_answer(run, submissions[i], answers[i]->value());
        } else {
            take_refusal(run, submissions[i], answers[i]->error());
        }
    }
    submissions.clear();
    run.show_progress();
}

}  // namespace

void import_lists(ImportRun& run, const std::vector<std::string>& folders, const CallerOf& caller) {
    ListReader reader(run.errors());
    std::vector<Submission> submissions;
    for (const std::string& folder : folders) {
        const ListReader::Read read =
            reader.read(folder, [&](v1::SettlementList&& list, ListPlace&& place) {
                submissions.push_back({std::move(list), std::move(place), folder});
                if (submissions.size() == kImportRows) submit(run, caller, submissions);
            });
        run.count_read(read.rows, read.good);
    }
    submit(run, caller, submissions);
}

}  // namespace yilian::cli
