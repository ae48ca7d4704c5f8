// Rules of fund supervision over lists, peers and sales (billing.md 12; rows 15 and 16).
#include <algorithm>
#include <random>
#include <set>

#include "services/billing/domain/supervision_conditions.h"
#include "services/billing/tests/supervision_facts.h"

namespace yilian::billing::supervision {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// --- lists ---------------------------------------------------------------------------------------

// Row 16 and the family "split stay": 15 days between, related diagnosis.
TEST(SupervisionStays, SplitStayAtTheBorder) {
    const CaseFact first = stay("a", "2026-02-01", "2026-02-10");
    EXPECT_THAT(records("SS01", march({first, stay("b", "2026-02-25", "2026-03-05")})),
                ElementsAre("H1/b#H1/a"));
    EXPECT_THAT(records("SS01", march({first, stay("b", "2026-02-26", "2026-03-05")})), IsEmpty());
    CaseFact unrelated = stay("b", "2026-02-20", "2026-03-05");
    unrelated.diagnoses = {"S72.000"};
    EXPECT_THAT(records("SS01", march({first, unrelated})), IsEmpty());
    CaseFact announced = first;
    announced.readmission_planned = true;
    EXPECT_THAT(records("SS01", march({announced, stay("b", "2026-02-20", "2026-03-05")})),
                IsEmpty());
    // Cycles of chemotherapy are an exception of the rule.
    CaseFact cycle1 = first;
    CaseFact cycle2 = stay("b", "2026-02-20", "2026-03-05");
    cycle1.diagnoses = cycle2.diagnoses = {"Z51.100"};
    EXPECT_THAT(records("SS01", march({cycle1, cycle2})), IsEmpty());
}

TEST(SupervisionStays, OverlapAtTwoInstitutions) {
    CaseFact elsewhere = stay("b", "2026-03-08", "2026-03-15");
    elsewhere.institution_id = "H2";
    const auto hits = found("OV01", march({stay("a"), elsewhere}));
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_EQ(hits[0].institution_id, "H2");
    EXPECT_EQ(evidence(hits[0], "other_institution"), "H1");
    elsewhere.admitted_at = stay("a").discharged_at;
    EXPECT_THAT(records("OV01", march({stay("a"), elsewhere})), IsEmpty());
}

// Row 16: the same money and diagnosis at two institutions, in a window over the month's border.
TEST(SupervisionStays, DuplicateClaimAcrossInstitutionsAndWindows) {
    CaseFact before = stay("a", "2026-02-10", "2026-02-20");
    CaseFact again = stay("b", "2026-03-14", "2026-03-22");
    again.institution_id = "H2";
    const auto hits = found("DC01", march({before, again}));
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_EQ(hits[0].record, "H2/b#H1/a");
    EXPECT_EQ(hits[0].amount.raw(), 1'000'000);
    CaseFact later = stay("b", "2026-03-14", "2026-03-23");
    EXPECT_THAT(records("DC01", march({before, later})), IsEmpty()) << "31 days apart";
    CaseFact other_sum = again;
    other_sum.total += Fen::of_raw(1);
    EXPECT_THAT(records("DC01", march({before, other_sum})), IsEmpty());
    CaseFact other_person = again;
    other_person.resident_id = "s";
    EXPECT_THAT(records("DC01", march({before, other_person})), IsEmpty());
}

// Row 16: one bed day of one person is charged in two lists.
TEST(SupervisionStays, DuplicateItemOfADay) {
    CaseFact elsewhere = stay("b", "2026-03-09", "2026-03-12");
    elsewhere.institution_id = "H2";
    LineFact there = line("b", 1, "BED-3", 1000, 3000, "2026-03-09");
    there.institution_id = "H2";
    EXPECT_THAT(records("DC02", march({stay("a"), elsewhere},
                                      {line("a", 1, "BED-3", 1000, 3000, "2026-03-09"), there})),
                ElementsAre("H2/b#BED-3#2026-03-09"));
    EXPECT_THAT(records("DC02", march({stay("a"), elsewhere},
                                      {line("a", 1, "BED-3", 1000, 3000, "2026-03-08"), there})),
                IsEmpty());
}

TEST(SupervisionStays, HangingBedAndLowStandard) {
    CaseFact without_nursing = stay("a");
    without_nursing.nursing_days -= 1;
    EXPECT_THAT(records("HB01", march({without_nursing, stay("b")})), ElementsAre("H1/a"));
    EXPECT_THAT(records("HB02", march({stay("a", "2026-03-02", "2026-03-02"), stay("b")})),
                ElementsAre("H1/a"));
    EXPECT_THAT(
        records("HB03", march({stay("a"), stay("b")}, {line("a", 1, "BED-3", 6000, 18000),
                                                       line("b", 1, "BED-3", 7000, 21000)})),
        ElementsAre("H1/a"));
    CaseFact cheap = stay("a", "2026-03-02", "2026-03-05");
    cheap.total = Fen::of_raw(100'000);
    EXPECT_THAT(records("LS01", march({cheap})), ElementsAre("H1/a"));
    EXPECT_THAT(records("LS01", march({cheap}, {line("a", 1, "INFUSION", 1000, 1000)})), IsEmpty());
    CaseFact operated = cheap;
    operated.operations = 1;
    EXPECT_THAT(records("LS01", march({operated})), IsEmpty());
}

TEST(SupervisionStays, ComplicationsAndCostAgainstTheGroup) {
    CaseFact c = stay("a");
    c.complications = 5;
    EXPECT_THAT(records("UP03", march({c})), ElementsAre("H1/a"));
    c.complications = 4;
    EXPECT_THAT(records("UP03", march({c})), IsEmpty());
    c.group_average = Fen::of_raw(100'000);
    const auto at_cost = [&](std::int64_t fen) {
        c.total = Fen::of_raw(fen);
        return records("UP04", march({c}));
    };
    EXPECT_THAT(at_cost(34'999), SizeIs(1));
    EXPECT_THAT(at_cost(35'000), IsEmpty());
    EXPECT_THAT(at_cost(200'000), IsEmpty());
    EXPECT_THAT(at_cost(200'001), SizeIs(1));
}

TEST(SupervisionStays, PaidWithoutDispense) {
    Facts facts = march({});
    facts.dispenses = {{"B1", "l1", "p1", 0}, {"B1", "l2", "p2", 1}};
    EXPECT_THAT(records("PAID_WITHOUT_DISPENSE", facts), ElementsAre("B1/l1"));
}

// --- peers ---------------------------------------------------------------------------------------

TEST(SupervisionPeers, UpcodingByShareAndByJump) {
    auto cases = peers(1, 20);
    for (int i = 0; i < 8; ++i) cases[static_cast<std::size_t>(i)].group_code = "FV21";
    EXPECT_THAT(records("UP01", march(cases)), IsEmpty()) << "40 % is the border";
    cases[8].group_code = "FV21";
    EXPECT_THAT(records("UP01", march(cases)), ElementsAre("H0@2026-03"));
    auto months = peers(1, 40);
    for (std::size_t i = 0; i < 20; ++i) months[i].in_month = false;
    for (std::size_t i = 20; i < 40; ++i) months[i].points = Points::of_raw(1'200'000);
    EXPECT_THAT(records("UP02", march(months)), IsEmpty());
    months[39].points = Points::of_raw(1'200'001);
    EXPECT_THAT(records("UP02", march(months)), ElementsAre("H0@2026-03"));
}

TEST(SupervisionPeers, ReadmissionAboveTheNinetiethPercentile) {
    auto cases = peers(10, 20);
    const auto readmit = [&](const std::string& institution, int count) {
        for (int i = 0; i < count; ++i) {
            CaseFact again = stay("again" + std::to_string(i), "2026-03-20", "2026-04-02");
            again.institution_id = institution;
            again.resident_id = institution + "-" + std::to_string(i);
            again.in_month = false;
            cases.push_back(again);
        }
    };
    readmit("H8", 2);
    readmit("H9", 3);
    EXPECT_THAT(records("RA01", march(cases)), ElementsAre("H9@2026-03"));
}

TEST(SupervisionPeers, ListQuality) {
    Facts facts = march({});
    facts.quality = {{"B1", 20, 19, 20}, {"B2", 20, 18, 18}, {"B3", 19, 1, 1}};
    EXPECT_THAT(records("LQ01", facts), ElementsAre("B2@2026-03"));
    EXPECT_THAT(records("LQ02", facts), ElementsAre("B2@2026-03"));
}

TEST(SupervisionPeers, SpreadBeyondThreeSigma) {
    auto cases = peers(7, 5);
    for (CaseFact& c : cases) {
        const int i = c.institution_id[1] - '0';
        c.total = Fen::of_raw(1'000'000 + 10'000 * i);
    }
    EXPECT_THAT(records("SP01", march(cases)), IsEmpty());
    for (CaseFact& c : cases) {
        if (c.institution_id == "H3") c.total = Fen::of_raw(2'000'000);
    }
    EXPECT_THAT(records("SP01", march(cases)), ElementsAre("H3@2026-03#FV23"));
}

// CS-48: the limit of the district's pack goes before the threshold of the rule.
TEST(SupervisionPeers, OutOfCatalogueShare) {
    CaseFact c = stay("a");
    c.self_paid = Fen::of_raw(120'000);
    Facts facts = march({c});
    EXPECT_THAT(records("CF01", facts), IsEmpty());
    facts.cases[0].self_paid += Fen::of_raw(1);
    EXPECT_THAT(records("CF01", facts), ElementsAre("H1@2026-03"));
    facts.out_of_catalogue_max = *Rate::parse("0.13");
    EXPECT_THAT(records("CF01", facts), IsEmpty());
}

// --- sales ---------------------------------------------------------------------------------------

TEST(SupervisionSales, FrequentPurchase) {
    Facts facts = march({});
    for (int i = 1; i <= 4; ++i) {
        facts.sales.push_back(sale("s" + std::to_string(i), "r", "METFORMIN-500",
                                   "2026-03-0" + std::to_string(i), 1000, 50));
    }
    EXPECT_THAT(records("FP01", facts), IsEmpty());
    facts.sales.push_back(sale("s5", "r", "METFORMIN-500", "2026-03-09", 1000, 50));
    EXPECT_THAT(records("FP01", facts), ElementsAre("r#METFORMIN-500#2026-03"));
    // 4 units a day for 31 days, twice that is allowed.
    facts.sales = {sale("s1", "r", "METFORMIN-500", "2026-03-01", 248'000, 12400)};
    EXPECT_THAT(records("FP02", facts), IsEmpty());
    facts.sales[0].quantity_milli += 1;
    EXPECT_THAT(records("FP02", facts), SizeIs(1));
}

TEST(SupervisionSales, OneContactForManyInsured) {
    Facts facts = march({});
    const std::string busy(64, 'a');
    for (int i = 0; i < 20; ++i) {
        SaleFact s =
            sale("s" + std::to_string(i), "r" + std::to_string(i), "ALT", "2026-03-05", 1000, 100);
        s.contact_digest = std::string(63, '0') + static_cast<char>('a' + i % 19);
        if (i < 3) s.contact_digest = busy, s.amount = Fen::of_raw(5000);
        facts.sales.push_back(s);
    }
    const auto hits = found("FP03", facts);
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_EQ(evidence(hits[0], "residents"), "3");
    facts.sales[2].resident_id = "r1";
    EXPECT_THAT(records("FP03", facts), IsEmpty());
}

TEST(SupervisionSales, SoldMoreThanPrescribed) {
    Facts facts = march({});
    facts.sales = {sale("s1", "r", "ALT", "2026-03-05", 2000, 100),
                   sale("s2", "r", "ALT", "2026-03-05", 2000, 100),
                   sale("s3", "r", "ALT", "2026-03-05", 2001, 100)};
    facts.sales[1].prescribed_milli = facts.sales[2].prescribed_milli = 2000;
    EXPECT_THAT(records("SOLD_OVER_PRESCRIBED", facts), ElementsAre("P1/sale/s3"));
}

// --- all of them ---------------------------------------------------------------------------------

// The order of the facts does not matter, and a bad case does not change what is found of others
// (billing.md 15, 12).
TEST(SupervisionProperties, OrderOfFactsDoesNotMatter) {
    auto cases = peers(6, 25);
    std::vector<LineFact> lines;
    std::mt19937 random(20260301);
    const std::vector<std::string> codes{"BED-3",   "INFUSION",    "INFUSION-ADD", "ALT",
                                         "STAPLER", "OP-APPENDIX", "OP-ADHESION",  "METFORMIN-XR"};
    for (std::size_t i = 0; i < cases.size(); ++i) {
        cases[i].resident_id = "r" + std::to_string(random() % 60);
        for (int n = 1; n <= 4; ++n) {
            LineFact l = line(cases[i].list_id, n, codes[random() % codes.size()],
                              static_cast<std::int64_t>(random() % 3000 + 1),
                              static_cast<std::int64_t>(random() % 200'000));
            l.institution_id = cases[i].institution_id;
            lines.push_back(l);
        }
    }
    const auto all = [](const Facts& facts) {
        std::vector<std::string> out;
        for (const Rule& rule : rules().rules) {
            for (const Hit& hit : evaluate(rules(), rule, facts)) {
                std::string text = rule.id + ' ' + hit.record + ' ' + hit.amount.text();
                for (const auto& [name, value] : hit.evidence) text += ' ' + name + '=' + value;
                out.push_back(text);
            }
        }
        return out;
    };
    const auto expected = all(march(cases, lines));
    EXPECT_GT(expected.size(), 100U);
    for (int round = 0; round < 5; ++round) {
        std::ranges::shuffle(cases, random);
        std::ranges::shuffle(lines, random);
        EXPECT_EQ(all(march(cases, lines)), expected);
    }
}

TEST(SupervisionProperties, SampleIsRoundedUp) {
    EXPECT_EQ(sample_size(0, *Rate::parse("0.05")), 0);
    EXPECT_EQ(sample_size(1, *Rate::parse("0.05")), 1);
    EXPECT_EQ(sample_size(20, *Rate::parse("0.05")), 1);
    EXPECT_EQ(sample_size(21, *Rate::parse("0.05")), 2);
    EXPECT_EQ(sample_size(21, *Rate::parse("1")), 21);
    EXPECT_EQ(sample_size(21, Rate()), 0);
}

}  // namespace
}  // namespace yilian::billing::supervision
