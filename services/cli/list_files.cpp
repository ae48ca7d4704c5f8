#include "services/cli/list_files.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <span>
#include <utility>

#include "services/cli/import_run.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;
using tabular::Cell;
using tabular::Column;
using tabular::Reader;
using tabular::Type;
using List = v1::SettlementList;

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

std::string text(const Cell& cell) { return std::string(cell.text); }
std::int32_t number(const Cell& cell) { return static_cast<std::int32_t>(cell.number); }
bool flag(const Cell& cell) { return !cell.text.empty() && cell.number == 1; }

void set_time(google::protobuf::Timestamp* to, const Cell& cell) {
    to->set_seconds(cell.number / 1000);
    to->set_nanos(static_cast<std::int32_t>(cell.number % 1000) * 1'000'000);
}

// Position in `allowed` -> value; unset for an empty cell.
template <class Enum, std::size_t N>
Enum choice(const Cell& cell, const Enum (&values)[N]) {
    return cell.text.empty() ? Enum{} : values[cell.number];
}

// A column of list.csv and what it fills.
struct ListColumn {
    Column column;
    void (*set)(List&, const Cell&);
};

Column optional_of(std::string name, Type type) {
    return Column::of(std::move(name), type).may_be_absent();
}
Column optional_choice(std::string name, std::vector<std::string> allowed) {
    return Column::one_of(std::move(name), std::move(allowed)).may_be_absent();
}

std::vector<ListColumn> who_columns() {
    return {
        {Column::of("list_id", Type::kId), [](List& l, const Cell& c) { l.set_list_id(text(c)); }},
        {Column::of("version", Type::kInt),
         [](List& l, const Cell& c) { l.set_version(number(c)); }},
        {Column::of("institution_id", Type::kId),
         [](List& l, const Cell& c) { l.set_institution_id(text(c)); }},
        {optional_choice("institution_level", {"L1", "L2", "L3", "L3A", "L3B"}),
         [](List& l, const Cell& c) {
             l.set_institution_level(
                 choice(c, {common::v1::INSTITUTION_LEVEL_L1, common::v1::INSTITUTION_LEVEL_L2,
                            common::v1::INSTITUTION_LEVEL_L3, common::v1::INSTITUTION_LEVEL_L3A,
                            common::v1::INSTITUTION_LEVEL_L3B}));
         }},
        {Column::of("resident_id", Type::kId),
         [](List& l, const Cell& c) { l.set_resident_id(text(c)); }},
        {Column::one_of("insurance", {"EMP", "RES", "OTHER"}),
         [](List& l, const Cell& c) {
             l.set_insurance(choice(c, {common::v1::INSURANCE_EMP, common::v1::INSURANCE_RES,
                                        common::v1::INSURANCE_OTHER}));
         }},
        {Column::of("insured_region", Type::kId),
         [](List& l, const Cell& c) { l.set_insured_region(text(c)); }},
        {Column::one_of("sex", {"0", "1", "2", "9"}),
         [](List& l, const Cell& c) {
             l.set_sex(choice(c, {common::v1::SEX_UNSPECIFIED, common::v1::SEX_MALE,
                                  common::v1::SEX_FEMALE, common::v1::SEX_NOT_STATED}));
         }},
        {Column::of("birth_date", Type::kDate),
         [](List& l, const Cell& c) { l.set_birth_date(text(c)); }},
        {optional_of("age_years", Type::kInt),
         [](List& l, const Cell& c) {
             if (!c.text.empty()) l.set_age_years(number(c));
         }},
        {optional_of("age_days", Type::kInt),
         [](List& l, const Cell& c) {
             if (!c.text.empty()) l.set_age_days(number(c));
         }},
        {optional_of("birth_weight_g", Type::kInt),
         [](List& l, const Cell& c) {
             if (!c.text.empty()) l.set_birth_weight_g(number(c));
         }},
        {optional_of("admission_weight_g", Type::kInt),
         [](List& l, const Cell& c) {
             if (!c.text.empty()) l.set_admission_weight_g(number(c));
         }},
    };
}

std::vector<ListColumn> stay_columns() {
    return {
        {Column::one_of("treatment_type", {"INPATIENT", "DAY", "OUTPATIENT_CHRONIC"}),
         [](List& l, const Cell& c) {
             l.set_treatment_type(choice(c, {v1::TREATMENT_TYPE_INPATIENT, v1::TREATMENT_TYPE_DAY,
                                             v1::TREATMENT_TYPE_OUTPATIENT_CHRONIC}));
         }},
        {optional_choice("admission_way", {"1", "2", "3", "9"}),
         [](List& l, const Cell& c) {
             l.set_admission_way(
                 choice(c, {v1::ADMISSION_WAY_EMERGENCY, v1::ADMISSION_WAY_OUTPATIENT,
                            v1::ADMISSION_WAY_TRANSFER_IN, v1::ADMISSION_WAY_OTHER}));
         }},
        {Column::of("admitted_at", Type::kInstant),
         [](List& l, const Cell& c) { set_time(l.mutable_admitted_at(), c); }},
        {Column::of("discharged_at", Type::kInstant),
         [](List& l, const Cell& c) { set_time(l.mutable_discharged_at(), c); }},
        {Column::of("stay_days", Type::kInt),
         [](List& l, const Cell& c) { l.set_stay_days(number(c)); }},
        {optional_of("admission_dept", Type::kText),
         [](List& l, const Cell& c) { l.set_admission_dept(text(c)); }},
        {optional_of("discharge_dept", Type::kText),
         [](List& l, const Cell& c) { l.set_discharge_dept(text(c)); }},
        {optional_choice("discharge_way", {"1", "2", "3", "4", "5", "9"}),
         [](List& l, const Cell& c) {
             l.set_discharge_way(
                 choice(c, {v1::DISCHARGE_WAY_BY_ORDER, v1::DISCHARGE_WAY_TRANSFER,
                            v1::DISCHARGE_WAY_TO_BASE, v1::DISCHARGE_WAY_AGAINST_ORDER,
                            v1::DISCHARGE_WAY_DEATH, v1::DISCHARGE_WAY_OTHER}));
         }},
        {optional_of("receiving_institution_id", Type::kId),
         [](List& l, const Cell& c) { l.set_receiving_institution_id(text(c)); }},
        {Column::flag("readmission_31d_planned").may_be_absent(),
         [](List& l, const Cell& c) { l.set_readmission_31d_planned(flag(c)); }},
        {optional_of("readmission_reason_code", Type::kId),
         [](List& l, const Cell& c) { l.set_readmission_reason_code(text(c)); }},
        {optional_of("ventilator_minutes", Type::kInt),
         [](List& l, const Cell& c) { l.set_ventilator_minutes(number(c)); }},
        {optional_of("coma_before_minutes", Type::kInt),
         [](List& l, const Cell& c) { l.set_coma_before_minutes(number(c)); }},
        {optional_of("coma_after_minutes", Type::kInt),
         [](List& l, const Cell& c) { l.set_coma_after_minutes(number(c)); }},
        {optional_of("nursing_days_special", Type::kInt),
         [](List& l, const Cell& c) { l.set_nursing_days_special(number(c)); }},
        {optional_of("nursing_days_1", Type::kInt),
         [](List& l, const Cell& c) { l.set_nursing_days_1(number(c)); }},
        {optional_of("nursing_days_2", Type::kInt),
         [](List& l, const Cell& c) { l.set_nursing_days_2(number(c)); }},
        {optional_of("nursing_days_3", Type::kInt),
         [](List& l, const Cell& c) { l.set_nursing_days_3(number(c)); }},
    };
}

std::vector<ListColumn> money_columns() {
    return {
        {optional_of("referral_evidence_id", Type::kId),
         [](List& l, const Cell& c) { l.set_referral_evidence_id(text(c)); }},
        {Column::flag("filed").may_be_absent(),
         [](List& l, const Cell& c) { l.set_filed(flag(c)); }},
        {optional_of("aid_class", Type::kId),
         [](List& l, const Cell& c) { l.set_aid_class(text(c)); }},
        {Column::of("total_fen", Type::kFen),
         [](List& l, const Cell& c) { l.set_total_fen(c.number); }},
        {optional_of("self_paid_fen", Type::kFen),
         [](List& l, const Cell& c) { l.set_self_paid_fen(c.number); }},
        {optional_of("class_b_first_fen", Type::kFen),
         [](List& l, const Cell& c) { l.set_class_b_first_fen(c.number); }},
        {optional_of("over_limit_fen", Type::kFen),
         [](List& l, const Cell& c) { l.set_over_limit_fen(c.number); }},
        {optional_of("account_pay_fen", Type::kFen),
         [](List& l, const Cell& c) { l.set_account_pay_fen(c.number); }},
        {optional_of("cash_pay_fen", Type::kFen),
         [](List& l, const Cell& c) { l.set_cash_pay_fen(c.number); }},
        {Column::of("diagnosis_count", Type::kInt),
         [](List& l, const Cell& c) { l.set_diagnosis_count(number(c)); }},
        {Column::of("procedure_count", Type::kInt),
         [](List& l, const Cell& c) { l.set_procedure_count(number(c)); }},
        {Column::one_of("payment_method", {"DRG", "DIP", "BED_DAY", "ACTUAL", "CAPITATION"}),
         [](List& l, const Cell& c) {
             l.set_payment_method(choice(
                 c, {v1::PAYMENT_METHOD_DRG, v1::PAYMENT_METHOD_DIP, v1::PAYMENT_METHOD_BED_DAY,
                     v1::PAYMENT_METHOD_ACTUAL, v1::PAYMENT_METHOD_CAPITATION}));
         }},
        {optional_choice("bed_day_type", {"000001", "000002", "000003"}),
         [](List& l, const Cell& c) {
             l.set_bed_day_type(choice(c, {v1::BED_DAY_TYPE_ORDINARY, v1::BED_DAY_TYPE_PSYCHIATRIC,
                                           v1::BED_DAY_TYPE_MOTHER_AND_BABY}));
         }},
        {Column::of("dx_code_version", Type::kText),
         [](List& l, const Cell& c) { l.set_dx_code_version(text(c)); }},
        {optional_of("proc_code_version", Type::kText),
         [](List& l, const Cell& c) { l.set_proc_code_version(text(c)); }},
        {optional_of("declared_at", Type::kInstant),
         [](List& l, const Cell& c) {
             if (!c.text.empty()) set_time(l.mutable_declared_at(), c);
         }},
        {optional_of("prescription_id", Type::kId),
         [](List& l, const Cell& c) { l.set_prescription_id(text(c)); }},
    };
}

const std::vector<ListColumn>& list_columns() {
    static const std::vector<ListColumn> all = [] {
        std::vector<ListColumn> out = who_columns();
        for (auto* more : {&stay_columns, &money_columns}) {
            for (ListColumn& column : (*more)()) out.push_back(std::move(column));
        }
        return out;
    }();
    return all;
}

// --- parts: the cells stand in the order of the columns, list_id first ---------------------------

using Cells = std::span<const Cell>;

void add_diagnosis(List& list, Cells c) {
    v1::ListDiagnosis* d = list.add_diagnoses();
    d->set_seq(number(c[1]));
    d->set_kind(choice(c[2], {v1::DIAGNOSIS_KIND_WESTERN, v1::DIAGNOSIS_KIND_TCM_DISEASE,
                              v1::DIAGNOSIS_KIND_TCM_SYNDROME}));
    d->set_code(text(c[3]));
    d->set_present_on_admission(choice(
        c[4], {v1::PRESENT_ON_ADMISSION_YES, v1::PRESENT_ON_ADMISSION_CLINICALLY_UNDETERMINED,
               v1::PRESENT_ON_ADMISSION_UNCLEAR, v1::PRESENT_ON_ADMISSION_NO}));
    d->set_main(flag(c[5]));
}

void add_procedure(List& list, Cells c) {
    v1::ListProcedure* p = list.add_procedures();
    p->set_seq(number(c[1]));
    p->set_code(text(c[2]));
    p->set_type(choice(c[3], {v1::PROCEDURE_TYPE_OPERATION, v1::PROCEDURE_TYPE_THERAPEUTIC,
                              v1::PROCEDURE_TYPE_DIAGNOSTIC, v1::PROCEDURE_TYPE_INTERVENTIONAL}));
    if (!c[4].text.empty()) set_time(p->mutable_performed_at(), c[4]);
    p->set_anaesthesia(text(c[5]));
    p->set_surgeon_id(text(c[6]));
    p->set_cost_fen(c[7].number);
    p->set_main(flag(c[8]));
}

void add_charge(List& list, Cells c) {
    v1::ListCharge* charge = list.add_charges();
    charge->set_class_(text(c[1]));
    charge->set_amount_fen(c[2].number);
    charge->set_class_a_fen(c[3].number);
    charge->set_class_b_fen(c[4].number);
    charge->set_self_paid_fen(c[5].number);
    charge->set_other_fen(c[6].number);
}

void add_fund(List& list, Cells c) {
    v1::ListFund* fund = list.add_funds();
    fund->set_fund(choice(
        c[1], {v1::FUND_KIND_BASIC_POOL, v1::FUND_KIND_SERIOUS, v1::FUND_KIND_AID,
               v1::FUND_KIND_CIVIL_SERVANT, v1::FUND_KIND_LARGE_AMOUNT, v1::FUND_KIND_OTHER}));
    fund->set_amount_fen(c[2].number);
}

void add_icu(List& list, Cells c) {
    v1::ListIcuStay* stay = list.add_icu_stays();
    stay->set_seq(number(c[1]));
    stay->set_ward_type(text(c[2]));
    set_time(stay->mutable_in_at(), c[3]);
    set_time(stay->mutable_out_at(), c[4]);
    stay->set_minutes(number(c[5]));
}

void add_transfusion(List& list, Cells c) {
    v1::Transfusion* transfusion = list.add_transfusions();
    transfusion->set_type(text(c[1]));
    transfusion->set_volume_ml(number(c[2]));
}

using AddPart = void (*)(List&, Cells);

AddPart adder_of(const std::string& part) {
    static const std::map<std::string, AddPart> adders{
        {"diagnoses", add_diagnosis}, {"procedures", add_procedure},
        {"charges", add_charge},      {"funds", add_fund},
        {"icu_stays", add_icu},       {"transfusions", add_transfusion}};
    return adders.at(part);
}

std::vector<Column> columns_of_list() {
    std::vector<Column> columns;
    for (const ListColumn& c : list_columns()) columns.push_back(c.column);
    return columns;
}

std::vector<ListFile> make_files() {
    const Column id = Column::of("list_id", Type::kId);
    const Column seq = Column::of("seq", Type::kInt);
    return {
        {"list.csv", "", true, columns_of_list()},
        {"diagnosis.csv",
         "diagnoses",
         true,
         {id, seq, Column::one_of("kind", {"WESTERN", "TCM_DISEASE", "TCM_SYNDROME"}),
          Column::of("code", Type::kText),
          optional_choice("present_on_admission", {"1", "2", "3", "4"}), Column::flag("main")}},
        {"procedure.csv",
         "procedures",
         false,
         {id, seq, Column::of("code", Type::kText),
          Column::one_of("type", {"OPERATION", "THERAPEUTIC", "DIAGNOSTIC", "INTERVENTIONAL"}),
          optional_of("performed_at", Type::kInstant), optional_of("anaesthesia", Type::kText),
          optional_of("surgeon_id", Type::kId), optional_of("cost_fen", Type::kFen),
          Column::flag("main")}},
        {"charge.csv",
         "charges",
         true,
         {id, Column::of("class", Type::kText), Column::of("amount_fen", Type::kFen),
          optional_of("class_a_fen", Type::kFen), optional_of("class_b_fen", Type::kFen),
          optional_of("self_paid_fen", Type::kFen), optional_of("other_fen", Type::kFen)}},
        {"fund.csv",
         "funds",
         false,
         {id,
          Column::one_of(
              "fund", {"BASIC_POOL", "SERIOUS", "AID", "CIVIL_SERVANT", "LARGE_AMOUNT", "OTHER"}),
          Column::of("amount_fen", Type::kFen)}},
        {"icu.csv",
         "icu_stays",
         false,
         {id, seq, Column::of("ward_type", Type::kText), Column::of("in_at", Type::kInstant),
          Column::of("out_at", Type::kInstant), Column::of("minutes", Type::kInt)}},
        {"transfusion.csv",
         "transfusions",
         false,
         {id, Column::of("type", Type::kText), Column::of("volume_ml", Type::kInt)}},
    };
}

// The same columns with cells of any form, so that a bad row can still be told which list it
// spoils.
std::vector<Column> loose(const std::vector<Column>& columns) {
    std::vector<Column> out = columns;
    for (std::size_t i = 1; i < out.size(); ++i) {
        out[i].type = Type::kText;
        out[i].empty_allowed = true;
    }
    return out;
}

// Checks the cells of the row; bad ones are rejected through the reader.
bool read_cells(Reader& reader, const std::vector<Column>& columns, std::vector<Cell>& cells) {
    cells.assign(columns.size(), Cell());
    bool good = true;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string_view raw = reader.row().text(i);
        if (raw.empty() && columns[i].empty_allowed) continue;
        const auto cell = tabular::read_cell(columns[i], raw);
        if (!cell) {
            reader.reject(i, cell.refusal().reason);
            good = false;
        } else if (columns[i].type == Type::kInt && cell->number > kInt32Max) {
            reader.reject(i, "FIELD_RANGE");
            good = false;
        } else {
            cells[i] = *cell;
        }
    }
    return good;
}

Reader open(const std::string& path, const std::vector<Column>& columns,
            tabular::ErrorReport& errors) {
    auto opened = Reader::open(path, {columns, false}, errors);
    if (!opened) refuse_file(opened.refusal());
    return std::move(opened).value();
}

bool next(Reader& reader) {
    const auto more = reader.next();
    if (!more) refuse_file(more.refusal());
    return *more;
}

}  // namespace

const std::vector<ListFile>& list_files() {
    static const std::vector<ListFile> files = make_files();
    return files;
}

void ListReader::read_parts(const std::string& folder, const ListFile& file) {
    const std::string path = folder + "/" + file.name;
    std::error_code error;
    if (!file.required && !std::filesystem::exists(path, error)) return;
    const AddPart add = adder_of(file.part);
    Reader reader = open(path, loose(file.columns), errors_);
    std::vector<Cell> cells;
    while (next(reader)) {
        Parts& parts = parts_[std::string(reader.row().text(0))];
        if (read_cells(reader, file.columns, cells)) {
            add(parts.list, cells);
            parts.rows[file.part].push_back(reader.row().number());
        } else {
            parts.bad = true;
        }
    }
}

// Parts that no list names: the list was forgotten, or the id is misspelt.
void ListReader::report_orphans(const std::string& folder) {
    for (const auto& [id, parts] : parts_) {
        if (parts.used) continue;
        for (const ListFile& file : list_files()) {
            const auto rows = parts.rows.find(file.part);
            if (rows == parts.rows.end()) continue;
            for (const std::uint64_t row : rows->second) {
                errors_.add(folder + "/" + file.name, row, "list_id", "LIST_NOT_FOUND", id);
            }
        }
    }
}

ListReader::Read ListReader::read(const std::string& folder,
                                  const std::function<void(List&&, ListPlace&&)>& each) {
    parts_.clear();
    for (const ListFile& file : list_files()) {
        if (!file.part.empty()) read_parts(folder, file);
    }
    const std::vector<Column>& columns = list_files().front().columns;
    Reader reader = open(folder + "/list.csv", loose(columns), errors_);
    std::vector<Cell> cells;
    Read out;
    while (next(reader)) {
        Parts& parts = parts_[std::string(reader.row().text(0))];
        if (std::exchange(parts.used, true)) {
            reader.reject(0, "ROW_DUPLICATE_KEY");
            continue;
        }
        if (!read_cells(reader, columns, cells)) continue;
        if (parts.bad) {
            reader.reject(0, "LIST_PART_BAD");
            continue;
        }
        List list = std::move(parts.list);
        for (std::size_t i = 0; i < cells.size(); ++i) list_columns()[i].set(list, cells[i]);
        ++out.good;
        each(std::move(list), {reader.row().number(), std::move(parts.rows)});
    }
    out.rows = reader.rows_read();
    report_orphans(folder);
    return out;
}

}  // namespace yilian::cli
