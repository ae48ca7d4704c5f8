#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "libs/calendar/civil_month.h"
#include "libs/policy/billing_blocks.h"

// Capitation: who belonged to which consortium on which day as known at which moment, and what a
// month costs (billing.md 3). Everything is computed from versions that are never changed; the same
// versions and the same moment of knowledge give the same answer for ever. Pure, no clock.
namespace yilian::billing {

using amount::Fen;
using calendar::CivilDate;
using calendar::CivilMonth;

// One version of one enrolment: what was known from `recorded_at` on.
struct EnrolmentVersion {
    std::string enrolment_id;
    std::int64_t version = 0;
    std::string resident_id;
    std::string consortium_id;
    std::string insurance;  // EMP, RES
    int sex = 0;            // 1, 2
    CivilDate birth_date{};
    std::optional<CivilDate> chronic_from{};
    CivilDate valid_from{};
    std::optional<CivilDate> valid_to{};  // exclusive; empty: open
    Instant recorded_at{};
    bool cancelled = false;
};

// Days [from, to) on which `version` decides; `version` views into the given versions.
struct CoveredDays {
    const EnrolmentVersion* version = nullptr;
    CivilDate from{};
    std::optional<CivilDate> to{};  // exclusive; empty: open
};

// What was known at `at` of ONE resident.
struct KnownEnrolments {
    // Without overlap, ordered by `from`.
    std::vector<CoveredDays> days;
    // Enrolments that lost at least one day to a later one, each id once, by bytes.
    std::vector<std::string> overlapping;
};

// Of each enrolment the version with the greatest (recorded_at, version) not after `at`; cancelled
// ones are left out. A day covered twice belongs to the enrolment with the greater (recorded_at,
// enrolment_id). All versions are of one resident; a version that ends before it begins covers
// nothing.
[[nodiscard]] KnownEnrolments known_at(std::span<const EnrolmentVersion> of_one_resident,
                                       Instant at);

// The version that covers the day, or null.
[[nodiscard]] const EnrolmentVersion* covering(const KnownEnrolments& known, CivilDate day);

// Which cell of the rate table a resident falls into. Immutable, thread-safe.
class RateTable {
  public:
    // RATE_CELL_OVERLAP (metadata: both cell ids) when one resident could match two rows.
    [[nodiscard]] static Outcome<RateTable> of(std::vector<policy::billing::RateCell> cells);

    // Null: CAP_NO_CELL.
    [[nodiscard]] const policy::billing::RateCell* cell_of(int age, int sex, bool chronic,
                                                           std::string_view insurance) const;
    [[nodiscard]] std::span<const policy::billing::RateCell> cells() const { return cells_; }

  private:
    explicit RateTable(std::vector<policy::billing::RateCell> cells) : cells_(std::move(cells)) {}
    std::vector<policy::billing::RateCell> cells_;
};

// One row of a priced month. Rows are ordered by (consortium, period, cell), by bytes.
struct CapitationRow {
    std::string consortium_id;
    CivilMonth period{};
    std::string cell_id;
    std::int64_t members = 0;  // residents with at least one unit
    std::int64_t units = 0;
    std::int64_t unit_base = 1;
    Fen rate;
    Fen amount;  // round(rate * units / base, RND-CELL)
    friend bool operator==(const CapitationRow&, const CapitationRow&) = default;
};

struct CapitationTotal {
    std::string consortium_id;
    CivilMonth period{};
    std::int64_t head_count = 0;  // residents covered on the counting day
    Fen amount;
    Fen prepay;  // round(amount * prepay_rate, RND-PRE)
    friend bool operator==(const CapitationTotal&, const CapitationTotal&) = default;
};

// A month of a version that matches no cell (CAP_NO_CELL): not priced and not counted.
struct UnpricedMonth {
    std::string enrolment_id;
    std::int64_t version = 0;
    CivilMonth period{};
    friend auto operator<=>(const UnpricedMonth&, const UnpricedMonth&) = default;
};

struct CapitationPrice {
    std::vector<CapitationRow> rows;
    std::vector<CapitationTotal> totals;  // by (consortium, period)
    std::vector<UnpricedMonth> unpriced;  // by (enrolment, version, period)
};

// Prices the months [first, last] as known at one moment. Residents are added one at a time, in any
// order and from any number of pricers that are merged; memory grows with consortia, months and
// cells, not with residents. Not thread-safe: one pricer a thread.
class CapitationPricer {
  public:
    // The rules and rates must outlive the pricer.
    CapitationPricer(const policy::billing::Capitation& rules, const RateTable& rates,
                     CivilMonth first, CivilMonth last, Instant known_at);

    // All versions of one resident.
    void add_resident(std::span<const EnrolmentVersion> versions);
    // What another pricer of the same months has counted.
    void merge(const CapitationPricer& other);
    [[nodiscard]] CapitationPrice price() const;
    // Unpriced months since the last call, by (enrolment, version, period); price() of this pricer
    // no longer tells them. For callers that report them while they still hold the rows.
    [[nodiscard]] std::vector<UnpricedMonth> take_unpriced();

  private:
    // What of a month every resident is asked for.
    struct Month {
        CivilMonth month{};
        CivilDate first{};
        CivilDate end{};  // exclusive
        CivilDate counted{};
        CivilDate age_day{};
    };
    struct Count {
        std::int64_t members = 0;
        std::int64_t units = 0;
    };
    // Of one consortium.
    struct Tally {
        std::vector<Count> counts;  // month by month, by the position of the cell in the table
        std::vector<std::int64_t> heads;  // by month
    };

    void add_month(const KnownEnrolments& known, std::size_t month);
    [[nodiscard]] const policy::billing::RateCell* cell_of(const EnrolmentVersion& version,
                                                           const Month& month) const;
    [[nodiscard]] CivilDate counting_day(CivilMonth month) const;
    [[nodiscard]] std::int64_t units_of(const CoveredDays& days, const Month& month) const;
    [[nodiscard]] std::int64_t unit_base(CivilMonth month) const;
    [[nodiscard]] Tally& tally_of(const std::string& consortium_id);
    void add_rows(CapitationPrice& price, const std::string& consortium_id, const Tally& tally,
                  std::size_t month, std::span<const std::size_t> cells_by_id) const;

    const policy::billing::Capitation& rules_;
    const RateTable& rates_;
    Instant known_at_;
    std::vector<Month> months_;
    std::map<std::string, Tally, std::less<>> tallies_;
    std::vector<std::pair<Count*, std::int64_t>> units_;  // of the resident and month in hand
    std::set<UnpricedMonth> unpriced_;
};

// What is booked and what the months cost as known now, where the two differ (billing.md 3.4). Rows
// of `booked` outside the months [first, last] are not compared. Booking the differences and asking
// again gives nothing.
struct CapitationDifference {
    std::string consortium_id;
    CivilMonth period{};
    std::string cell_id;
    Fen booked;
    Fen amount;
    Fen difference;  // amount - booked
    friend bool operator==(const CapitationDifference&, const CapitationDifference&) = default;
};
[[nodiscard]] std::vector<CapitationDifference> differences(std::span<const CapitationRow> booked,
                                                            std::span<const CapitationRow> priced,
                                                            CivilMonth first, CivilMonth last);

// Change of the prepay that goes with a difference of the month's amount: the prepay of the new
// amount less that of the booked one, so that repeated corrections add up without drift.
[[nodiscard]] Fen prepay_difference(const policy::billing::Capitation& rules, Fen booked_amount,
                                    Fen amount);

}  // namespace yilian::billing
