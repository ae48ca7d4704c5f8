// billing.md 15, invariant 6. Severity is read from the last digit: 1 above 3 above 5.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "services/billing/tests/drg_mini_pack.h"

namespace yilian::billing::drg {
namespace {

using Codes = std::vector<std::string>;

const RulePack& pack() {
    static const auto kPack = built(mini_files());
    return *kPack;
}

rc::Gen<std::string> any_dx() {
    return rc::gen::element<std::string>("I10", "I50", "B20", "P07.2", "J96", "R57", "E87", "I11",
                                         "K99", "");
}
rc::Gen<std::string> any_proc() {
    return rc::gen::element<std::string>("37.5", "35.2", "36.1", "39.6", "36.0", "86.2", "99.9",
                                         "");
}

std::vector<std::string_view> views(const Codes& codes) { return {codes.begin(), codes.end()}; }

std::string drg(const Codes& dx, const Codes& proc, bool qy) {
    return drg_of(pack(), Adult{views(dx), views(proc)}.input(), {.qy = qy});
}

Codes with_principal(std::string principal, Codes others) {
    others.insert(others.begin(), std::move(principal));
    return others;
}

// 2 with MCC, 1 with CC, 0 without; equal for groups that are not split.
int severity(const std::string& drg) {
    switch (drg.back()) {
        case '1':
            return 2;
        case '3':
            return 1;
        default:
            return 0;
    }
}

RC_GTEST_PROP(DrgProperties, B15_6_OrderOfOtherDiagnosesIsNothing, ()) {
    const auto principal = *any_dx();
    auto others = *rc::gen::container<Codes>(any_dx());
    const auto proc = *rc::gen::container<Codes>(any_proc());
    const bool qy = *rc::gen::arbitrary<bool>();
    const std::string before = drg(with_principal(principal, others), proc, qy);
    std::reverse(others.begin(), others.end());
    RC_ASSERT(drg(with_principal(principal, others), proc, qy) == before);
    std::sort(others.begin(), others.end());
    RC_ASSERT(drg(with_principal(principal, others), proc, qy) == before);
}

RC_GTEST_PROP(DrgProperties, B15_6_OrderOfLaterProceduresIsNothing, ()) {
    const Codes dx = with_principal(*any_dx(), *rc::gen::container<Codes>(any_dx()));
    Codes proc = *rc::gen::nonEmpty(rc::gen::container<Codes>(any_proc()));
    const std::string before = drg(dx, proc, false);
    std::reverse(proc.begin() + 1, proc.end());
    RC_ASSERT(drg(dx, proc, false) == before);
    std::sort(proc.begin() + 1, proc.end());
    RC_ASSERT(drg(dx, proc, false) == before);
}

RC_GTEST_PROP(DrgProperties, B15_6_AddingACcOrMccNeverLowersSeverity, ()) {
    Codes dx = with_principal(*any_dx(), *rc::gen::container<Codes>(any_dx()));
    const auto proc = *rc::gen::container<Codes>(any_proc());
    const std::string before = drg(dx, proc, false);
    dx.push_back(*rc::gen::element<std::string>("J96", "R57", "E87", "I11"));
    const std::string after = drg(dx, proc, false);
    RC_ASSERT(after.substr(0, 3) == before.substr(0, 3));
    RC_ASSERT(severity(after) >= severity(before));
}

RC_GTEST_PROP(DrgProperties, B15_6_AnExclusionNeverRaisesSeverity, ()) {
    static const auto kWithout =
        built(changed("cc_exclusion_principal_dx.csv", "I10,11\nI50,22\n", ""));
    const Codes dx = with_principal(*any_dx(), *rc::gen::container<Codes>(any_dx()));
    const auto proc = *rc::gen::container<Codes>(any_proc());
    const Adult adult{views(dx), views(proc)};
    const std::string without = drg_of(*kWithout, adult.input(), {});
    const std::string with = drg_of(pack(), adult.input(), {});
    RC_ASSERT(with.substr(0, 3) == without.substr(0, 3));
    RC_ASSERT(severity(with) <= severity(without));
}

RC_GTEST_PROP(DrgProperties, B5_1_AUsedWorkspaceChangesNothing, ()) {
    const Codes dx1 = *rc::gen::container<Codes>(any_dx());
    const Codes dx2 = *rc::gen::container<Codes>(any_dx());
    const auto proc = *rc::gen::container<Codes>(any_proc());
    const auto v1 = views(dx1);
    const auto v2 = views(dx2);
    const auto p = views(proc);
    const CaseInput first{2, 30, {}, {}, v1, p};
    const CaseInput second{1, 0, 4, 1400, v2, {}};
    Workspace fresh;
    Workspace used;
    static_cast<void>(group(pack(), first, {.qy = true}, used));
    RC_ASSERT(group(pack(), second, {}, used) == group(pack(), second, {}, fresh));
}

}  // namespace
}  // namespace yilian::billing::drg
