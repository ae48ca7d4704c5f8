// A year of capitation (billing.md 17): prices twelve months of ten million enrolled residents,
// counts the heads of a day as known at a moment, corrects the year after late changes, and does
// the same work in SQL on a part of them, where the two results must agree to the unit. Prints one
// JSON object.
//   yilian_bench_capitation [RESIDENTS] [RESIDENTS_IN_SQL] [CONNINFO of a PostgreSQL]
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "services/billing/domain/capitation.h"

namespace {

using namespace yilian;
using billing::CapitationPricer;
using billing::CivilDate;
using billing::CivilMonth;
using billing::EnrolmentVersion;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kBlock = 50'000;  // residents made once and priced again and again
const CivilMonth kFirst = CivilMonth::parse("2025-01").value();
const CivilMonth kLast = CivilMonth::parse("2025-12").value();

Instant instant(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }
constexpr std::int64_t kBooked = 1'767'200'000;  // all but the late changes are known
constexpr std::int64_t kNow = 1'775'000'000;

std::vector<policy::billing::RateCell> cells() {
    std::vector<policy::billing::RateCell> made;
    for (int i = 0; i < 24; ++i) {
        policy::billing::RateCell cell;
        const int band = i / 4;
        cell.cell_id = fmt::format("C{:02}", i);
        cell.age_from = band * 15;
        cell.age_to = band == 5 ? 200 : band * 15 + 14;
        cell.chronic = i % 2 == 1;
        cell.insurance = i % 4 < 2 ? "EMP" : "RES";
        cell.month_rate_fen = amount::Fen::of_raw(2000 + i * 370);
        made.push_back(std::move(cell));
    }
    return made;
}

policy::billing::Capitation rules() {
    policy::billing::Capitation r;
    r.member_month = policy::billing::MemberMonth::kDayShare;
    r.age_on = policy::billing::AgeOn::kMonthFirstDay;
    r.prepay_rate = amount::Rate::parse("0.95").value();
    r.rounding.cell = amount::Rounding::kHalfAway;
    r.rounding.prepay = amount::Rounding::kDown;
    return r;
}

// The versions of one resident: one, with every fifth a change of team, with every fiftieth a late
// one. The same on every machine.
std::vector<EnrolmentVersion> resident(std::size_t i) {
    std::uint64_t state = (i + 1) * 6364136223846793005U + 1442695040888963407U;
    const auto draw = [&](std::uint64_t below) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<int>((state >> 33U) % below);
    };
    EnrolmentVersion v;
    v.enrolment_id = fmt::format("E{:09}", i);
    v.version = 1;
    v.resident_id = fmt::format("R{:09}", i);
    v.consortium_id = fmt::format("M{:02}", draw(30));
    v.insurance = draw(3) == 0 ? "EMP" : "RES";
    v.sex = 1 + draw(2);
    v.birth_date = CivilDate::literal(1935, 1, 1).plus_days(draw(32'000));
    if (draw(4) == 0) v.chronic_from = CivilDate::literal(2020, 1, 1).plus_days(draw(2300));
    v.valid_from = CivilDate::literal(2024, 1, 1).plus_days(draw(500));
    if (draw(3) == 0) v.valid_to = v.valid_from.plus_days(200 + draw(500));
    v.recorded_at = instant(1'735'000'000);
    std::vector<EnrolmentVersion> versions{v};
    if (i % 5 == 0) {
        v.version = 2;
        v.consortium_id = fmt::format("M{:02}", draw(30));
        v.recorded_at = instant(1'745'000'000);
        versions.push_back(v);
    }
    if (i % 50 == 0) {
        v.version = 3;
        v.valid_to = v.valid_from.plus_days(100 + draw(300));
        v.recorded_at = instant(1'770'000'000);
        versions.push_back(v);
    }
    return versions;
}

using Block = std::vector<std::vector<EnrolmentVersion>>;

Block block_of(std::size_t from, std::size_t count) {
    Block block(count);
    for (std::size_t i = 0; i < count; ++i) block[i] = resident(from + i);
    return block;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return Seconds(std::chrono::steady_clock::now() - begin).count();
}

// Prices `residents` by running over the block as often as needed, on `threads` threads.
std::pair<double, billing::CapitationPrice> price(const Block& block, std::size_t residents,
                                                  unsigned threads, Instant known_at) {
    static const auto kRules = rules();
    static const auto kRates = billing::RateTable::of(cells()).value();
    std::vector<CapitationPricer> pricers;
    for (unsigned t = 0; t < threads; ++t) {
        pricers.emplace_back(kRules, kRates, kFirst, kLast, known_at);
    }
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
        workers.emplace_back([&, t] {
            for (std::size_t i = t; i < residents; i += threads) {
                pricers[t].add_resident(block[i % block.size()]);
            }
        });
    }
    workers.clear();
    for (unsigned t = 1; t < threads; ++t) pricers[0].merge(pricers[t]);
    auto result = pricers[0].price();
    return {seconds_since(begin), std::move(result)};
}

// Residents covered on a day as known at a moment.
std::pair<double, std::int64_t> heads(const Block& block, std::size_t residents, unsigned threads) {
    const CivilDate day = CivilDate::literal(2025, 6, 30);
    std::vector<std::int64_t> counts(threads);
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
        workers.emplace_back([&, t] {
            for (std::size_t i = t; i < residents; i += threads) {
                const auto known = billing::known_at(block[i % block.size()], instant(kNow));
                if (billing::covering(known, day) != nullptr) ++counts[t];
            }
        });
    }
    workers.clear();
    std::int64_t sum = 0;
    for (const std::int64_t count : counts) sum += count;
    return {seconds_since(begin), sum};
}

// --- the same in SQL ----------------------------------------------------------------------------

// Days as numbers; a birth date as yyyymmdd, so that the age is a difference of numbers.
std::int64_t day_number(CivilDate d) { return d.days().time_since_epoch().count(); }
std::int64_t as_number(CivilDate d) {
    return d.year() * 10'000LL + static_cast<std::int64_t>(d.month()) * 100 + d.day();
}
std::string optional_day(const std::optional<CivilDate>& day, std::int64_t otherwise) {
    return std::to_string(day ? day_number(*day) : otherwise);
}

std::string schema() {
    std::string sql =
        "CREATE TABLE enrolment (enrolment_id TEXT, version INTEGER, consortium_id TEXT, insurance "
        "TEXT, birth INTEGER, chronic_from INTEGER, valid_from INTEGER, valid_to INTEGER, "
        "recorded_at BIGINT);"
        "CREATE TABLE cell (cell_id TEXT, age_from INTEGER, age_to INTEGER, chronic INTEGER, "
        "insurance TEXT, rate BIGINT);"
        "CREATE TABLE month (period TEXT, first INTEGER, past INTEGER, ymd INTEGER);";
    for (const auto& c : cells()) {
        sql +=
            fmt::format("INSERT INTO cell VALUES ('{}',{},{},{},'{}',{});", c.cell_id, c.age_from,
                        c.age_to, *c.chronic ? 1 : 0, *c.insurance, c.month_rate_fen.raw());
    }
    for (CivilMonth m = kFirst; m <= kLast; m = m.plus(1)) {
        sql += fmt::format("INSERT INTO month VALUES ('{}',{},{},{});", m.text(),
                           day_number(m.first_day()), day_number(m.last_day()) + 1,
                           as_number(m.first_day()));
    }
    return sql;
}

std::string row_of(const EnrolmentVersion& v, const char* separator) {
    const std::string cells_of[] = {v.enrolment_id,
                                    std::to_string(v.version),
                                    v.consortium_id,
                                    v.insurance,
                                    std::to_string(as_number(v.birth_date)),
                                    optional_day(v.chronic_from, 999'999),
                                    std::to_string(day_number(v.valid_from)),
                                    optional_day(v.valid_to, 999'999),
                                    std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                                       v.recorded_at.time_since_epoch())
                                                       .count())};
    std::string row;
    for (const std::string& cell : cells_of) row += (row.empty() ? "" : separator) + cell;
    return row;
}

// Latest version known, months and cells joined, days summed, amount rounded half away from zero.
std::string question() {
    return fmt::format(
        "WITH known AS (SELECT *, row_number() OVER (PARTITION BY enrolment_id ORDER BY "
        "recorded_at DESC, version DESC) AS place FROM enrolment WHERE recorded_at <= {}) "
        "SELECT k.consortium_id, m.period, c.cell_id, count(*), "
        "sum((CASE WHEN k.valid_to < m.past THEN k.valid_to ELSE m.past END) - "
        "(CASE WHEN k.valid_from > m.first THEN k.valid_from ELSE m.first END)) AS units, "
        "(2 * c.rate * sum((CASE WHEN k.valid_to < m.past THEN k.valid_to ELSE m.past END) - "
        "(CASE WHEN k.valid_from > m.first THEN k.valid_from ELSE m.first END)) + m.past - "
        "m.first) "
        "/ (2 * (m.past - m.first)) AS amount "
        "FROM known k JOIN month m ON k.valid_from < m.past AND k.valid_to > m.first "
        "JOIN cell c ON c.insurance = k.insurance AND c.chronic = (CASE WHEN k.chronic_from <= "
        "m.first THEN 1 ELSE 0 END) AND (CASE WHEN m.ymd > k.birth THEN (m.ymd - k.birth) / 10000 "
        "ELSE 0 END) BETWEEN c.age_from AND c.age_to WHERE k.place = 1 "
        "GROUP BY k.consortium_id, m.period, c.cell_id, c.rate, m.past, m.first",
        kNow);
}

using Answer = std::map<std::tuple<std::string, std::string, std::string>,
                        std::tuple<std::int64_t, std::int64_t, std::int64_t>>;

Answer answer_of(const billing::CapitationPrice& price) {
    Answer answer;
    for (const auto& r : price.rows) {
        answer[{r.consortium_id, r.period.text(), r.cell_id}] = {r.members, r.units,
                                                                 r.amount.raw()};
    }
    return answer;
}

struct SqlTimes {
    double load_s = 0;
    double query_s = 0;
    Answer answer;
};

void check(bool good, const std::string& what) {
    if (good) return;
    fmt::print(stderr, "capitation_bench: {}\n", what);
    std::exit(1);
}

SqlTimes in_sqlite(const Block& block) {
    sqlite3* db = nullptr;
    check(sqlite3_open(":memory:", &db) == SQLITE_OK, "sqlite");
    const auto run = [&](const std::string& sql) {
        check(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
              sqlite3_errmsg(db));
    };
    SqlTimes times;
    auto begin = std::chrono::steady_clock::now();
    run(schema() + "BEGIN");
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(db, "INSERT INTO enrolment VALUES (?,?,?,?,?,?,?,?,?)", -1, &insert,
                       nullptr);
    for (const auto& versions : block) {
        for (const EnrolmentVersion& v : versions) {
            const std::string row = row_of(v, "\t");
            int column = 1;
            for (std::size_t from = 0; from <= row.size(); ++column) {
                const std::size_t to = std::min(row.find('\t', from), row.size());
                sqlite3_bind_text(insert, column, row.data() + from, static_cast<int>(to - from),
                                  SQLITE_STATIC);
                from = to + 1;
            }
            check(sqlite3_step(insert) == SQLITE_DONE, sqlite3_errmsg(db));
            sqlite3_reset(insert);
        }
    }
    sqlite3_finalize(insert);
    run("COMMIT");
    times.load_s = seconds_since(begin);
    begin = std::chrono::steady_clock::now();
    sqlite3_stmt* select = nullptr;
    check(sqlite3_prepare_v2(db, question().c_str(), -1, &select, nullptr) == SQLITE_OK,
          sqlite3_errmsg(db));
    const auto text = [&](int column) {
        return std::string(reinterpret_cast<const char*>(sqlite3_column_text(select, column)));
    };
    while (sqlite3_step(select) == SQLITE_ROW) {
        times.answer[{text(0), text(1), text(2)}] = {sqlite3_column_int64(select, 3),
                                                     sqlite3_column_int64(select, 4),
                                                     sqlite3_column_int64(select, 5)};
    }
    times.query_s = seconds_since(begin);
    sqlite3_finalize(select);
    sqlite3_close(db);
    return times;
}

SqlTimes in_postgres(const Block& block, const std::string& conninfo) {
    PGconn* db = PQconnectdb(conninfo.c_str());
    check(PQstatus(db) == CONNECTION_OK, PQerrorMessage(db));
    PQsetNoticeProcessor(
        db, [](void*, const char*) {}, nullptr);
    const auto run = [&](const std::string& sql) {
        PGresult* result = PQexec(db, sql.c_str());
        const auto status = PQresultStatus(result);
        check(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN,
              PQerrorMessage(db));
        return result;
    };
    SqlTimes times;
    auto begin = std::chrono::steady_clock::now();
    PQclear(run("CREATE SCHEMA capitation_bench; SET search_path = capitation_bench;" + schema()));
    PQclear(run("COPY enrolment FROM STDIN"));
    for (const auto& versions : block) {
        for (const EnrolmentVersion& v : versions) {
            const std::string row = row_of(v, "\t") + "\n";
            PQputCopyData(db, row.data(), static_cast<int>(row.size()));
        }
    }
    PQputCopyEnd(db, nullptr);
    while (PGresult* rest = PQgetResult(db)) PQclear(rest);
    PQclear(run("ANALYZE enrolment; SET work_mem = '512MB'"));
    times.load_s = seconds_since(begin);
    begin = std::chrono::steady_clock::now();
    PGresult* result = run(question());
    for (int i = 0; i < PQntuples(result); ++i) {
        const auto cell = [&](int column) { return std::string(PQgetvalue(result, i, column)); };
        times.answer[{cell(0), cell(1), cell(2)}] = {std::stoll(cell(3)), std::stoll(cell(4)),
                                                     std::stoll(cell(5))};
    }
    times.query_s = seconds_since(begin);
    PQclear(result);
    PQclear(run("DROP SCHEMA capitation_bench CASCADE"));
    PQfinish(db);
    return times;
}

std::string in_json(const char* name, const SqlTimes& times, std::size_t residents) {
    return fmt::format(
        "{{\"sql\":\"{}\",\"load_s\":{:.2f},\"query_s\":{:.2f},"
        "\"residents_per_s\":{:.0f}}}",
        name, times.load_s, times.query_s, static_cast<double>(residents) / times.query_s);
}

long peak_mib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t residents = argc > 1 ? std::stoull(argv[1]) : 10'000'000;
    const std::size_t in_sql = argc > 2 ? std::stoull(argv[2]) : 500'000;
    const std::string conninfo = argc > 3 ? argv[3] : "";
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());

    const Block block = block_of(0, kBlock);
    const std::clock_t cpu = std::clock();
    const auto [one_s, one] = price(block, residents, 1, instant(kNow));
    // What the machine's other work does not show in.
    const double cpu_s = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    const auto [all_s, all] = price(block, residents, cores, instant(kNow));
    check(one.rows == all.rows && one.totals == all.totals, "threads change the result");
    // A correction: the year as it was booked, and what late changes make of it.
    const auto booked = price(block, residents, cores, instant(kBooked));
    const auto corrected = billing::differences(booked.second.rows, all.rows, kFirst, kLast);
    check(!corrected.empty(), "nothing to correct");
    const auto [heads_s, head_count] = heads(block, residents, cores);
    const long engine_mib = peak_mib();

    // Each resident once, on both sides.
    const Block part = block_of(0, in_sql);
    const auto [part_s, part_price] = price(part, in_sql, 1, instant(kNow));
    const Answer expected = answer_of(part_price);
    const SqlTimes sqlite = in_sqlite(part);
    check(sqlite.answer == expected, "SQLite and the engine differ");
    std::string sql = in_json("sqlite", sqlite, in_sql);
    if (!conninfo.empty()) {
        const SqlTimes postgres = in_postgres(part, conninfo);
        check(postgres.answer == expected, "PostgreSQL and the engine differ");
        sql += "," + in_json("postgres", postgres, in_sql);
    }
    fmt::print(
        "{{\"residents\":{},\"months\":12,\"price_s_one_thread\":{:.2f},\"price_cpu_s_one_thread\":"
        "{:.2f},\"price_s_all_cores\":{:."
        "2f},"
        "\"cores\":{},\"correction_s\":{:.2f},\"corrected_cells\":{},\"head_count_s\":{:.2f},"
        "\"heads\":{},\"engine_peak_mib\":{},\"compared\":{{\"residents\":{},\"rows\":{},"
        "\"engine_s_one_thread\":{:.3f},\"others\":[{}]}}}}\n",
        residents, one_s, cpu_s, all_s, cores, booked.first + all_s, corrected.size(), heads_s,
        head_count, engine_mib, in_sql, expected.size(), part_s, sql);
    return 0;
}
