#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/calendar/civil_date.h"
#include "services/billing/domain/benefit.h"
#include "services/billing/domain/settlement.h"

// The month of an institution: what it is worth, and the statement that says so (billing.md 7.3 and
// 11.2). Pure; statement bytes depend on these values alone, not on their order.
namespace yilian::billing {

// A case of the run's input.
struct SettledCase {
    std::string institution_id;  // that treated; the party is the payee
    std::string list_id;
    std::int64_t version = 1;
    std::string pool_id;
    std::string method;  // DRG, DIP, BED_DAY, CAPITATION, ACTUAL
    std::string admission_date;
    std::string discharge_date;
    std::string group_status;  // "" where the method groups nothing
    std::string group_code;
    std::string rules_version;
    std::string rules_digest;
    Points base;
    Rate d;
    Rate k;
    Rate aux;
    Points points;
    std::string deviation;
    std::vector<std::string> flags;  // sorted
    Fen total;
    Fen in_policy;
    Fen deductible;
    std::string waiver;
    Fen basic;
    Fen serious;
    Fen aid;
    Fen personal;

    [[nodiscard]] Fen fund_part() const { return basic + serious + aid; }
};

// A benefit that changed after its case had gone into an earlier run.
struct SettledCorrection {
    std::string institution_id;
    std::string list_id;
    std::string pool_id;
    std::string refers_to;  // run that stated the case first
    Fen basic;
    Fen serious;
    Fen aid;
    Fen personal;
};

// What a pool pays for the month of one party.
struct PartyPool {
    std::string pool_id;
    policy::billing::PoolRates rates;
    std::int64_t cases = 0;
    Points points;
    Fen actual;      // fund part of the cases and corrections
    Fen carried_in;  // 0 or negative, of the month before
    MonthPrepay month;
};

// Sums the party's cases and corrections of one pool and prices them by the pack's basis.
[[nodiscard]] PartyPool price_pool(const policy::billing::Run& run, std::string pool_id,
                                   const policy::billing::PoolRates& rates,
                                   const std::vector<SettledCase>& cases,
                                   const std::vector<SettledCorrection>& corrections,
                                   Fen carried_in);

struct StatementHead {
    std::string run_id;
    std::string kind;
    std::string party;
    std::string period;
    std::string pack_id;
    std::int64_t pack_version = 0;
    std::string pack_digest;
    std::string input_digest;
    std::string supersedes;  // run id, "" for none
    std::int64_t dispute_working_days = 0;
};

// The header of every statement; `rules`: packs that grouped its cases, a finished fragment.
[[nodiscard]] std::string statement_header(const StatementHead& head, std::string rules);

// Canonical JSON with a line feed at the end. No wall clock and no generated id is in it.
[[nodiscard]] std::string statement_text(const StatementHead& head, std::vector<SettledCase> cases,
                                         std::vector<SettledCorrection> corrections,
                                         const std::vector<PartyPool>& pools);

}  // namespace yilian::billing
