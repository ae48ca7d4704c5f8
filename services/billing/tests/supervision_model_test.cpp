// The transition tables of findings and disputes against the use cases: every row from each of its
// states is walked, and what no row covers is refused and changes nothing.
#include <gtest/gtest.h>

#include <map>

#include "libs/lifecycle/walk.h"
#include "services/billing/app/dispute.h"
#include "services/billing/app/findings.h"
#include "services/billing/tests/harness.h"

namespace yilian::billing::test {
namespace {

using amount::Fen;
using app::Unit;

const std::string kRun = "INSTITUTION_MONTH-2026-03";

class Tables : public testing::Test {
  protected:
    void SetUp() override {
        feed_places(h);
        h.now = at("2026-03-27T09:30:00+08:00");
        h.submit(stay_s1("r", ""));
        h.submit(stay_s2("r", ""));
        h.now = at("2026-04-15T09:00:00+08:00");
        h.publish_month("2026-03");
    }
    std::string next_id(const std::string& prefix) {
        const std::string number = std::to_string(++ids_);
        return prefix + std::string(26 - prefix.size() - number.size(), '0') + number;
    }
    template <class Row>
    std::string did(const std::function<Outcome<Row>(Unit&)>& step) {
        std::string reason = "OK";
        h.unit([&](Unit& u) {
            const auto row = step(u);
            if (!row.ok()) reason = row.refusal().reason.code();
        });
        return reason;
    }

    // --- findings ---
    std::string new_finding() {
        std::string id;
        h.unit([&](Unit& u) {
            id = app::raise_finding(u,
                                    {"ST07", next_id("r"), "H1", {"s2-r"}, "", Fen::of_raw(1), {}})
                     .finding_id;
        });
        return id;
    }
    std::string act(const std::string& id, FindingAction action) {
        const auto decided = [&](const char* decision, const char* actor) {
            h.actor = actor;
            return did<store::FindingRow>([&](Unit& u) {
                return app::decide_finding(u, id, "", {decision, Fen(), "CHECKED"});
            });
        };
        switch (action) {
            case FindingAction::kAsk:
                return did<store::FindingRow>(
                    [&](Unit& u) { return app::ask_finding(u, id, "", ""); });
            case FindingAction::kAnswer:
                return did<store::FindingRow>(
                    [&](Unit& u) { return app::answer_finding(u, id, "", "ANSWER", {}); });
            case FindingAction::kDismiss:
                return decided("DISMISS", "one");
            case FindingAction::kConfirm:
                return decided("CONFIRM", "one");
            case FindingAction::kDeduct:
                return decided("DEDUCT", "one");
            case FindingAction::kFinal: {
                // The hearing is over; another person decides.
                const Instant before = h.now;
                h.now = at("2026-05-20T09:00:00+08:00");
                const std::string reason = decided("FINAL", "two");
                h.now = before;
                return reason;
            }
            default:
                return decided("WITHDRAW", "two");
        }
    }
    std::pair<FindingState, std::int64_t> finding(const std::string& id) {
        std::pair<FindingState, std::int64_t> out;
        h.read([&](storage::Transaction& tx) {
            const auto row = store::finding(tx, id);
            out = {row->state, row->changes};
        });
        return out;
    }

    // --- disputes ---
    std::string new_dispute() {
        const std::string id = next_id("01jd");
        h.actor = "party";
        const std::string opened = did<store::DisputeRow>([&](Unit& u) {
            return app::open_dispute(u, {id,
                                         kRun,
                                         "H1",
                                         "SPLIT",
                                         id,
                                         Fen(),
                                         Fen::of_raw(2),
                                         "WRONG",
                                         {std::string(64, 'a')}});
        });
        EXPECT_EQ(opened, "OK");
        return id;
    }
    std::string act(const std::string& id, DisputeAction action, DisputeState to) {
        const auto decided = [&]() {
            h.actor = "approver";
            const std::int64_t fen = to == DisputeState::kUpheld         ? 2
                                     : to == DisputeState::kPartlyUpheld ? 1
                                                                         : 0;
            const bool outcome = to == DisputeState::kUpheld || to == DisputeState::kPartlyUpheld;
            const std::string name = outcome ? std::string(kDisputeLifecycle.name(to)) : "REJECTED";
            return did<store::DisputeRow>([&](Unit& u) {
                return app::decide_dispute(u, id, "", {name, Fen::of_raw(fen), "CHECKED"});
            });
        };
        h.actor = "clerk2";
        switch (action) {
            case DisputeAction::kAddEvidence:
                return did<store::DisputeRow>(
                    [&](Unit& u) { return app::add_evidence(u, id, "", {std::string(64, 'b')}); });
            case DisputeAction::kRequestEvidence:
                return did<store::DisputeRow>(
                    [&](Unit& u) { return app::request_evidence(u, id, "", "MISSING"); });
            case DisputeAction::kStartReview:
                return did<store::DisputeRow>(
                    [&](Unit& u) { return app::start_review(u, id, ""); });
            case DisputeAction::kDecide:
                return decided();
            case DisputeAction::kWithdraw:
                return did<store::DisputeRow>(
                    [&](Unit& u) { return app::withdraw_dispute(u, id, "", "GAVE_UP"); });
            default:
                h.unit([&](Unit& u) { app::dispute_late(u, id); });
                return "OK";
        }
    }
    std::pair<DisputeState, std::int64_t> dispute(const std::string& id) {
        std::pair<DisputeState, std::int64_t> out;
        h.read([&](storage::Transaction& tx) {
            const auto row = store::dispute(tx, id);
            out = {row->state, row->changes};
        });
        return out;
    }

    Harness h;

  private:
    int ids_ = 0;
};

TEST_F(Tables, FindingsFollowTheirTable) {
    const lifecycle::Model model = kFindingLifecycle.model();
    std::map<int, lifecycle::Walk> way_to;  // of each state, the shortest seen
    for (const lifecycle::Walk& walk : lifecycle::covering_walks(model)) {
        SCOPED_TRACE(lifecycle::text(model, walk));
        std::string id;
        lifecycle::Walk so_far;
        for (const lifecycle::Step& step : walk) {
            so_far.push_back(step);
            if (step.from < 0) {
                id = new_finding();
            } else {
                ASSERT_EQ(act(id, static_cast<FindingAction>(step.row->action)), "OK");
            }
            ASSERT_EQ(finding(id).first, static_cast<FindingState>(step.to));
            if (!way_to.contains(step.to)) way_to[step.to] = so_far;
        }
    }
    for (const lifecycle::Attempt& attempt : lifecycle::illegal_attempts(model)) {
        const auto action = static_cast<FindingAction>(attempt.action);
        if (action == FindingAction::kRaise) continue;
        std::string id;
        for (const lifecycle::Step& step : way_to.at(attempt.state)) {
            if (step.from < 0) {
                id = new_finding();
            } else {
                ASSERT_EQ(act(id, static_cast<FindingAction>(step.row->action)), "OK");
            }
        }
        const auto before = finding(id);
        const bool decided = kFindingLifecycle.is_final(before.first);
        EXPECT_EQ(act(id, action), decided ? "FINDING_DECIDED" : "STATE_TRANSITION_NOT_ALLOWED")
            << kFindingLifecycle.name(before.first) << ' ' << kFindingLifecycle.name(action);
        EXPECT_EQ(finding(id), before);
    }
    EXPECT_TRUE(h.violations().empty());
}

TEST_F(Tables, DisputesFollowTheirTable) {
    const lifecycle::Model model = kDisputeLifecycle.model();
    std::map<int, lifecycle::Walk> way_to;
    const auto go = [&](const std::string& id, const lifecycle::Step& step) {
        return act(id, static_cast<DisputeAction>(step.row->action),
                   static_cast<DisputeState>(step.to));
    };
    for (const lifecycle::Walk& walk : lifecycle::covering_walks(model)) {
        SCOPED_TRACE(lifecycle::text(model, walk));
        std::string id;
        lifecycle::Walk so_far;
        for (const lifecycle::Step& step : walk) {
            so_far.push_back(step);
            if (step.from < 0) {
                id = new_dispute();
            } else {
                ASSERT_EQ(go(id, step), "OK");
            }
            ASSERT_EQ(dispute(id).first, static_cast<DisputeState>(step.to));
            if (!way_to.contains(step.to)) way_to[step.to] = so_far;
        }
    }
    for (const lifecycle::Attempt& attempt : lifecycle::illegal_attempts(model)) {
        const auto action = static_cast<DisputeAction>(attempt.action);
        if (action == DisputeAction::kOpen) continue;
        std::string id;
        for (const lifecycle::Step& step : way_to.at(attempt.state)) {
            if (step.from < 0) {
                id = new_dispute();
            } else {
                ASSERT_EQ(go(id, step), "OK");
            }
        }
        const auto before = dispute(id);
        const bool closed = kDisputeLifecycle.is_final(before.first);
        const std::string refused = act(id, action, DisputeState::kUpheld);
        if (action != DisputeAction::kFallLate) {
            EXPECT_EQ(refused, closed ? "DISPUTE_CLOSED" : "STATE_TRANSITION_NOT_ALLOWED")
                << kDisputeLifecycle.name(before.first) << ' ' << kDisputeLifecycle.name(action);
        }
        EXPECT_EQ(dispute(id), before);
    }
    EXPECT_TRUE(h.violations().empty());
}

}  // namespace
}  // namespace yilian::billing::test
