#include <algorithm>
#include <set>

#include "services/billing/domain/supervision_conditions.h"

// Conditions on drug sales: frequent purchase, more than was prescribed.
namespace yilian::billing::supervision {
namespace {

bool of_month(const View& view, const SaleFact& sale) {
    return view.facts.month.contains(sale.sold_on);
}

// Sales of the month by place, so that hits do not depend on the order of the facts.
std::vector<const SaleFact*> sales_of(const View& view) {
    std::vector<const SaleFact*> out;
    for (const SaleFact& s : view.facts.sales) {
        if (of_month(view, s)) out.push_back(&s);
    }
    std::ranges::sort(out, {}, [](const SaleFact* s) {
        return std::tuple(s->sold_on, s->institution_id, s->sale_id);
    });
    return out;
}

void add(View& view, std::string record, const SaleFact& last, Fen amount,
         std::vector<std::pair<std::string, std::string>> evidence) {
    view.hits.emplace(record, Hit{record, last.institution_id, {}, amount, std::move(evidence)});
}

// A resident who buys one drug more often than the limit; found at the place of the last sale.
void sales_per_month(View& view) {
    std::map<std::pair<std::string, std::string>, std::vector<const SaleFact*>> by_drug;
    for (const SaleFact* s : sales_of(view)) by_drug[{s->resident_id, s->item_code}].push_back(s);
    for (const auto& [key, sales] : by_drug) {
        if (static_cast<std::int64_t>(sales.size()) <= view.rule.number("max_sales")) continue;
        add(view, key.first + '#' + key.second + '#' + view.facts.month.text(), *sales.back(),
            Fen(),
            {{"resident_id", key.first},
             {"item", key.second},
             {"sales", std::to_string(sales.size())}});
    }
}

// More in a month than the standard dose allows for its days.
void sale_dose(View& view) {
    const Rate most = view.rule.rate("max_rate");
    std::map<std::pair<std::string, std::string>, std::vector<const SaleFact*>> by_drug;
    for (const SaleFact* s : sales_of(view)) by_drug[{s->resident_id, s->item_code}].push_back(s);
    for (const auto& [key, sales] : by_drug) {
        const Item* item = view.item(key.second);
        if (item == nullptr || item->dose_milli == 0) continue;
        amount::Int128 sold = 0;
        for (const SaleFact* s : sales) sold += s->quantity_milli;
        const auto allowed = amount::checked_mul(
            amount::Int128{item->dose_milli} * view.facts.month.days(), amount::Int128{most.raw()});
        if (amount::checked_mul(sold, amount::Int128{Rate::kUnit}) <= allowed) continue;
        add(view, key.first + '#' + key.second + '#' + view.facts.month.text(), *sales.back(),
            Fen(),
            {{"resident_id", key.first},
             {"item", key.second},
             {"quantity_milli", amount::to_text(sold)},
             {"dose_milli", std::to_string(item->dose_milli)}});
    }
}

// A contact that buys for more residents than the limit and is among the dearest of the month.
void contact_shared(View& view) {
    struct Contact {
        std::string digest;
        std::set<std::string> residents{};
        Fen amount{};
        const SaleFact* last = nullptr;
    };
    std::map<std::string, Contact> contacts;
    for (const SaleFact* s : sales_of(view)) {
        if (s->contact_digest.empty()) continue;
        Contact& c = contacts[s->contact_digest];
        c.digest = s->contact_digest;
        c.residents.insert(s->resident_id);
        c.amount += s->amount;
        c.last = s;
    }
    std::vector<const Contact*> order;
    for (const auto& [digest, c] : contacts) order.push_back(&c);
    std::ranges::sort(order, [](const Contact* a, const Contact* b) {
        return std::tuple(b->amount, a->digest) < std::tuple(a->amount, b->digest);
    });
    const std::int64_t top =
        sample_size(static_cast<std::int64_t>(order.size()), view.rule.rate("top_rate"));
    for (std::int64_t i = 0; i < top; ++i) {
        const Contact& c = *order[static_cast<std::size_t>(i)];
        if (static_cast<std::int64_t>(c.residents.size()) <= view.rule.number("max_residents")) {
            continue;
        }
        add(view, c.digest + '#' + view.facts.month.text(), *c.last, c.amount,
            {{"contact_digest", c.digest},
             {"residents", std::to_string(c.residents.size())},
             {"amount_fen", c.amount.text()}});
    }
}

void sold_over_prescribed(View& view) {
    for (const SaleFact* s : sales_of(view)) {
        if (s->prescribed_milli == 0 || s->quantity_milli <= s->prescribed_milli) continue;
        add(view, s->institution_id + "/sale/" + s->sale_id, *s, s->amount,
            {{"sale_id", s->sale_id},
             {"item", s->item_code},
             {"quantity_milli", std::to_string(s->quantity_milli)},
             {"prescribed_milli", std::to_string(s->prescribed_milli)}});
    }
}

}  // namespace

std::vector<Condition> sale_conditions() {
    const Input sales = Input::kSales;
    return {{"SALES_PER_MONTH",
             "frequent_purchase",
             sales,
             {{"max_sales", Kind::kNumber}},
             sales_per_month},
            {"SALE_DOSE", "frequent_purchase", sales, {{"max_rate", Kind::kRate}}, sale_dose},
            {"CONTACT_SHARED",
             "frequent_purchase",
             sales,
             {{"max_residents", Kind::kNumber}, {"top_rate", Kind::kRate}},
             contact_shared},
            {"SOLD_OVER_PRESCRIBED", "prescription_cross_check", sales, {}, sold_over_prescribed}};
}

}  // namespace yilian::billing::supervision
