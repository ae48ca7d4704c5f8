#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

#include "fmt/format.h"
#include "libs/base/strong_id.h"
#include "libs/ident/codes.h"
#include "libs/ident/person.h"

namespace yilian::ident {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
    out << value;
};

template <class T>
constexpr bool kSilent =
    !Streamable<T> && !fmt::is_formattable<T>::value && !fmt::is_formattable<const T&>::value &&
    !std::is_convertible_v<T, std::string> && !std::is_convertible_v<T, std::string_view> &&
    !std::is_convertible_v<T, const char*>;

// The proof that a log of one of these does not compile.
static_assert(kSilent<IdentityNumber>);
static_assert(kSilent<DocumentNumber>);
static_assert(kSilent<PersonName>);
static_assert(kSilent<Phone>);
// The concept itself can tell the difference.
static_assert(!kSilent<std::string>);
static_assert(Streamable<int> && fmt::is_formattable<int>::value);
// A personal text is made by its parser only.
static_assert(!std::is_constructible_v<PersonName, std::string>);
static_assert(!std::is_constructible_v<IdentityNumber, const char*>);
static_assert(!std::is_convertible_v<Phone, PersonName>);

// Synthetic numbers: area 990100 does not exist; the check character was computed by hand below.
std::string with_check(const std::string& digits17) {
    int sum = 0;
    int weight = 1;
    for (int i = 16; i >= 0; --i) {
        weight = weight * 2 % 11;
        sum += weight * (digits17[static_cast<std::size_t>(i)] - '0');
    }
    return digits17 + "10X98765432"[sum % 11];
}

TEST(G11643_IdentityNumber, KnownExampleOfTheStandard) {
    // Both numbers are printed in GB 11643-1999 as examples.
    EXPECT_TRUE(IdentityNumber::parse("11010519491231002X").ok());
    EXPECT_TRUE(IdentityNumber::parse("440524188001010014").ok());
    EXPECT_EQ(IdentityNumber::parse("11010519491231002x").value(),
              IdentityNumber::parse("11010519491231002X").value());
    EXPECT_EQ(IdentityNumber::parse("11010519491231002x").value().reveal(), "11010519491231002X");
}

TEST(G11643_IdentityNumber, EveryOtherCheckCharacterIsRefused) {
    for (const std::string digits17 : {"99010019670615123", "99010020000229002"}) {
        const std::string good = with_check(digits17);
        int accepted = 0;
        for (const char check : std::string("0123456789X")) {
            const auto parsed = IdentityNumber::parse(digits17 + check);
            accepted += parsed.ok() ? 1 : 0;
            EXPECT_EQ(parsed.ok(), check == good[17]) << check;
        }
        EXPECT_EQ(accepted, 1);
    }
}

TEST(G11643_IdentityNumber, ASwapOrAWrongDigitIsFound) {
    const std::string good = with_check("99010019670615123");
    for (std::size_t i = 0; i < 17; ++i) {
        std::string wrong = good;
        wrong[i] = static_cast<char>('0' + (wrong[i] - '0' + 1) % 10);
        EXPECT_FALSE(IdentityNumber::parse(wrong).ok()) << i;
        std::string swapped = good;
        std::swap(swapped[i], swapped[i + 1]);
        EXPECT_EQ(IdentityNumber::parse(swapped).ok(), swapped == good) << i;
    }
}

TEST(G11643_IdentityNumber, BirthDateAndSexInside) {
    const auto number = IdentityNumber::parse(with_check("99010019670615123")).value();
    using std::chrono::day, std::chrono::month, std::chrono::year;
    EXPECT_EQ(number.birth_date(), year(1967) / month(6) / day(15));
    EXPECT_EQ(number.sex_code(), 1);
    EXPECT_EQ(IdentityNumber::parse(with_check("99010019670615124")).value().sex_code(), 2);
    EXPECT_FALSE(IdentityNumber::parse(with_check("99010020010229002")).ok()) << "no such day";
    EXPECT_FALSE(IdentityNumber::parse(with_check("99010019671315002")).ok()) << "no such month";
    for (const char* text : {"", "990100670615123", "9901001967061512 3", "A9010019670615123X",
                             "099010196706151231"}) {
        const auto parsed = IdentityNumber::parse(text);
        ASSERT_FALSE(parsed.ok());
        EXPECT_EQ(parsed.refusal().reason, Reason("FIELD_FORMAT"));
        EXPECT_TRUE(parsed.refusal().metadata.empty()) << "a refusal never quotes the number";
    }
}

TEST(Personal, AFailingTestDoesNotShowIt) {
    const auto name = PersonName::parse("测试甲").value();
    EXPECT_EQ(testing::PrintToString(name), "<personal>");
    EXPECT_EQ(name.reveal(), "测试甲");
}

TEST(PersonName, Form) {
    std::string longest;
    for (int i = 0; i < 100; ++i) longest += "甲";
    for (const std::string& text : {std::string("甲"), std::string("买买提·测试"),
                                    std::string("Ann O'Test-Case Jr."), longest}) {
        EXPECT_TRUE(PersonName::parse(text).ok());
    }
    for (const std::string& text :
         {std::string(), std::string(" 甲"), std::string("甲 "), std::string("甲\n"),
          std::string("甲\0乙", 7), std::string("\xE3\x80\x80甲"), longest + "甲",
          std::string("\xC0\xAF"), std::string("\xED\xA0\x80"), std::string("\xE7\x94"),
          std::string("甲\xE2\x80\xAE乙"), std::string("\xF4\x90\x80\x80"), std::string("\x7F")}) {
        EXPECT_FALSE(PersonName::parse(text).ok());
    }
}

TEST(Phone, OneTextForOneNumber) {
    const auto kept = [](const char* text) {
        const auto phone = Phone::parse(text);
        return phone.ok() ? std::string(phone->reveal()) : std::string();
    };
    EXPECT_EQ(kept("13900000000"), "13900000000");
    EXPECT_EQ(kept("+8613900000000"), "13900000000");
    EXPECT_EQ(kept("022-23456789"), "02223456789");
    EXPECT_EQ(kept("02223456789"), "02223456789");
    EXPECT_EQ(kept("+862223456789"), "02223456789");
    EXPECT_EQ(kept("0536-6222222"), "05366222222");
    EXPECT_EQ(kept("+85223456789"), "+85223456789");
    for (const char* text :
         {"", "12900000000", "1390000000", "139000000000", "022-1234567", "0223456", "+0123456789",
          "+123456", "139 0000 0000", "abc", "022--23456789", "00122345678", "+86139000"}) {
        EXPECT_EQ(kept(text), "") << text;
    }
}

TEST(DocumentNumber, Form) {
    EXPECT_TRUE(DocumentNumber::parse("E12345678").ok());
    EXPECT_TRUE(DocumentNumber::parse("HX-990100-1").ok());
    for (const char* text : {"", "E 12345678", "甲", "12345678901234567890123456789012345678901"}) {
        EXPECT_FALSE(DocumentNumber::parse(text).ok());
    }
}

TEST(Codes, GenericIds) {
    using InstitutionId = StrongId<struct InstitutionIdTag>;
    EXPECT_EQ(parse_id<InstitutionId>("H1.a_b:c-9")->str(), "H1.a_b:c-9");
    EXPECT_TRUE(is_id(std::string(64, 'a')));
    for (const std::string& text :
         {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"),
          std::string("甲"), std::string("a\0b", 3)}) {
        EXPECT_FALSE(is_id(text));
    }
    EXPECT_EQ(parse_id<InstitutionId>("a b").refusal().reason, Reason("FIELD_FORMAT"));
}

TEST(Codes, Districts) {
    for (const char* text : {"120111", "370212", "120112", "370725", "350104", "990100"}) {
        EXPECT_EQ(DistrictCode::parse(text)->str(), text);
    }
    for (const char* text : {"", "12011", "1201110", "12011a", "000000", "１２"}) {
        EXPECT_FALSE(DistrictCode::parse(text).ok()) << text;
    }
}

TEST(Codes, CreditCodeWithCheckCharacter) {
    EXPECT_TRUE(is_credit_code("91350100M000100Y43"));  // example of GB 32100-2015
    EXPECT_FALSE(is_credit_code("91350100M000100Y44"));
    EXPECT_FALSE(is_credit_code("91350100M000100Y4"));
    EXPECT_FALSE(is_credit_code("91350100I000100Y43")) << "I is not in the alphabet";
    EXPECT_FALSE(is_credit_code("9135010AM000100Y43")) << "the district is digits";
    EXPECT_FALSE(is_credit_code("91530100M000100Y43")) << "two digits swapped";
}

TEST(Codes, Icd10Forms) {
    for (const char* text :
         {"I10", "I10.x05", "I10.x00", "K80.1", "K80.10", "K80.101", "E87.600", "A00.000x001",
          "I10.x00x002", "A17.001+G01*", "E11.401+G63.2*", "A39.200x001+E35.1*", "G63.2*",
          "A17.000+G01", "C22.101M81600/3", "B37.600I39.8"}) {
        EXPECT_TRUE(is_icd10(text)) << text;
    }
    for (const char* text : {"",           "i10",
                             "I1",         "I10.",
                             "I10.X05",    "I10.x",
                             "K80.1011",   "K80101",
                             "K80.101x01", "K80.101x00001",
                             "K80.1x001",  "A17+",
                             "+G01*",      "A17.001++G01",
                             "K80.101 ",   "K80.10a",
                             "*",          "C22.101M8160/3",
                             "M81600/3",   "C22.101+M81600/3"}) {
        EXPECT_FALSE(is_icd10(text)) << text;
    }
}

TEST(Codes, ProcedureForms) {
    for (const char* text : {"51.23", "51.2300", "99.1500", "38.9301", "00.7x00", "99.1500x001",
                             "00.7x00x003", "81.04000", "51.231A0"}) {
        EXPECT_TRUE(is_procedure_code(text)) << text;
    }
    for (const char* text : {"", "5.2300", "51", "51.", "512300", "51.x300", "51.23000000",
                             "51.2300x1", "51,2300", "K80.101"}) {
        EXPECT_FALSE(is_procedure_code(text)) << text;
    }
}

}  // namespace
}  // namespace yilian::ident
